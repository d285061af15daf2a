import { concerns } from '../references.ts';
import type { ReferenceKeys } from '../references.ts';
import type { MatchableShipment } from './known-shipment.ts';

/** Finds, among some shipments, those that an event concerns. */
export class ShipmentMatcher<T extends MatchableShipment> {
  readonly #byBooking = new Map<string, T[]>();
  readonly #byDocument = new Map<string, T[]>();
  readonly #byContainer = new Map<string, T[]>();

  constructor(shipments: Iterable<T>) {
    const put = (index: Map<string, T[]>, key: string, shipment: T): void => {
      const known = index.get(key);
      if (known === undefined) index.set(key, [shipment]);
      else known.push(shipment);
    };
    for (const shipment of shipments) {
      const { carrierBookingReference, transportDocumentReference, containers } = shipment;
      if (carrierBookingReference !== null) put(this.#byBooking, carrierBookingReference, shipment);
      if (transportDocumentReference !== null) put(this.#byDocument, transportDocumentReference, shipment);
      for (const container of containers) put(this.#byContainer, container, shipment);
    }
  }

  /** In the order of their ids. @param eventDateTime when the event happens */
  concernedBy(keys: ReferenceKeys, eventDateTime: Date): readonly T[] {
    const isConcerned = (shipment: T): boolean => concerns(keys, shipment, eventDateTime);
    let found = look(this.#byBooking, keys.bookings, isConcerned, null);
    found = look(this.#byDocument, keys.transportDocuments, isConcerned, found);
    found = look(this.#byContainer, keys.containers, isConcerned, found);
    if (found === null) return [];
    return found.length > 1 ? found.sort((a, b) => (a.id < b.id ? -1 : 1)) : found;
  }
}

/** Adds what references lead to. @param found null: nothing so far */
function look<T>(
  index: ReadonlyMap<string, readonly T[]>,
  references: readonly string[],
  isConcerned: (shipment: T) => boolean,
  found: T[] | null,
): T[] | null {
  for (const reference of references) {
    for (const shipment of index.get(reference) ?? []) {
      if (!isConcerned(shipment) || found?.includes(shipment)) continue;
      // As a rule it is the only one; what is pushed onto nothing makes room for many.
      if (found === null) found = [shipment];
      else found.push(shipment);
    }
  }
  return found;
}
