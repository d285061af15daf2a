import {
  carrierCodeListProviders,
  deprecatedEventTypeCodes,
  documentReferenceTypes,
  documentTypeCodes,
  emptyIndicatorCodes,
  equipmentEventTypeCodes,
  eventClassifierCodes,
  eventTypes,
  facilityCodeListProviders,
  facilityTypeCodes,
  modesOfTransport,
  referenceTypes,
  sealSources,
  sealTypes,
  shipmentEventTypeCodes,
  shipmentInformationTypeCodes,
  transportEventTypeCodes,
} from './codes.ts';
import type { EventType } from './codes.ts';
import type { ValueCheck } from './value-checks.ts';

/**
 * The event contract of DCSA Track & Trace 2.2 as JSON Schema, with what its prose demands beyond the bare types
 * expressed by the keyword `check` (see value-checks.ts). Limits that the contract doesn't set but storage needs
 * are marked as ours. Properties that it doesn't name are allowed, as they are there.
 */

const text = (maxLength: number) => ({ type: 'string', maxLength });
const code = (values: readonly string[]) => ({ type: 'string', enum: values });
const checked = (check: ValueCheck, schema: object = { type: 'string' }) => ({ ...schema, check });
const listOf = (items: object) => ({ type: 'array', maxItems: MAX_LIST, items });

/** Ours: entries in any list of an event. */
const MAX_LIST = 100;

const unLocode = checked('unLocode', text(5));
const transportCallID = { ...text(100), minLength: 1 };

const address = {
  type: 'object',
  properties: {
    name: text(100),
    street: text(100),
    streetNumber: text(50),
    floor: text(50),
    postCode: text(10),
    city: text(65),
    stateRegion: text(65),
    country: text(75),
  },
};

const facility = {
  facilityCode: text(6),
  facilityCodeListProvider: code(facilityCodeListProviders),
};

const location = {
  type: 'object',
  properties: {
    locationName: text(100),
    latitude: checked('latitude', text(10)),
    longitude: checked('longitude', text(11)),
    UNLocationCode: unLocode,
    ...facility,
    address,
  },
};

const vessel = {
  type: 'object',
  required: ['vesselIMONumber'],
  properties: {
    vesselIMONumber: checked('imoNumber', text(7)),
    vesselName: text(35),
    vesselFlag: checked('countryCode', text(2)),
    vesselCallSignNumber: text(10),
    vesselOperatorCarrierCode: text(10),
    vesselOperatorCarrierCodeListProvider: code(carrierCodeListProviders),
  },
};

const transportCall = {
  type: 'object',
  required: ['transportCallID', 'modeOfTransport'],
  properties: {
    transportCallID,
    carrierServiceCode: text(5),
    carrierVoyageNumber: text(50),
    exportVoyageNumber: text(50),
    importVoyageNumber: text(50),
    transportCallSequenceNumber: { type: 'integer', minimum: -(2 ** 31), maximum: 2 ** 31 - 1 },
    UNLocationCode: unLocode,
    ...facility,
    facilityTypeCode: code(facilityTypeCodes),
    otherFacility: text(50),
    modeOfTransport: code(modesOfTransport),
    location,
    vessel,
  },
};

const references = listOf({
  type: 'object',
  required: ['referenceType', 'referenceValue'],
  properties: { referenceType: code(referenceTypes), referenceValue: text(100) },
});

const documentReferences = listOf({
  type: 'object',
  // The length is ours.
  properties: {
    documentReferenceType: code(documentReferenceTypes),
    documentReferenceValue: text(100),
  },
});

const seals = listOf({
  type: 'object',
  required: ['sealNumber', 'sealType'],
  properties: { sealNumber: text(15), sealSource: code(sealSources), sealType: code(sealTypes) },
});

const baseRequired = ['eventType', 'eventClassifierCode', 'eventDateTime', 'eventCreatedDateTime'];
const baseProperties = {
  eventID: checked('uuid'),
  eventType: code(eventTypes),
  eventClassifierCode: code(eventClassifierCodes),
  eventCreatedDateTime: checked('instant'),
  eventDateTime: checked('instant'),
  // The next two are of DCSA Track & Trace 3.
  eventUpdatedDateTime: checked('instant'),
  isRetracted: { type: 'boolean' },
  references,
};

function eventOf(required: readonly string[], properties: object) {
  return {
    type: 'object',
    required: [...baseRequired, ...required],
    properties: { ...baseProperties, ...properties },
  };
}

/** What every event has, whatever its type. */
export const baseEventSchema = eventOf([], {});

/** The schema of an event of each type. */
export const eventSchemas: Readonly<Record<EventType, object>> = {
  SHIPMENT: eventOf(['shipmentEventTypeCode', 'documentID', 'documentTypeCode'], {
    shipmentEventTypeCode: code(shipmentEventTypeCodes),
    // The contract sets no lengths for these two.
    documentID: { ...text(100), minLength: 1 },
    reason: text(5000),
    documentTypeCode: code(documentTypeCodes),
    shipmentInformationTypeCode: code(shipmentInformationTypeCodes),
    eventTypeCode: code(deprecatedEventTypeCodes.SHIPMENT),
    shipmentID: checked('uuid'),
  }),
  TRANSPORT: eventOf(['transportEventTypeCode', 'transportCall'], {
    transportEventTypeCode: code(transportEventTypeCodes),
    delayReasonCode: text(3),
    vesselScheduleChangeRemark: text(250),
    changeRemark: text(250),
    transportCallID,
    transportCall,
    eventTypeCode: code(deprecatedEventTypeCodes.TRANSPORT),
    documentReferences,
  }),
  EQUIPMENT: eventOf(['equipmentEventTypeCode', 'emptyIndicatorCode'], {
    equipmentEventTypeCode: code(equipmentEventTypeCodes),
    equipmentReference: checked('equipmentReference', text(15)),
    ISOEquipmentCode: checked('isoEquipmentCode', text(4)),
    emptyIndicatorCode: code(emptyIndicatorCodes),
    eventLocation: location,
    transportCallID,
    transportCall,
    documentReferences,
    seals,
    eventTypeCode: code(deprecatedEventTypeCodes.EQUIPMENT),
  }),
};
