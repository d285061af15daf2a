import type { Database } from '#platform/database/database.ts';
import { applyEvents } from '../ingestion/apply-events.ts';
import type { ShipmentMemory } from '../ingestion/shipment-memory.ts';
import { inPlainTransaction } from '../ingestion/transaction.ts';
import { updateOf } from '../live-updates.ts';
import type { KeptUpdates, LiveUpdates } from '../live-updates.ts';
import type { Chunk } from './chunks.ts';

/** Applies the events of a chunk in one transaction. Applied again, they change nothing. */
export async function applyChunk(
  database: Database,
  live: LiveUpdates,
  memory: ShipmentMemory,
  chunk: Chunk,
): Promise<KeptUpdates> {
  const { kept, remember } = await inPlainTransaction(database, async (sql) => {
    const events = chunk.takeEvents();
    const { changes, remember } = await applyEvents(sql, chunk.reporter, events, new Date(), memory);
    return { kept: await live.keep(sql, changes.map(updateOf)), remember };
  });
  remember();
  return kept;
}
