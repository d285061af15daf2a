import type { KnownEvent } from '../event-version.ts';
import type { Reporter } from '../ingestion/reporter.ts';
import { acceptedEventsOf } from './accepted-events.ts';
import type { Entry } from './entries.ts';

/** Events in one transaction: few enough that the locks of a dozen of them at once fit into Postgres' lock table. */
const CHUNK = 1_000;

/** Entries whose events can be applied together, in their order. */
export class Chunk {
  readonly entries: Entry[] = [];
  readonly reporter: Reporter;
  #size = 0;
  #events: KnownEvent[] | null = [];

  constructor(reporter: Reporter) {
    this.reporter = reporter;
  }

  /** How many events it has. */
  get size(): number {
    return this.#size;
  }

  add(entry: Entry, events: readonly KnownEvent[]): void {
    this.entries.push(entry);
    this.#size += events.length;
    for (const event of events) this.#events?.push(event);
  }

  /**
   * Lets go of the events. They are many objects, and of no use while a transaction is waited for: whoever asks again
   * has them read again.
   */
  takeEvents(): readonly KnownEvent[] {
    const events = this.#events ?? this.entries.flatMap((entry) => acceptedEventsOf(entry).events);
    this.#events = null;
    return events;
  }
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
  const chunks: Chunk[] = [];
  const current = new Map<string, Chunk>();
  for (const entry of entries) {
    try {
      const { reporter, events } = acceptedEventsOf(entry);
      const { producerId, kind, tenantId, carrierScac } = reporter;
      const key = `${entry.partition} ${producerId} ${kind} ${tenantId} ${carrierScac}`;
      let chunk = current.get(key);
      if (chunk === undefined || chunk.size + events.length > CHUNK) {
        chunk = new Chunk(reporter);
        chunks.push(chunk);
        current.set(key, chunk);
      }
      chunk.add(entry, events);
    } catch (error) {
      onUnreadable(entry, error);
    }
  }
  return chunks;
}
