/**
 * Spaces out what changes often: a change is due when it has had time to settle, and not sooner than some time after
 * the last one was taken; the changes of one key until then are one. Knows no clock: instants are given, in
 * milliseconds.
 */
export class Pace {
  readonly #settling: number;
  readonly #interval: number;
  readonly #due = new Map<string, number>();
  readonly #taken = new Map<string, number>();
  #next: number | null = null;

  /**
   * @param settling from the first change until it is due
   * @param interval between two times that one key is taken
   */
  constructor(settling: number, interval: number) {
    this.#settling = settling;
    this.#interval = interval;
  }

  /** When the next key is due, or a key that was forgotten; null: none is. */
  get next(): number | null {
    return this.#next;
  }

  /** A key has changed. @param settling how long it has to settle, where that differs */
  mark(key: string, now: number, settling = this.#settling): void {
    const earliest = (this.#taken.get(key) ?? -Infinity) + this.#interval;
    // A change that goes on must not put itself off for ever.
    const due = Math.min(Math.max(now + settling, earliest), this.#due.get(key) ?? Infinity);
    this.#due.set(key, due);
    if (this.#next === null || due < this.#next) this.#next = due;
  }

  /** Nobody is interested in a key any more. */
  forget(key: string): void {
    this.#due.delete(key);
    this.#taken.delete(key);
  }

  /** The keys that are due, which are so no more. */
  take(now: number): string[] {
    const keys: string[] = [];
    this.#next = null;
    for (const [key, due] of this.#due) {
      if (due <= now) {
        this.#due.delete(key);
        this.#taken.set(key, now);
        keys.push(key);
      } else if (this.#next === null || due < this.#next) this.#next = due;
    }
    return keys;
  }
}
