import type { Caller } from '#platform/auth/caller.ts';
import type { Database } from '#platform/database/database.ts';
import type { Metrics } from '#platform/telemetry/metrics.ts';
import type { FieldFault } from '../dcsa/fault.ts';
import { validateEvent } from '../dcsa/validate.ts';
import { knownEvent } from '../event-version.ts';
import type { KnownEvent } from '../event-version.ts';
import { updateOf } from '../live-updates.ts';
import type { PublishUpdates } from '../live-updates.ts';
import { applyEvents } from './apply-events.ts';
import { reporterOf } from './reporter.ts';
import type { Reporter } from './reporter.ts';
import { inTransaction } from './transaction.ts';

/** What became of one posted event. */
export interface EventResult {
  /** Its place in the posted array, from 0. */
  readonly index: number;
  /** As given, or derived from the content; null when it is refused and gave none that is a text. */
  readonly eventID: string | null;
  readonly outcome: 'accepted' | 'duplicate' | 'refused';
  /** Ids of the shipments that it concerns. */
  readonly shipments: readonly string[];
  readonly errors: readonly FieldFault[];
}

export interface Ingestion {
  readonly database: Database;
  readonly metrics: Metrics;
  readonly publish: PublishUpdates;
}

/** Events in one transaction: few enough that the locks of ten transactions at once fit into Postgres' lock table. */
const CHUNK = 50;

/**
 * Takes posted events in: refuses each that breaks the contract, stores the others and brings their shipments up to
 * date. When it throws, what it has stored already stays, and posting the same again is safe: it is recognised.
 *
 * @param posted values from JSON, of a depth that the door has bounded.
 */
export async function ingest(
  { database, metrics, publish }: Ingestion,
  caller: Caller,
  posted: readonly unknown[],
): Promise<EventResult[]> {
  const now = Date.now();
  const reporter = reporterOf(caller);
  const results: EventResult[] = [];
  const valid: { index: number; version: KnownEvent }[] = [];
  for (const [index, event] of posted.entries()) {
    const validation = validateEvent(event, now);
    if (validation.ok) {
      const { event: payload, eventID } = validation;
      valid.push({ index, version: knownEvent({ producerId: reporter.producerId, eventID, payload }) });
    } else {
      const { faults: errors } = validation;
      results.push({ index, eventID: givenID(event), outcome: 'refused', shipments: [], errors });
    }
  }

  for (let start = 0; start < valid.length; start += CHUNK) {
    const chunk = valid.slice(start, start + CHUNK);
    const applied = await applyChunk(database, publish, reporter, chunk);
    for (const [place, { index, version }] of chunk.entries()) {
      const result = applied[place] as (typeof applied)[number];
      results.push({ index, eventID: version.eventID, ...result, errors: [] });
    }
  }
  for (const { outcome } of results) metrics.ingestedEvents.inc({ outcome });
  return results.sort((a, b) => a.index - b.index);
}

async function applyChunk(
  database: Database,
  publish: PublishUpdates,
  reporter: Reporter,
  chunk: readonly { readonly version: KnownEvent }[],
) {
  const versions = chunk.map(({ version }) => version);
  const { results, changes } = await inTransaction(database, (tx) =>
    applyEvents(tx, reporter, versions, new Date()),
  );
  await publish(changes.map(updateOf));
  return results;
}

function givenID(event: unknown): string | null {
  if (typeof event !== 'object' || event === null) return null;
  const { eventID } = event as { eventID?: unknown };
  return typeof eventID === 'string' ? eventID.slice(0, 100) : null;
}
