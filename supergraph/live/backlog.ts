import type { FanoutMetrics } from './fanout-metrics.ts';
import type { Update } from './update.ts';

/** What waits for one socket or stream, over all of its subscriptions. */
export const MAX_WAITING = { updates: 1_000, bytes: 1024 * 1024 } as const;

/** Counts what waits for one socket or stream. */
export class Waiting {
  readonly #level: FanoutMetrics['waitingUpdates'];
  #updates = 0;
  #bytes = 0;

  /** @param level what waits in the whole process */
  constructor(level: FanoutMetrics['waitingUpdates']) {
    this.#level = level;
  }

  get updates(): number {
    return this.#updates;
  }

  /** Whether one more may wait. One always may, however large it is. */
  hasRoomFor(bytes: number): boolean {
    return (
      this.#updates === 0 || (this.#updates < MAX_WAITING.updates && this.#bytes + bytes <= MAX_WAITING.bytes)
    );
  }

  count(updates: number, bytes: number): void {
    this.#updates += updates;
    this.#bytes += bytes;
    this.#level.inc(updates);
  }
}

/** The updates that one subscriber has not been sent yet, in the order of their cursors. */
export class Backlog {
  readonly #waiting: Waiting;
  readonly #updates = new Map<string, Update>();

  constructor(waiting: Waiting) {
    this.#waiting = waiting;
  }

  get size(): number {
    return this.#updates.size;
  }

  /**
   * Puts an update at the end.
   * @param conflate whether it replaces the one of the same entity, wherever that stands: an update may only be sent
   *   after all with earlier cursors, or a client that breaks off and resumes would miss those
   * @returns false when there is no room for it
   */
  add(update: Update, conflate: boolean): 'added' | 'conflated' | 'full' {
    const key = conflate ? update.entity : update.cursor;
    const replaced = this.#updates.get(key);
    if (replaced) this.#remove(key, replaced);
    if (!this.#waiting.hasRoomFor(update.json.length)) return 'full';
    this.#updates.set(key, update);
    this.#waiting.count(1, update.json.length);
    return replaced ? 'conflated' : 'added';
  }

  /** Takes the first one out; undefined when nothing waits. */
  shift(): Update | undefined {
    for (const [key, update] of this.#updates) {
      this.#remove(key, update);
      return update;
    }
    return undefined;
  }

  clear(): void {
    for (const [key, update] of this.#updates) this.#remove(key, update);
  }

  #remove(key: string, update: Update): void {
    this.#updates.delete(key);
    this.#waiting.count(-1, -update.json.length);
  }
}
