import { referenceKeysOf, keyTexts, uniteKeys } from '../references.ts';
import type { KnownEvent } from '../event-version.ts';
import { EventLedger } from './event-ledger.ts';
import { lockKeys } from './key-locks.ts';
import { lockShipments, lockShipmentsByIds, readElsewhere } from './known-shipment.ts';
import type { KnownShipment, ShipmentRow } from './known-shipment.ts';
import { ShipmentMatcher } from './match-shipments.ts';
import { mayAffect } from './reporter.ts';
import type { Reporter } from './reporter.ts';
import { saveEvents } from './save-events.ts';
import type { EventChange } from './save-events.ts';
import { settleShipments } from './settle-shipments.ts';
import type { ShipmentToSettle } from './settle-shipments.ts';
import { NO_MEMORY } from './shipment-memory.ts';
import type { RememberedShipment, ShipmentMemory } from './shipment-memory.ts';
import type { Statements } from './statements.ts';
import { eventsByIdentity } from './stored-event.ts';
import type { StoredEvent } from './stored-event.ts';
import { deleteUnmatched, lockUnmatched, saveUnmatched } from './unmatched-event.ts';

export interface Application {
  /** What was written at shipments, in the order in which it is to be told. */
  readonly changes: readonly StoredEvent[];
  /** Lets the memory have what it is worth remembering; to be called when the transaction is committed. */
  remember(): void;
}

/**
 * Stores the valid events of one reporter and brings the shipments that they concern up to date. To be run in a
 * transaction: all of it happens, or nothing. Events that concern no shipment are kept for later.
 *
 * A dozen statements, however many events and shipments.
 *
 * @param events in the order in which they were reported; an event may be there more than once.
 */
export async function applyEvents(
  sql: Statements,
  reporter: Reporter,
  events: readonly KnownEvent[],
  now: Date,
  memory: ShipmentMemory = NO_MEMORY,
): Promise<Application> {
  const { producerId } = reporter;
  // In order: else Postgres sorts them, once for each partition.
  const eventIDs = [...new Set(events.map((event) => event.eventID))].sort();
  const named = events.map((event) => ({ event, keys: referenceKeysOf(event.payload) }));
  const allKeys = uniteKeys(named.map(({ keys }) => keys));
  lockKeys(sql, [...keyTexts(allKeys), ...eventIDs.map((eventID) => `ID:${producerId}:${eventID}`)]);

  // The unmatched first: whoever else is moving one of them to a shipment has then done so.
  const [unmatched, rows, byKeys] = await Promise.all([
    lockUnmatched(sql, producerId, eventIDs),
    eventsByIdentity(sql, producerId, eventIDs),
    lockShipments(sql, reporter, allKeys),
  ]);
  const locked = [...byKeys, ...(await lockOthers(sql, byKeys, rows))];
  const known = await recall(sql, locked, memory);
  const withinReach = new ShipmentMatcher(
    [...known.values()].flatMap(({ shipment }) => (mayAffect(reporter, shipment) ? [shipment] : [])),
  );

  const ledger = new EventLedger(reporter, rows, unmatched);
  const tenants = new Map(locked.map((shipment) => [shipment.id, shipment]));
  for (const { event, keys } of named) {
    ledger.enter(event, withinReach.concernedBy(keys, event.facts.eventDateTime), tenants, now);
  }
  const changes = ledger.changes();
  saveEvents(sql, changes);
  saveUnmatched(sql, ledger.unmatched());
  deleteUnmatched(sql, ledger.matchedAtLast());

  const { adopted, remembered } = await settleShipments(sql, toSettle(known, changes), [], now);
  const recalled = [...known.values()].flatMap(({ shipment: { id }, remembered }) =>
    remembered === null ? [] : [[id, remembered] as const],
  );
  return {
    changes: [...changes.map(({ event }) => event), ...adopted],
    remember: rememberer(memory, [...recalled, ...remembered]),
  };
}

// By itself, so that nothing but what is remembered is held until the transaction is committed.
function rememberer(
  memory: ShipmentMemory,
  shipments: readonly (readonly [id: string, shipment: RememberedShipment])[],
): () => void {
  return () => {
    for (const [id, shipment] of shipments) memory.keep(id, shipment);
  };
}

/** Shipments that earlier versions of the events concern, where the present ones don't. */
async function lockOthers(
  sql: Statements,
  locked: readonly ShipmentRow[],
  rows: readonly StoredEvent[],
): Promise<ShipmentRow[]> {
  if (rows.length === 0) return [];
  const ids = new Set(rows.map((row) => row.shipmentId));
  for (const { id } of locked) ids.delete(id);
  return ids.size === 0 ? [] : lockShipmentsByIds(sql, [...ids]);
}

interface Recalled {
  readonly shipment: KnownShipment;
  readonly remembered: RememberedShipment | null;
}

/** Completes locked rows by what is remembered, or else read. */
async function recall(
  sql: Statements,
  locked: readonly ShipmentRow[],
  memory: ShipmentMemory,
): Promise<Map<string, Recalled>> {
  const known = locked.map((row) => {
    const remembered = memory.take(row.id);
    return { row, remembered: remembered?.revision === row.revision ? remembered : null };
  });
  const unknown = known.filter(({ remembered }) => remembered === null);
  const elsewhere = await readElsewhere(
    sql,
    unknown.map(({ row }) => row.id),
  );
  return new Map(
    known.map(({ row, remembered }) => {
      const { containers, returnedAt } = remembered ?? elsewhere.get(row.id) ?? NOTHING;
      return [row.id, { shipment: { containers, returnedAt, ...row }, remembered }];
    }),
  );
}

const NOTHING = { containers: [], returnedAt: null };

/** The shipments whose events have changed, with what has. */
function toSettle(known: Map<string, Recalled>, changes: readonly EventChange[]): ShipmentToSettle[] {
  const changed = new Map<string, EventChange[]>();
  for (const change of changes) {
    const { shipmentId } = change.event;
    const others = changed.get(shipmentId);
    if (others === undefined) changed.set(shipmentId, [change]);
    else others.push(change);
  }
  return [...changed].map(([id, changes]) => {
    const { shipment, remembered } = known.get(id) as Recalled;
    // What is given away is remembered anew.
    known.delete(id);
    return { shipment, remembered, changes };
  });
}
