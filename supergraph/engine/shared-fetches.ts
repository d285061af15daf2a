import { askInTime, SubgraphUnavailable, type Subgraph, type SubgraphRequest, type SubgraphResponse } from './subgraph.ts';

interface Flight {
  readonly answer: Promise<SubgraphResponse>;
  readonly controller: AbortController;
  /** How many wait for it. */
  waiting: number;
}

/**
 * Identical fetches that are under way at the same time, for the same caller, are sent once. One that nobody waits
 * for any more is given up.
 */
export class SharedFetches {
  readonly #flights = new Map<string, Flight>();

  /**
   * Only for what has no effects.
   * @throws {SubgraphUnavailable} as `askInTime`
   */
  ask(subgraph: Subgraph, request: SubgraphRequest, timeout: number): Promise<SubgraphResponse> {
    const key = `${subgraph.name}\n${request.token ?? ''}\n${request.body}`;
    const flight = this.#flights.get(key) ?? this.#begin(key, subgraph, request, timeout);
    flight.waiting += 1;
    const { signal } = request;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        flight.waiting -= 1;
        if (flight.waiting === 0) {
          // Who comes now must not get what was given up.
          if (this.#flights.get(key) === flight) this.#flights.delete(key);
          flight.controller.abort();
        }
        reject(new SubgraphUnavailable(subgraph.name, 'is not needed any more: the client left'));
      };
      if (signal.aborted) return leave();
      signal.addEventListener('abort', leave, { once: true });
      const end = (): void => signal.removeEventListener('abort', leave);
      flight.answer.then(
        (response) => {
          end();
          resolve(response);
        },
        (error: unknown) => {
          end();
          reject(error as SubgraphUnavailable);
        },
      );
    });
  }

  #begin(key: string, subgraph: Subgraph, request: SubgraphRequest, timeout: number): Flight {
    const controller = new AbortController();
    const answer = askInTime(subgraph, { ...request, signal: controller.signal }, timeout).finally(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    });
    const flight: Flight = { answer, controller, waiting: 0 };
    this.#flights.set(key, flight);
    return flight;
  }
}
