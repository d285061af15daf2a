/** Beats are spread over so many moments of an interval. */
const SLOTS = 64;

/**
 * Calls back at regular intervals, by one timer for thousands, and never for all of them at once: those who came
 * together are spread over the interval.
 */
export class Heartbeat {
  readonly #interval: number;
  readonly #slots = Array.from({ length: SLOTS }, () => new Set<() => void>());
  #size = 0;
  #next = 0;
  #fill = 0;
  #timer: NodeJS.Timeout | null = null;

  /** @param interval milliseconds */
  constructor(interval: number) {
    this.#interval = interval;
  }

  /** How many are called back. */
  get size(): number {
    return this.#size;
  }

  /** @returns how to stop it */
  add(beat: () => void): () => void {
    const slot = this.#slots[this.#fill] as Set<() => void>;
    this.#fill = (this.#fill + 1) % SLOTS;
    slot.add(beat);
    this.#size += 1;
    this.#timer ??= setInterval(this.#tick, this.#interval / SLOTS).unref();
    return () => {
      if (!slot.delete(beat)) return;
      this.#size -= 1;
      if (this.#size > 0 || !this.#timer) return;
      clearInterval(this.#timer);
      this.#timer = null;
    };
  }

  readonly #tick = (): void => {
    const slot = this.#slots[this.#next] as Set<() => void>;
    this.#next = (this.#next + 1) % SLOTS;
    for (const beat of slot) beat();
  };
}
