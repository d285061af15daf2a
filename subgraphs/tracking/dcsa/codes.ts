/** The code lists of DCSA Track & Trace 2.2, as its published contract gives them. */

export const eventTypes = ['SHIPMENT', 'TRANSPORT', 'EQUIPMENT'] as const;
export type EventType = (typeof eventTypes)[number];

/** Planned, estimated, actual. */
export const eventClassifierCodes = ['PLN', 'EST', 'ACT'] as const;
export type EventClassifierCode = (typeof eventClassifierCodes)[number];

export const transportEventTypeCodes = ['ARRI', 'DEPA'] as const;
export type TransportEventTypeCode = (typeof transportEventTypeCodes)[number];

export const equipmentEventTypeCodes = [
  'LOAD',
  'DISC',
  'GTIN',
  'GTOT',
  'STUF',
  'STRP',
  'PICK',
  'DROP',
  'INSP',
  'RSEA',
  'RMVD',
] as const;
export type EquipmentEventTypeCode = (typeof equipmentEventTypeCodes)[number];

export const shipmentEventTypeCodes = [
  'RECE',
  'DRFT',
  'PENA',
  'PENU',
  'REJE',
  'APPR',
  'ISSU',
  'SURR',
  'SUBM',
  'VOID',
  'CONF',
  'REQS',
  'CMPL',
  'HOLD',
  'RELS',
] as const;
export type ShipmentEventTypeCode = (typeof shipmentEventTypeCodes)[number];

export const documentTypeCodes = [
  'CBR',
  'BKG',
  'SHI',
  'SRM',
  'TRD',
  'ARN',
  'VGM',
  'CAS',
  'CUS',
  'DGD',
  'OOG',
] as const;
export type DocumentTypeCode = (typeof documentTypeCodes)[number];

export const emptyIndicatorCodes = ['EMPTY', 'LADEN'] as const;
export type EmptyIndicatorCode = (typeof emptyIndicatorCodes)[number];

export const modesOfTransport = ['VESSEL', 'RAIL', 'TRUCK', 'BARGE'] as const;
export type ModeOfTransport = (typeof modesOfTransport)[number];

export const facilityTypeCodes = [
  'BOCR',
  'CLOC',
  'COFS',
  'COYA',
  'OFFD',
  'DEPO',
  'INTE',
  'POTE',
  'RAMP',
] as const;
export type FacilityTypeCode = (typeof facilityTypeCodes)[number];

export const facilityCodeListProviders = ['BIC', 'SMDG'] as const;
export const carrierCodeListProviders = ['SMDG', 'NMFTA'] as const;
export const documentReferenceTypes = ['BKG', 'TRD'] as const;
export const referenceTypes = ['FF', 'SI', 'PO', 'CR', 'AAO', 'EQ'] as const;
export const sealSources = ['CAR', 'SHI', 'PHY', 'VET', 'CUS'] as const;
export const sealTypes = ['KLP', 'BLT', 'WIR'] as const;

/** Codes of fields that the contract keeps but deprecates. */
export const deprecatedEventTypeCodes = {
  SHIPMENT: ['RECE', 'CONF', 'ISSU', 'APPR', 'SUBM', 'SURR', 'REJE', 'PENA'],
  TRANSPORT: ['ARRI', 'DEPA'],
  EQUIPMENT: ['LOAD', 'DISC', 'GTIN', 'GTOT', 'STUF', 'STRP'],
} as const;
export const shipmentInformationTypeCodes = ['BOK', 'BKG', 'SHI', 'VGM', 'SRM', 'TRD', 'ARN'] as const;
