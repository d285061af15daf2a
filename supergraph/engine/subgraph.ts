import { Departure, type Leaving } from './departure.ts';

/** One operation for one subgraph. */
export interface SubgraphRequest {
  /** The JSON text with `query`, `operationName` and `variables`. */
  readonly body: string;
  /** The caller's bearer token, passed on as it is. */
  readonly token: string | undefined;
  /** Correlates the records of one client request across processes. */
  readonly requestId: string;
  /** The client's; absent where one isn't known, or there are many. */
  readonly address?: string | null;
  /** Whether it is to tell what of the sensitive it shows. */
  readonly tellsReads?: boolean;
  /** Aborts when the client has left or the time for the answer is over. */
  readonly signal: Leaving;
}

/** What came back, before it is looked at. */
export interface SubgraphResponse {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly text: string;
}

/** A way to ask one subgraph. */
export interface Subgraph {
  readonly name: string;
  /** @throws {SubgraphUnavailable} when there is no answer */
  ask(request: SubgraphRequest): Promise<SubgraphResponse>;
}

/** A subgraph that gave no usable answer. The message is for the log and for developers, not for clients. */
export class SubgraphUnavailable extends Error {
  override readonly name = 'SubgraphUnavailable';
  readonly subgraph: string;

  constructor(subgraph: string, reason: string, options?: ErrorOptions) {
    super(`subgraph "${subgraph}" ${reason}`, options);
    this.subgraph = subgraph;
  }
}

/**
 * Asks a subgraph, for at most `timeout` milliseconds, also when it pays no attention to the signal.
 * @throws {SubgraphUnavailable} for every failure, the client's leaving included
 */
export function askInTime(
  subgraph: Subgraph,
  request: SubgraphRequest,
  timeout: number,
): Promise<SubgraphResponse> {
  const { name } = subgraph;
  const { signal: client } = request;
  return new Promise((resolve, reject) => {
    const departure = new Departure();
    const end = (): void => {
      clearTimeout(timer);
      client.removeEventListener('abort', leave);
    };
    const giveUp = (reason: SubgraphUnavailable): void => {
      end();
      reject(reason);
      departure.abort();
    };
    const leave = (): void =>
      giveUp(new SubgraphUnavailable(name, 'is not needed any more: the client left'));
    const timer = setTimeout(
      () => giveUp(new SubgraphUnavailable(name, `gave no answer within ${timeout} ms`)),
      timeout,
    );
    if (client.aborted) return leave();
    client.addEventListener('abort', leave);
    subgraph.ask({ ...request, signal: departure }).then(
      (response) => {
        end();
        resolve(response);
      },
      (error: unknown) => {
        end();
        reject(error instanceof SubgraphUnavailable ? error : failed(name, error));
      },
    );
  });
}

function failed(name: string, error: unknown): SubgraphUnavailable {
  const reason = error instanceof Error ? error.message : String(error);
  return new SubgraphUnavailable(name, `failed: ${reason}`, { cause: error });
}
