import { SingleFlight } from './single-flight.ts';
import { askInTime, type Subgraph, type SubgraphRequest, type SubgraphResponse } from './subgraph.ts';

/** Identical fetches that are under way at the same time, for the same caller, are sent once. */
export class SharedFetches {
  readonly #flights: SingleFlight<SubgraphResponse>;

  /** @param onShared called for each fetch that another one answers */
  constructor(onShared?: () => void) {
    this.#flights = new SingleFlight(onShared);
  }

  /**
   * Only for what has no effects.
   * @throws {SubgraphUnavailable} as `askInTime`
   */
  ask(subgraph: Subgraph, request: SubgraphRequest, timeout: number): Promise<SubgraphResponse> {
    const key = `${subgraph.name}\n${request.token ?? ''}\n${request.body}`;
    return this.#flights.join(key, request.signal, (signal) =>
      askInTime(subgraph, { ...request, signal }, timeout),
    );
  }
}
