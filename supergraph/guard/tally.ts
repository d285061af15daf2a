/** How many of something each of many holders has, up to a limit. */
export class Tally {
  readonly #limit: number;
  readonly #counts = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @returns how the holder gives it back, which is done once; null when it has as many as it may */
  enter(holder: string): (() => void) | null {
    const count = this.#counts.get(holder) ?? 0;
    if (count >= this.#limit) return null;
    this.#counts.set(holder, count + 1);
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const left = (this.#counts.get(holder) ?? 1) - 1;
      if (left === 0) this.#counts.delete(holder);
      else this.#counts.set(holder, left);
    };
  }
}
