import type { Database } from '#platform/database/database.ts';
import { applyEvents } from '../ingestion/apply-events.ts';
import { inTransaction } from '../ingestion/transaction.ts';
import { updateOf } from '../live-updates.ts';
import type { KeptUpdates, LiveUpdates } from '../live-updates.ts';
import { acceptedEventOf } from './entries.ts';
import type { AcceptedEvent, Entry } from './entries.ts';

/** Events in one transaction: few enough that the locks of a dozen of them at once fit into Postgres' lock table. */
const CHUNK = 200;

/** Entries whose events can be applied together, in their order. */
export type Chunk = readonly (AcceptedEvent & { readonly entry: Entry })[];

/**
 * Shares entries out to transactions. What different reporters say may be applied in any order; what one says stays
 * in the order in which it was accepted.
 * @param onUnreadable called with each that isn't an accepted event
 */
export function chunksOf(
  entries: readonly Entry[],
  onUnreadable: (entry: Entry, error: unknown) => void,
): Chunk[] {
  const byReporter = new Map<string, (AcceptedEvent & { entry: Entry })[]>();
  for (const entry of entries) {
    try {
      const accepted = acceptedEventOf(entry);
      const key = JSON.stringify(accepted.reporter);
      const group = byReporter.get(key) ?? [];
      group.push({ ...accepted, entry });
      byReporter.set(key, group);
    } catch (error) {
      onUnreadable(entry, error);
    }
  }
  return [...byReporter.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / CHUNK) }, (_, part) =>
      group.slice(part * CHUNK, (part + 1) * CHUNK),
    ),
  );
}

/** Applies the events of a chunk in one transaction. Applied again, they change nothing. */
export async function applyChunk(database: Database, live: LiveUpdates, chunk: Chunk): Promise<KeptUpdates> {
  const [first] = chunk;
  if (!first) return { id: null, messages: [] };
  const events = chunk.map(({ event }) => event);
  return inTransaction(database, async (tx) => {
    const { changes } = await applyEvents(tx, first.reporter, events, new Date());
    return live.keep(tx, changes.map(updateOf));
  });
}
