import type { Update } from './update.ts';

const MAX_UPDATES = 2_000;
const MAX_BYTES = 16 * 1024 * 1024;
/** Milliseconds. What an update says may be this much older than its delivery. */
const MAX_AGE = 2_000;

interface Entry {
  readonly update: Promise<Update | null>;
  readonly made: number;
  bytes: number;
}

/**
 * The updates of the last moments, of all groups together: many who come back at once, as after the restart of a
 * gateway, ask for the same ones.
 */
export class RecentUpdates {
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  /** What was made under a key a moment ago or is being made; else what `make` makes. */
  get(key: string, make: () => Promise<Update | null>): Promise<Update | null> {
    const known = this.#entries.get(key);
    const now = performance.now();
    if (known && now - known.made <= MAX_AGE) return known.update;
    if (known) this.#delete(key, known);
    const entry: Entry = { update: make(), made: now, bytes: 0 };
    this.#entries.set(key, entry);
    entry.update
      .then((update) => {
        if (this.#entries.get(key) !== entry) return;
        if (!update) return this.#delete(key, entry);
        this.#bytes += entry.bytes = update.json.length;
        this.#trim(now);
      })
      .catch(() => this.#delete(key, entry));
    return entry.update;
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  #trim(now: number): void {
    for (const [key, entry] of this.#entries) {
      const isOld = now - entry.made > MAX_AGE;
      if (!isOld && this.#entries.size <= MAX_UPDATES && this.#bytes <= MAX_BYTES) return;
      this.#delete(key, entry);
    }
  }

  #delete(key: string, entry: Entry): void {
    if (this.#entries.get(key) !== entry) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }
}
