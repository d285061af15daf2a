import type { DcsaEvent } from './dcsa/event.ts';

/** The references in an event by which the shipments that it concerns are found. */
export interface ReferenceKeys {
  /** Carrier booking references, and booking request references. */
  bookings: readonly string[];
  /** References of transport documents: bills of lading, sea waybills. */
  transportDocuments: readonly string[];
  /** Container numbers, or other identifications of equipment. */
  containers: readonly string[];
}

/** The references by which a shipment is known. */
export interface ShipmentReferences {
  carrierBookingReference: string | null;
  transportDocumentReference: string | null;
  containers: readonly string[];
  /** When all its containers were back, empty; null while they aren't. */
  returnedAt: Date | null;
}

const NONE: readonly string[] = [];

/** Reads the references of a validated event. */
export function referenceKeysOf(event: DcsaEvent): ReferenceKeys {
  let bookings = NONE;
  let transportDocuments = NONE;
  let containers = NONE;
  if (event.eventType === 'SHIPMENT') {
    const { documentTypeCode: type, documentID } = event;
    if (type === 'BKG' || type === 'CBR') bookings = withReference(bookings, documentID);
    else if (type === 'TRD') transportDocuments = withReference(transportDocuments, documentID);
  } else {
    for (const { documentReferenceType: type, documentReferenceValue: value } of event.documentReferences ??
      []) {
      if (value === undefined) continue;
      if (type === 'BKG') bookings = withReference(bookings, value);
      else if (type === 'TRD') transportDocuments = withReference(transportDocuments, value);
    }
    if (event.eventType === 'EQUIPMENT' && event.equipmentReference !== undefined) {
      containers = withReference(containers, event.equipmentReference);
    }
  }
  for (const { referenceType, referenceValue } of event.references ?? []) {
    if (referenceType === 'EQ') containers = withReference(containers, referenceValue);
  }
  return { bookings, transportDocuments, containers };
}

function withReference(references: readonly string[], reference: string): readonly string[] {
  const trimmed = reference.trim();
  if (trimmed === '' || references.includes(trimmed)) return references;
  return references.length === 0 ? [trimmed] : [...references, trimmed];
}

/**
 * Whether an event concerns a shipment. The most telling reference that both have decides: the booking, else the
 * transport document, else a container. A container travels again and again, so one that has come back empty no
 * longer brings its events to this shipment.
 *
 * @param eventDateTime when the event happens
 */
export function concerns(keys: ReferenceKeys, shipment: ShipmentReferences, eventDateTime: Date): boolean {
  const { carrierBookingReference, transportDocumentReference } = shipment;
  if (carrierBookingReference !== null && keys.bookings.length > 0) {
    return keys.bookings.includes(carrierBookingReference);
  }
  if (transportDocumentReference !== null && keys.transportDocuments.length > 0) {
    return keys.transportDocuments.includes(transportDocumentReference);
  }
  if (shipment.returnedAt !== null && eventDateTime > shipment.returnedAt) return false;
  return keys.containers.some((container) => shipment.containers.includes(container));
}

/** Reference keys as texts in one space, such as `BKG:ABC123`, for an index and for locks. */
export function keyTexts(keys: ReferenceKeys): string[] {
  return [
    ...keys.bookings.map((reference) => `BKG:${reference}`),
    ...keys.transportDocuments.map((reference) => `TRD:${reference}`),
    ...keys.containers.map((reference) => `EQ:${reference}`),
  ];
}

/** The key texts of a shipment. */
export function shipmentKeyTexts(shipment: ShipmentReferences): string[] {
  return keyTexts({
    bookings: distinct([shipment.carrierBookingReference ?? '']),
    transportDocuments: distinct([shipment.transportDocumentReference ?? '']),
    containers: shipment.containers,
  });
}

function distinct(references: readonly string[]): string[] {
  const trimmed = references.map((reference) => reference.trim()).filter((reference) => reference !== '');
  return [...new Set(trimmed)];
}

/** The keys of several events, each once. */
export function uniteKeys(all: readonly ReferenceKeys[]): ReferenceKeys {
  const bookings = new Set<string>();
  const transportDocuments = new Set<string>();
  const containers = new Set<string>();
  for (const keys of all) {
    for (const reference of keys.bookings) bookings.add(reference);
    for (const reference of keys.transportDocuments) transportDocuments.add(reference);
    for (const reference of keys.containers) containers.add(reference);
  }
  return {
    bookings: [...bookings],
    transportDocuments: [...transportDocuments],
    containers: [...containers],
  };
}
