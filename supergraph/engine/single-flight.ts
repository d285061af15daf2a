import { Departure, type Leaving } from './departure.ts';

interface Flight<T> {
  readonly answer: Promise<T>;
  readonly departure: Departure;
  /** How many wait for it. */
  waiting: number;
}

/** Runs what is asked for several times at once only once. What nobody waits for any more is told so. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();
  readonly #onShared: (() => void) | undefined;

  /** @param onShared called for each that is answered by one under way */
  constructor(onShared?: () => void) {
    this.#onShared = onShared;
  }

  /** How many run now. */
  get size(): number {
    return this.#flights.size;
  }

  /**
   * @param key equal only for what may have the same answer
   * @param signal aborts when this caller no longer waits; it then gets what there is
   * @param run begins the work; its signal aborts when nobody waits any more
   */
  async join(key: string, signal: Leaving, run: (signal: Leaving) => Promise<T>): Promise<T> {
    const underWay = this.#flights.get(key);
    if (underWay) this.#onShared?.();
    const flight = underWay ?? this.#begin(key, run);
    flight.waiting += 1;
    const leave = (): void => {
      flight.waiting -= 1;
      if (flight.waiting > 0) return;
      // Who comes now must not get what was given up.
      this.#forget(key, flight);
      flight.departure.abort();
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave);
    try {
      return await flight.answer;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  #begin(key: string, run: (signal: Leaving) => Promise<T>): Flight<T> {
    const departure = new Departure();
    const answer = run(departure).finally(() => this.#forget(key, flight));
    const flight: Flight<T> = { answer, departure, waiting: 0 };
    this.#flights.set(key, flight);
    return flight;
  }

  #forget(key: string, flight: Flight<T>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}
