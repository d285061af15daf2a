/** Remembers the results of a pure function for the keys used last. */
export class RecentlyUsed<Value> {
  readonly #values = new Map<string, Value>();
  readonly #limit: number;

  /** @param limit how many results are kept. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The remembered result, else a computed one. */
  get(key: string, compute: () => Value): Value {
    let value = this.#values.get(key);
    if (value === undefined) {
      value = compute();
      if (this.#values.size >= this.#limit) this.#forgetOldest();
    } else {
      this.#values.delete(key); // and in again as the last: the first is the one used longest ago
    }
    this.#values.set(key, value);
    return value;
  }

  #forgetOldest(): void {
    for (const key of this.#values.keys()) {
      this.#values.delete(key);
      return;
    }
  }
}
