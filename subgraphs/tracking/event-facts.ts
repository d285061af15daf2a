import type {
  EmptyIndicatorCode,
  EventClassifierCode,
  EventType,
  FacilityTypeCode,
  ModeOfTransport,
} from './dcsa/codes.ts';
import { instantOf } from './dcsa/date-time.ts';
import type { DcsaEvent, DcsaLocation, DcsaTransportCall } from './dcsa/event.ts';

/** What an event says, in one shape for its three kinds; null where the event says nothing. */
export interface EventFacts {
  eventType: EventType;
  eventClassifierCode: EventClassifierCode;
  /** The transport, equipment or shipment event type code. */
  eventTypeCode: string;
  eventDateTime: Date;
  eventCreatedDateTime: Date;
  eventUpdatedDateTime: Date | null;
  isRetracted: boolean;
  unLocationCode: string | null;
  coordinates: Coordinates | null;
  facilityTypeCode: FacilityTypeCode | null;
  equipmentReference: string | null;
  isoEquipmentCode: string | null;
  emptyIndicatorCode: EmptyIndicatorCode | null;
  transportCall: TransportCallFacts | null;
  documentID: string | null;
  documentTypeCode: string | null;
  delayReasonCode: string | null;
  changeRemark: string | null;
}

export interface TransportCallFacts {
  /** DCSA transportCallID. */
  reference: string;
  modeOfTransport: ModeOfTransport;
  unLocationCode: string | null;
  facilityTypeCode: FacilityTypeCode | null;
  vesselImo: string | null;
  exportVoyageNumber: string | null;
  importVoyageNumber: string | null;
  carrierServiceCode: string | null;
  /** Tells apart two calls at one place within one voyage. */
  sequenceNumber: number | null;
}

/** Degrees, WGS 84. */
export interface Coordinates {
  latitude: number;
  longitude: number;
}

/** Reads the facts of a validated event. */
export function factsOf(event: DcsaEvent): EventFacts {
  const call = event.eventType === 'SHIPMENT' ? undefined : event.transportCall;
  const ownLocation = event.eventType === 'EQUIPMENT' ? event.eventLocation : undefined;
  return {
    eventType: event.eventType,
    eventClassifierCode: event.eventClassifierCode,
    eventTypeCode: eventTypeCodeOf(event),
    eventDateTime: instantOf(event.eventDateTime),
    eventCreatedDateTime: instantOf(event.eventCreatedDateTime),
    eventUpdatedDateTime:
      event.eventUpdatedDateTime === undefined ? null : instantOf(event.eventUpdatedDateTime),
    isRetracted: event.isRetracted ?? false,
    unLocationCode: ownLocation?.UNLocationCode ?? placeOfCall(call),
    coordinates: coordinatesOf(ownLocation) ?? coordinatesOf(call?.location),
    facilityTypeCode: call?.facilityTypeCode ?? null,
    equipmentReference: event.eventType === 'EQUIPMENT' ? (event.equipmentReference ?? null) : null,
    isoEquipmentCode: event.eventType === 'EQUIPMENT' ? (event.ISOEquipmentCode ?? null) : null,
    emptyIndicatorCode: event.eventType === 'EQUIPMENT' ? event.emptyIndicatorCode : null,
    transportCall: call === undefined ? null : callFactsOf(call),
    documentID: event.eventType === 'SHIPMENT' ? event.documentID : null,
    documentTypeCode: event.eventType === 'SHIPMENT' ? event.documentTypeCode : null,
    delayReasonCode: event.eventType === 'TRANSPORT' ? (event.delayReasonCode ?? null) : null,
    changeRemark:
      event.eventType === 'TRANSPORT'
        ? (event.changeRemark ?? event.vesselScheduleChangeRemark ?? null)
        : null,
  };
}

function eventTypeCodeOf(event: DcsaEvent): string {
  switch (event.eventType) {
    case 'SHIPMENT':
      return event.shipmentEventTypeCode;
    case 'TRANSPORT':
      return event.transportEventTypeCode;
    case 'EQUIPMENT':
      return event.equipmentEventTypeCode;
  }
}

function callFactsOf(call: DcsaTransportCall): TransportCallFacts {
  return {
    reference: call.transportCallID,
    modeOfTransport: call.modeOfTransport,
    unLocationCode: placeOfCall(call),
    facilityTypeCode: call.facilityTypeCode ?? null,
    vesselImo: call.vessel?.vesselIMONumber ?? null,
    exportVoyageNumber: call.exportVoyageNumber ?? call.carrierVoyageNumber ?? null,
    importVoyageNumber: call.importVoyageNumber ?? null,
    carrierServiceCode: call.carrierServiceCode ?? null,
    sequenceNumber: call.transportCallSequenceNumber ?? null,
  };
}

function placeOfCall(call: DcsaTransportCall | undefined): string | null {
  return call?.UNLocationCode ?? call?.location?.UNLocationCode ?? null;
}

function coordinatesOf(location: DcsaLocation | undefined): Coordinates | null {
  if (location?.latitude === undefined || location.longitude === undefined) return null;
  return { latitude: Number(location.latitude), longitude: Number(location.longitude) };
}
