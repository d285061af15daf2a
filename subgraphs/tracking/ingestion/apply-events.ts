import { randomUUID } from 'node:crypto';
import type { Transaction } from '#platform/database/database.ts';
import type { KnownEvent } from '../event-version.ts';
import { concerns, keyTexts, referenceKeysOf } from '../references.ts';
import type { ReferenceKeys } from '../references.ts';
import { lockKeys } from './key-locks.ts';
import { lockShipments } from './known-shipment.ts';
import type { KnownShipment } from './known-shipment.ts';
import { placeVersion } from './place-version.ts';
import type { Placement } from './place-version.ts';
import type { Reporter } from './reporter.ts';
import { settleShipments } from './settle-shipments.ts';
import { eventsByIdentity, saveEvents } from './stored-event.ts';
import type { StoredEvent } from './stored-event.ts';
import { deleteUnmatched, lockUnmatched, saveUnmatched } from './unmatched-event.ts';
import type { UnmatchedEvent } from './unmatched-event.ts';

/** What became of one event. */
export type AppliedEvent = Pick<Placement, 'outcome' | 'shipments'>;

export interface Application {
  /** One for each event, in their order. */
  readonly results: readonly AppliedEvent[];
  /** What was written at shipments, in the order in which it is to be told. */
  readonly changes: readonly StoredEvent[];
}

/**
 * Stores the valid events of one reporter and brings the shipments that they concern up to date. To be run in a
 * transaction: all of it happens, or nothing. Events that concern no shipment are kept for later.
 *
 * @param events in the order in which they were reported; an event may be there more than once.
 */
export async function applyEvents(
  tx: Transaction,
  reporter: Reporter,
  events: readonly KnownEvent[],
  now: Date,
): Promise<Application> {
  const identities = [...new Set(events.map((event) => event.eventID))];
  const keysOf = new Map(events.map((event) => [event, referenceKeysOf(event.payload)]));
  const allKeys = unite([...keysOf.values()]);
  const { producerId } = reporter;
  await lockKeys(tx, [...keyTexts(allKeys), ...identities.map((eventID) => `ID:${producerId}:${eventID}`)]);

  // The unmatched first: whoever else may move one of them to a shipment has then done so.
  const unmatched = await lockUnmatched(tx, producerId, identities);
  const known = await eventsByIdentity(tx, producerId, identities);
  const shipments = await lockShipments(tx, reporter, allKeys, [...new Set(known.map((row) => row.shipmentId))]);
  const byId = new Map(shipments.map((shipment) => [shipment.id, shipment]));
  const affected = shipments.filter((shipment) => isWithinReach(reporter, shipment));

  const books = openBooks(known, unmatched);
  const results = events.map((event): AppliedEvent => {
    const matched = affected
      .filter((shipment) => concerns(keysOf.get(event) as ReferenceKeys, shipment, event.facts.eventDateTime))
      .map(({ id }) => id);
    const placement = placeVersion(event, matched, books.placesOf(event.eventID));
    books.enter(reporter, event, placement, byId, now);
    return { outcome: placement.outcome, shipments: placement.shipments };
  });

  await saveEvents(tx, books.changedRows());
  await saveUnmatched(tx, books.newUnmatched());
  await deleteUnmatched(tx, books.matchedAtLast());
  const changedIds = new Set(books.changedRows().map((row) => row.shipmentId));
  const changed = shipments.filter(({ id }) => changedIds.has(id));
  const adopted = await settleShipments(tx, changed, [], now);
  return { results, changes: [...books.changedRows(), ...adopted] };
}
