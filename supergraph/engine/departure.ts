/** Tells when nobody waits any more. An `AbortSignal` is one. */
export interface Leaving {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** The same without the cost of an `AbortSignal`, of which an operation would need one for each of its fetches. */
export class Departure implements Leaving {
  #aborted = false;
  readonly #listeners = new Set<() => void>();

  get aborted(): boolean {
    return this.#aborted;
  }

  addEventListener(_: 'abort', listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_: 'abort', listener: () => void): void {
    this.#listeners.delete(listener);
  }

  abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }
}

/** Who never leaves. */
export const NEVER: Leaving = {
  aborted: false,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
};
