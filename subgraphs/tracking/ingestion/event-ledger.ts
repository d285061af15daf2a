import { randomUUID } from 'node:crypto';
import type { KnownEvent } from '../event-version.ts';
import { placeVersion } from './place-version.ts';
import type { Placement } from './place-version.ts';
import type { Reporter } from './reporter.ts';
import type { StoredEvent } from './stored-event.ts';
import type { UnmatchedEvent } from './unmatched-event.ts';

/** Everything known of one event of one reporter. */
interface Entry {
  readonly rows: Map<string, StoredEvent>;
  unmatched: UnmatchedEvent | null;
}

/**
 * Where the events of one reporter are, and what changes about that while a batch is gone through; the database is
 * read before and written after.
 */
export class EventLedger {
  readonly #reporter: Reporter;
  readonly #entries = new Map<string, Entry>();
  readonly #changedRows = new Map<string, StoredEvent>();
  readonly #unmatched = new Map<string, UnmatchedEvent>();
  readonly #matchedAtLast = new Map<string, UnmatchedEvent>();

  constructor(reporter: Reporter, rows: readonly StoredEvent[], unmatched: readonly UnmatchedEvent[]) {
    this.#reporter = reporter;
    for (const row of rows) this.#entry(row.eventID).rows.set(row.shipmentId, row);
    for (const event of unmatched) this.#entry(event.eventID).unmatched = event;
  }

  /**
   * Places a version where it belongs.
   *
   * @param matched the shipments whose references it names and that its reporter may affect.
   * @param shipmentOf any shipment that the event has been at, too.
   */
  enter(
    version: KnownEvent,
    matched: readonly { readonly id: string }[],
    shipmentOf: ReadonlyMap<string, { readonly tenantId: string }>,
    now: Date,
  ): Placement {
    const entry = this.#entry(version.eventID);
    const placement = placeVersion(
      version,
      matched.map(({ id }) => id),
      entry.rows,
      entry.unmatched,
    );
    for (const [shipmentId, isRetracted] of placement.rows) {
      const { tenantId } = shipmentOf.get(shipmentId) as { tenantId: string };
      const id = entry.rows.get(shipmentId)?.id ?? randomUUID();
      const row = { ...version, id, tenantId, shipmentId, isRetracted, receivedAt: now };
      entry.rows.set(shipmentId, row);
      this.#changedRows.set(id, row);
    }
    if (placement.rows.size > 0 && entry.unmatched !== null) {
      this.#unmatched.delete(version.eventID);
      this.#matchedAtLast.set(version.eventID, entry.unmatched);
      entry.unmatched = null;
    }
    if (placement.unmatchedKeys !== null) {
      const keys = placement.unmatchedKeys;
      entry.unmatched = { ...version, ...this.#reporter, keys, receivedAt: now };
      this.#unmatched.set(version.eventID, entry.unmatched);
    }
    return placement;
  }

  /** Rows to write, in the order in which they changed first. */
  changedRows(): StoredEvent[] {
    return [...this.#changedRows.values()];
  }

  /** Events to keep until their shipment is known. */
  unmatched(): UnmatchedEvent[] {
    return [...this.#unmatched.values()];
  }

  /** Events that are no longer unmatched. */
  matchedAtLast(): UnmatchedEvent[] {
    return [...this.#matchedAtLast.values()];
  }

  #entry(eventID: string): Entry {
    const known = this.#entries.get(eventID);
    if (known !== undefined) return known;
    const entry: Entry = { rows: new Map(), unmatched: null };
    this.#entries.set(eventID, entry);
    return entry;
  }
}
