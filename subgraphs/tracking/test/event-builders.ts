import { randomUUID } from 'node:crypto';
import type { DcsaEquipmentEvent, DcsaShipmentEvent, DcsaTransportEvent } from '../dcsa/event.ts';

/** Valid DCSA events for tests: Shanghai to Rotterdam, transshipped at Singapore. */

export const ORIGIN = 'CNSHA';
export const TRANSSHIPMENT = 'SGSIN';
export const DESTINATION = 'NLRTM';
/** Container numbers with right check digits. */
export const CONTAINERS = ['CSQU3054383', 'MSKU9070323', 'APZU4812090'] as const;
/** IMO numbers with right check digits. */
export const VESSELS = ['9321483', '9074729'] as const;

type Changes<T> = Partial<Omit<T, 'eventType'>>;
type Call = DcsaTransportEvent['transportCall'];

/** A vessel's call at a port; one id a port and vessel. */
export function vesselCall(place: string, changes: Partial<Call> = {}): Call {
  const imo = changes.vessel?.vesselIMONumber ?? VESSELS[0];
  return {
    transportCallID: `${place}-${imo}`,
    modeOfTransport: 'VESSEL',
    UNLocationCode: place,
    facilityTypeCode: 'POTE',
    vessel: { vesselIMONumber: imo },
    ...changes,
  };
}

/** Midnight UTC of a day of May 2026, RFC 3339. */
export function day(number: number): string {
  return `2026-05-${String(number).padStart(2, '0')}T00:00:00Z`;
}

function base() {
  return {
    eventID: randomUUID(),
    eventCreatedDateTime: '2026-04-01T00:00:00Z',
    eventClassifierCode: 'ACT' as const,
    eventDateTime: day(1),
  };
}

export function transportEvent(
  code: 'ARRI' | 'DEPA',
  place: string,
  changes: Changes<DcsaTransportEvent> = {},
): DcsaTransportEvent {
  return {
    ...base(),
    eventType: 'TRANSPORT',
    transportEventTypeCode: code,
    transportCall: vesselCall(place),
    ...changes,
  };
}

export function equipmentEvent(
  code: DcsaEquipmentEvent['equipmentEventTypeCode'],
  place: string,
  changes: Changes<DcsaEquipmentEvent> = {},
): DcsaEquipmentEvent {
  return {
    ...base(),
    eventType: 'EQUIPMENT',
    equipmentEventTypeCode: code,
    emptyIndicatorCode: 'LADEN',
    equipmentReference: CONTAINERS[0],
    eventLocation: { UNLocationCode: place },
    ...changes,
  };
}

export function shipmentEvent(
  code: DcsaShipmentEvent['shipmentEventTypeCode'],
  changes: Changes<DcsaShipmentEvent> = {},
): DcsaShipmentEvent {
  return {
    ...base(),
    eventType: 'SHIPMENT',
    shipmentEventTypeCode: code,
    documentTypeCode: 'BKG',
    documentID: 'BOOKING-1',
    ...changes,
  };
}

/** What links an event to a booking. */
export function ofBooking(reference: string) {
  return {
    documentReferences: [{ documentReferenceType: 'BKG' as const, documentReferenceValue: reference }],
  };
}
