import type {
  DocumentTypeCode,
  EmptyIndicatorCode,
  EquipmentEventTypeCode,
  EventClassifierCode,
  FacilityTypeCode,
  ModeOfTransport,
  ShipmentEventTypeCode,
  TransportEventTypeCode,
} from './codes.ts';

/** An event of DCSA Track & Trace 2.2. Field names are the contract's own; unknown fields are allowed. */
export type DcsaEvent = DcsaShipmentEvent | DcsaTransportEvent | DcsaEquipmentEvent;

interface BaseEvent {
  /** Optional in the contract. */
  eventID?: string;
  eventCreatedDateTime: string;
  eventClassifierCode: EventClassifierCode;
  /** RFC 3339, with the offset of the place where it happens. */
  eventDateTime: string;
  /** Of DCSA T&T 3: when this version of the event was made. */
  eventUpdatedDateTime?: string;
  /** Of DCSA T&T 3: the event is withdrawn. */
  isRetracted?: boolean;
  references?: Reference[];
}

export interface DcsaShipmentEvent extends BaseEvent {
  eventType: 'SHIPMENT';
  shipmentEventTypeCode: ShipmentEventTypeCode;
  documentID: string;
  documentTypeCode: DocumentTypeCode;
  reason?: string;
}

export interface DcsaTransportEvent extends BaseEvent {
  eventType: 'TRANSPORT';
  transportEventTypeCode: TransportEventTypeCode;
  transportCall: DcsaTransportCall;
  delayReasonCode?: string;
  changeRemark?: string;
  /** Deprecated in favour of changeRemark. */
  vesselScheduleChangeRemark?: string;
  documentReferences?: DocumentReference[];
}

export interface DcsaEquipmentEvent extends BaseEvent {
  eventType: 'EQUIPMENT';
  equipmentEventTypeCode: EquipmentEventTypeCode;
  emptyIndicatorCode: EmptyIndicatorCode;
  equipmentReference?: string;
  ISOEquipmentCode?: string;
  eventLocation?: DcsaLocation;
  transportCall?: DcsaTransportCall;
  documentReferences?: DocumentReference[];
}

export interface DcsaTransportCall {
  transportCallID: string;
  modeOfTransport: ModeOfTransport;
  carrierServiceCode?: string;
  /** Deprecated in favour of exportVoyageNumber. */
  carrierVoyageNumber?: string;
  exportVoyageNumber?: string;
  importVoyageNumber?: string;
  /** Tells apart two calls at one place within one voyage; not the place in the journey. */
  transportCallSequenceNumber?: number;
  UNLocationCode?: string;
  facilityTypeCode?: FacilityTypeCode;
  location?: DcsaLocation;
  vessel?: { vesselIMONumber: string; vesselName?: string };
}

export interface DcsaLocation {
  locationName?: string;
  /** Decimal degrees as text. */
  latitude?: string;
  longitude?: string;
  UNLocationCode?: string;
}

/** A document the event is linked to; the contract requires neither field. */
export interface DocumentReference {
  documentReferenceType?: 'BKG' | 'TRD';
  documentReferenceValue?: string;
}

export interface Reference {
  referenceType: 'FF' | 'SI' | 'PO' | 'CR' | 'AAO' | 'EQ';
  referenceValue: string;
}
