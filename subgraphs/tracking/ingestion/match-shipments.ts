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
  concernedBy(keys: ReferenceKeys, eventDateTime: Date): T[] {
    const found: T[] = [];
    this.#look(this.#byBooking, keys.bookings, keys, eventDateTime, found);
    this.#look(this.#byDocument, keys.transportDocuments, keys, eventDateTime, found);
    this.#look(this.#byContainer, keys.containers, keys, eventDateTime, found);
    return found.length > 1 ? found.sort((a, b) => (a.id < b.id ? -1 : 1)) : found;
  }

  #look(
    index: ReadonlyMap<string, readonly T[]>,
    references: readonly string[],
    keys: ReferenceKeys,
    eventDateTime: Date,
    found: T[],
  ): void {
    for (const reference of references) {
      for (const shipment of index.get(reference) ?? []) {
        if (concerns(keys, shipment, eventDateTime) && !found.includes(shipment)) found.push(shipment);
      }
    }
  }
}
