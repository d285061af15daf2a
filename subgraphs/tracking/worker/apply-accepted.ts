import type { Database } from '#platform/database/database.ts';
import { applyEvents } from '../ingestion/apply-events.ts';
import type { ShipmentMemory } from '../ingestion/shipment-memory.ts';
import { inPlainTransaction } from '../ingestion/transaction.ts';
import { updateOf } from '../live-updates.ts';
import type { KeptUpdates, LiveUpdates } from '../live-updates.ts';
import type { KnownEvent } from '../event-version.ts';
import type { Reporter } from '../ingestion/reporter.ts';
import { acceptedEventsOf } from './accepted-events.ts';
import type { Entry } from './entries.ts';

/** Events in one transaction: few enough that the locks of a dozen of them at once fit into Postgres' lock table. */
const CHUNK = 1_000;

/** Entries whose events can be applied together, in their order. */
export interface Chunk {
  readonly entries: readonly Entry[];
  readonly reporter: Reporter;
  readonly events: readonly KnownEvent[];
}

interface OpenChunk extends Chunk {
  readonly entries: Entry[];
  readonly events: KnownEvent[];
}

/**
 * Shares entries out to transactions, by partition, so that each deals with few shipments. What different reporters say
 * may be applied in any order; what one says stays in the order in which it was accepted.
 * @param onUnreadable called with each that isn't of accepted events
 */
export function chunksOf(
  entries: readonly Entry[],
  onUnreadable: (entry: Entry, error: unknown) => void,
): Chunk[] {
  const chunks: OpenChunk[] = [];
  const current = new Map<string, OpenChunk>();
  for (const entry of entries) {
    try {
      const { reporter, events } = acceptedEventsOf(entry);
      const { producerId, kind, tenantId, carrierScac } = reporter;
      const key = `${entry.partition} ${producerId} ${kind} ${tenantId} ${carrierScac}`;
      let chunk = current.get(key);
      if (chunk === undefined || chunk.events.length + events.length > CHUNK) {
        chunk = { entries: [], reporter, events: [] };
        chunks.push(chunk);
        current.set(key, chunk);
      }
      chunk.entries.push(entry);
      for (const event of events) chunk.events.push(event);
    } catch (error) {
      onUnreadable(entry, error);
    }
  }
  return chunks;
}

/** Applies the events of a chunk in one transaction. Applied again, they change nothing. */
export async function applyChunk(
  database: Database,
  live: LiveUpdates,
  memory: ShipmentMemory,
  chunk: Chunk,
): Promise<KeptUpdates> {
  const { reporter, events } = chunk;
  const { kept, remember } = await inPlainTransaction(database, async (sql) => {
    const { changes, remember } = await applyEvents(sql, reporter, events, new Date(), memory);
    return { kept: await live.keep(sql, changes.map(updateOf)), remember };
  });
  remember();
  return kept;
}
