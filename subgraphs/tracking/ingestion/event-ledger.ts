import type { KnownEvent } from '../event-version.ts';
import { keyTexts, referenceKeysOf } from '../references.ts';
import { timeOrderedId } from '../time-ordered-id.ts';
import { placeVersion } from './place-version.ts';
import type { Placement } from './place-version.ts';
import type { Reporter } from './reporter.ts';
import type { EventChange } from './save-events.ts';
import { placedEvent } from './stored-event.ts';
import type { StoredEvent } from './stored-event.ts';
import type { UnmatchedEvent } from './unmatched-event.ts';

/** Everything known of one event of one reporter. */
interface Entry {
  /** By the shipment's id; null: it is at none, but for those where it was put last. */
  rows: Map<string, StoredEvent> | null;
  /** Where it was put last: as a rule nobody asks for it again. */
  put: readonly StoredEvent[];
  unmatched: UnmatchedEvent | null;
}

const NONE: readonly StoredEvent[] = [];

/** By the shipment's id; null: it is at none. */
function rowsOf(entry: Entry): ReadonlyMap<string, StoredEvent> | null {
  if (entry.put.length > 0) {
    entry.rows ??= new Map();
    for (const row of entry.put) entry.rows.set(row.shipmentId, row);
    entry.put = NONE;
  }
  return entry.rows;
}

/**
 * Where the events of one reporter are, and what changes about that while a batch is gone through; the database is
 * read before and written after.
 */
export class EventLedger {
  readonly #reporter: Reporter;
  readonly #entries = new Map<string, Entry>();
  readonly #changes = new Map<string, { event: StoredEvent; readonly former: StoredEvent | null }>();
  readonly #unmatched = new Map<string, UnmatchedEvent>();
  readonly #matchedAtLast = new Map<string, UnmatchedEvent>();

  constructor(reporter: Reporter, rows: readonly StoredEvent[], unmatched: readonly UnmatchedEvent[]) {
    this.#reporter = reporter;
    for (const row of rows) (this.#entry(row.eventID).rows ??= new Map()).set(row.shipmentId, row);
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
    const rows = rowsOf(entry);
    const placement = placeVersion(
      version,
      matched.map(({ id }) => id),
      rows,
      entry.unmatched,
    );
    entry.put = placement.rows.map(([shipmentId, isRetracted]) => {
      const { tenantId } = shipmentOf.get(shipmentId) as { tenantId: string };
      const former = rows?.get(shipmentId) ?? null;
      const id = former?.id ?? timeOrderedId(now.getTime());
      // A version that only learns of another's estimate has been there before.
      const receivedAt = (placement.version.payload === version.payload ? null : former?.receivedAt) ?? now;
      const event = placedEvent(placement.version, { id, tenantId, shipmentId, isRetracted, receivedAt });
      const change = this.#changes.get(id);
      if (change === undefined) this.#changes.set(id, { event, former });
      else change.event = event;
      return event;
    });
    if (placement.rows.length > 0 && entry.unmatched !== null) {
      this.#unmatched.delete(version.eventID);
      this.#matchedAtLast.set(version.eventID, entry.unmatched);
      entry.unmatched = null;
    }
    if (placement.isUnmatched) {
      const keys = keyTexts(referenceKeysOf(placement.version.payload));
      const receivedAt =
        (placement.version.payload === version.payload ? null : entry.unmatched?.receivedAt) ?? now;
      entry.unmatched = { ...placement.version, ...this.#reporter, keys, receivedAt };
      this.#unmatched.set(version.eventID, entry.unmatched);
    }
    return placement;
  }

  /** Rows to write, in the order in which they changed first. */
  changes(): EventChange[] {
    return [...this.#changes.values()];
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
    const entry: Entry = { rows: null, put: NONE, unmatched: null };
    this.#entries.set(eventID, entry);
    return entry;
  }
}
