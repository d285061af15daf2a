import type { Database } from '#platform/database/database.ts';
import { applyEvents } from '../ingestion/apply-events.ts';
import { handled } from '../ingestion/statements.ts';
import type { ShipmentMemory } from '../ingestion/shipment-memory.ts';
import { inPlainTransaction } from '../ingestion/transaction.ts';
import { updateOf } from '../live-updates.ts';
import type { KeptUpdates, LiveUpdates } from '../live-updates.ts';
import { acceptedEventOf } from './entries.ts';
import type { AcceptedEvent, Entry } from './entries.ts';

/** Events in one transaction: few enough that the locks of a dozen of them at once fit into Postgres' lock table. */
const CHUNK = 1_000;

/** Entries whose events can be applied together, in their order. */
export type Chunk = readonly (AcceptedEvent & { readonly entry: Entry })[];

/**
 * Shares entries out to transactions, by partition, so that each deals with few shipments. What different reporters say
 * may be applied in any order; what one says stays in the order in which it was accepted.
 * @param onUnreadable called with each that isn't an accepted event
 */
export function chunksOf(
  entries: readonly Entry[],
  onUnreadable: (entry: Entry, error: unknown) => void,
): Chunk[] {
  const groups = new Map<string, (AcceptedEvent & { entry: Entry })[]>();
  for (const entry of entries) {
    try {
      const accepted = acceptedEventOf(entry);
      const { producerId, kind, tenantId, carrierScac } = accepted.reporter;
      const key = `${entry.partition} ${producerId} ${kind} ${tenantId} ${carrierScac}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [{ ...accepted, entry }]);
      else group.push({ ...accepted, entry });
    } catch (error) {
      onUnreadable(entry, error);
    }
  }
  return [...groups.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / CHUNK) }, (_, part) =>
      group.slice(part * CHUNK, (part + 1) * CHUNK),
    ),
  );
}

/** Applies the events of a chunk in one transaction. Applied again, they change nothing. */
export async function applyChunk(
  database: Database,
  live: LiveUpdates,
  memory: ShipmentMemory,
  chunk: Chunk,
): Promise<KeptUpdates> {
  const [first] = chunk;
  if (!first) throw new RangeError('expected a chunk of at least one event');
  const events = chunk.map(({ event }) => event);
  const { kept, remember } = await inPlainTransaction(database, async (sql) => {
    const { changes, remember } = await applyEvents(sql, first.reporter, events, new Date(), memory);
    return { kept: handled(live.keep(sql, changes.map(updateOf))), remember };
  });
  remember();
  return kept;
}
