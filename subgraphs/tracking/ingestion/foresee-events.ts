import type { Database } from '#platform/database/database.ts';
import { instantOf } from '../dcsa/date-time.ts';
import { knownEvent } from '../event-version.ts';
import { keyTexts, referenceKeysOf, uniteKeys } from '../references.ts';
import { EventLedger } from './event-ledger.ts';
import { findShipments } from './known-shipment.ts';
import type { MatchableShipment } from './known-shipment.ts';
import { ShipmentMatcher } from './match-shipments.ts';
import type { Placement } from './place-version.ts';
import type { PostedEvent } from './posted-event.ts';
import type { Reporter } from './reporter.ts';
import { onClient } from './statements.ts';
import { eventsByIdentity } from './stored-event.ts';
import type { StoredEvent } from './stored-event.ts';
import { findUnmatched } from './unmatched-event.ts';
import type { UnmatchedEvent } from './unmatched-event.ts';

/** What will become of an event, if nothing else happens first. */
export interface ForeseenEvent extends Pick<Placement, 'outcome' | 'shipments'> {
  /** What keeps its order among other events: the shipment that it concerns, else what will lead to one. */
  readonly orderedBy: string;
}

/** Milliseconds: whoever posts is told soon that the database doesn't answer. */
const LOOK_TIMEOUT = 2_500;

/**
 * Looks where events belong, and which are known, without changing or locking anything: whoever applies them decides.
 * Three statements in one round trip, however many events.
 */
export async function foreseeEvents(
  { pool }: Pick<Database, 'pool'>,
  reporter: Reporter,
  events: readonly PostedEvent[],
): Promise<ForeseenEvent[]> {
  if (events.length === 0) return [];
  const now = new Date();
  // In order: else Postgres sorts them, once for each partition.
  const eventIDs = [...new Set(events.map((event) => event.eventID))].sort();
  const named = events.map((event) => ({ event, keys: referenceKeysOf(event.payload) }));
  const client = await pool.connect();
  let isBroken = true;
  const read = async () => {
    const sql = onClient(client, LOOK_TIMEOUT);
    const [unmatched, rows, withinReach] = await Promise.all([
      findUnmatched(sql, reporter.producerId, eventIDs),
      eventsByIdentity(sql, reporter.producerId, eventIDs),
      findShipments(sql, reporter, uniteKeys(named.map(({ keys }) => keys))),
    ]);
    isBroken = false;
    return { unmatched, rows, withinReach };
  };
  const { unmatched, rows, withinReach } = await read().finally(() => client.release(isBroken));
  const matcher = new ShipmentMatcher(withinReach);
  const foresee = foresightOf(reporter, { rows, unmatched, withinReach }, events, now);
  return named.map(({ event, keys }) => {
    const matched = matcher.concernedBy(keys, instantOf(event.payload.eventDateTime));
    const { outcome, shipments } = foresee(event, matched);
    const orderedBy = shipments[0] ?? keyTexts(keys)[0] ?? event.eventID;
    return { outcome, shipments, orderedBy };
  });
}

interface Known {
  readonly rows: readonly StoredEvent[];
  readonly unmatched: readonly UnmatchedEvent[];
  readonly withinReach: readonly MatchableShipment[];
}

/** Says of one event after the other where it belongs; looks closely only at those that there are other versions of. */
function foresightOf(
  reporter: Reporter,
  { rows, unmatched, withinReach }: Known,
  events: readonly PostedEvent[],
  now: Date,
): (event: PostedEvent, matched: readonly MatchableShipment[]) => Pick<Placement, 'outcome' | 'shipments'> {
  const several = new Set([...rows, ...unmatched].map(({ eventID }) => eventID));
  const seen = new Set<string>();
  for (const { eventID } of events) {
    if (seen.has(eventID)) several.add(eventID);
    else seen.add(eventID);
  }
  const ledger = new EventLedger(reporter, rows, unmatched);
  const shipmentOf = new Map<string, Pick<MatchableShipment, 'id' | 'tenantId'>>();
  if (several.size > 0) {
    for (const shipment of withinReach) shipmentOf.set(shipment.id, shipment);
    for (const { shipmentId: id, tenantId } of rows) shipmentOf.set(id, { id, tenantId });
  }
  return (event, matched) =>
    several.has(event.eventID)
      ? ledger.enter(knownEvent(event, [], event.payloadText), matched, shipmentOf, now)
      : { outcome: 'accepted', shipments: matched.map(({ id }) => id) };
}
