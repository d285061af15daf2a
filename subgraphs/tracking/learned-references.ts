import type { KnownEvent } from './event-version.ts';
import { compareRecency } from './milestone-times.ts';
import { isContainerNumber } from './iso6346.ts';
import { referenceKeysOf } from './references.ts';
import type { ReferenceKeys, ShipmentReferences } from './references.ts';

/** A container that events name. */
export interface LearnedContainer {
  equipmentReference: string;
  isoEquipmentCode: string | null;
}

/** A shipment's references as events leave them. */
export interface LearnedReferences {
  /** As known before, else as learned. */
  carrierBookingReference: string | null;
  /** As known before, else as learned. */
  transportDocumentReference: string | null;
  /** Only those that weren't known before. */
  newContainers: LearnedContainer[];
}

const MAX_CONTAINERS = 100;
const MAX_BOOKING_REFERENCE = 35;
const MAX_TRANSPORT_DOCUMENT_REFERENCE = 20;

/**
 * What the events of a shipment that name its booking or its transport document tell of its other references: a
 * shipment is often followed from its booking on, before its containers and its bill of lading are known. Events
 * that reached the shipment by a container alone teach nothing.
 *
 * @param events current, unretracted versions, in any order.
 */
export function learnReferences(
  shipment: ShipmentReferences,
  events: readonly KnownEvent[],
): LearnedReferences {
  const { carrierBookingReference: booking, transportDocumentReference: document } = shipment;
  const names = ({ bookings, transportDocuments }: ReferenceKeys): boolean =>
    booking === null
      ? document !== null && transportDocuments.includes(document)
      : bookings.includes(booking);
  const hasNews = ({ bookings, transportDocuments, containers }: ReferenceKeys): boolean =>
    (booking === null && bookings.length > 0) ||
    (document === null && transportDocuments.length > 0) ||
    containers.some((container) => !shipment.containers.includes(container));
  const teachers: { readonly event: KnownEvent; readonly keys: ReferenceKeys }[] = [];
  for (const event of events) {
    const keys = referenceKeysOf(event.payload);
    if (hasNews(keys) && names(keys)) teachers.push({ event, keys });
  }
  teachers.sort((a, b) => compareRecency(a.event, b.event));
  const bookings = teachers.flatMap(({ keys }) => keys.bookings);
  const documents = teachers.flatMap(({ keys }) => keys.transportDocuments);
  const containers = new Map<string, LearnedContainer>();
  for (const { event, keys } of teachers) {
    for (const equipmentReference of keys.containers) {
      if (shipment.containers.includes(equipmentReference) || !isContainerNumber(equipmentReference))
        continue;
      const known = containers.get(equipmentReference)?.isoEquipmentCode ?? null;
      const told =
        event.facts.equipmentReference === equipmentReference ? event.facts.isoEquipmentCode : null;
      containers.set(equipmentReference, { equipmentReference, isoEquipmentCode: told ?? known });
    }
  }
  return {
    carrierBookingReference: booking ?? bookings.find(noLongerThan(MAX_BOOKING_REFERENCE)) ?? null,
    transportDocumentReference:
      document ?? documents.find(noLongerThan(MAX_TRANSPORT_DOCUMENT_REFERENCE)) ?? null,
    newContainers: [...containers.values()].slice(
      0,
      Math.max(0, MAX_CONTAINERS - shipment.containers.length),
    ),
  };
}

function noLongerThan(length: number): (text: string) => boolean {
  return (text) => text.length <= length;
}
