import type { Transaction } from '#platform/database/database.ts';
import type { KnownEvent } from '../event-version.ts';
import { concerns, keyTexts, referenceKeysOf, uniteKeys } from '../references.ts';
import { EventLedger } from './event-ledger.ts';
import { lockKeys } from './key-locks.ts';
import { lockShipments } from './known-shipment.ts';
import type { Placement } from './place-version.ts';
import { mayAffect } from './reporter.ts';
import type { Reporter } from './reporter.ts';
import { settleShipments } from './settle-shipments.ts';
import { eventsByIdentity, saveEvents } from './stored-event.ts';
import type { StoredEvent } from './stored-event.ts';
import { deleteUnmatched, lockUnmatched, saveUnmatched } from './unmatched-event.ts';

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
  const { producerId } = reporter;
  const eventIDs = [...new Set(events.map((event) => event.eventID))];
  const named = events.map((event) => ({ event, keys: referenceKeysOf(event.payload) }));
  const allKeys = uniteKeys(named.map(({ keys }) => keys));
  await lockKeys(tx, [...keyTexts(allKeys), ...eventIDs.map((eventID) => `ID:${producerId}:${eventID}`)]);

  // The unmatched first: whoever else is moving one of them to a shipment has then done so.
  const unmatched = await lockUnmatched(tx, producerId, eventIDs);
  const rows = await eventsByIdentity(tx, producerId, eventIDs);
  const earlier = [...new Set(rows.map((row) => row.shipmentId))];
  const shipments = await lockShipments(tx, reporter, allKeys, earlier);
  const shipmentOf = new Map(shipments.map((shipment) => [shipment.id, shipment]));
  const withinReach = shipments.filter((shipment) => mayAffect(reporter, shipment));

  const ledger = new EventLedger(reporter, rows, unmatched);
  const results = named.map(({ event, keys }): AppliedEvent => {
    const matched = withinReach.filter((shipment) => concerns(keys, shipment, event.facts.eventDateTime));
    const { outcome, shipments: concerned } = ledger.enter(event, matched, shipmentOf, now);
    return { outcome, shipments: concerned };
  });
  const changedRows = ledger.changedRows();
  await saveEvents(tx, changedRows);
  await saveUnmatched(tx, ledger.unmatched());
  await deleteUnmatched(tx, ledger.matchedAtLast());

  const changed = new Set(changedRows.map((row) => row.shipmentId));
  const adopted = await settleShipments(
    tx,
    shipments.filter(({ id }) => changed.has(id)),
    [],
    now,
  );
  return { results, changes: [...changedRows, ...adopted] };
}
