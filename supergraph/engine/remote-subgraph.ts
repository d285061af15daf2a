import { errors, Pool, type Dispatcher } from 'undici';
import { TELL_READS_HEADER } from '#platform/audit/told-reads.ts';
import {
  CLIENT_ADDRESS_HEADER,
  CLIENT_REGION_HEADER,
  currentClientRegion,
} from '#platform/http/client-region.ts';
import type { Leaving } from './departure.ts';
import {
  SubgraphUnavailable,
  type Subgraph,
  type SubgraphRequest,
  type SubgraphResponse,
} from './subgraph.ts';

/** Connections to subgraphs in other processes, kept alive between requests. */
export interface RemoteSubgraphs {
  at(name: string, url: string): Subgraph;
  close(): Promise<void>;
}

export interface RemoteLimits {
  /** Milliseconds to wait for a connection. */
  readonly connectTimeout: number;
  /** Bytes of one answer. */
  readonly maxAnswerSize: number;
}

/** To one subgraph; more requests wait, which their time-out bounds. */
const MAX_CONNECTIONS = 256;
const ACCEPT = 'application/graphql-response+json, application/json;q=0.9';

export function connectRemoteSubgraphs(limits: RemoteLimits): RemoteSubgraphs {
  const pools = new Map<string, Pool>();
  const poolAt = (origin: string): Pool => {
    const known = pools.get(origin);
    if (known) return known;
    const pool = new Pool(origin, {
      connect: { timeout: limits.connectTimeout },
      connections: MAX_CONNECTIONS,
      keepAliveTimeout: 10_000,
      pipelining: 1,
      // The caller's signal is the limit in time.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    pools.set(origin, pool);
    return pool;
  };
  return {
    at: (name, address) => {
      const { origin, pathname, search } = new URL(address);
      const pool = poolAt(origin);
      const path = pathname + search;
      return {
        name,
        ask: (request) =>
          new Promise((resolve, reject) => {
            const reader = new AnswerHandler(name, request.signal, limits.maxAnswerSize, resolve, reject);
            pool.dispatch({ path, method: 'POST', headers: headersOf(request), body: request.body }, reader);
          }),
      };
    },
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

function headersOf({ token, requestId, address, tellsReads }: SubgraphRequest): string[] {
  const headers = ['content-type', 'application/json', 'accept', ACCEPT, 'x-request-id', requestId];
  if (token !== undefined) headers.push('authorization', `Bearer ${token}`);
  if (address) headers.push(CLIENT_ADDRESS_HEADER, address);
  if (tellsReads) headers.push(TELL_READS_HEADER, 'on');
  const region = currentClientRegion();
  if (region !== null) headers.push(CLIENT_REGION_HEADER, region);
  return headers;
}

/** Takes one answer in, as text. */
class AnswerHandler implements Dispatcher.DispatchHandler {
  readonly #name: string;
  readonly #signal: Leaving;
  readonly #limit: number;
  readonly #resolve: (response: SubgraphResponse) => void;
  readonly #reject: (error: SubgraphUnavailable) => void;
  readonly #chunks: Buffer[] = [];
  #abort: (() => void) | null = null;
  #size = 0;
  #status = 0;
  #contentType: string | undefined;

  constructor(
    name: string,
    signal: Leaving,
    limit: number,
    resolve: (response: SubgraphResponse) => void,
    reject: (error: SubgraphUnavailable) => void,
  ) {
    this.#name = name;
    this.#signal = signal;
    this.#limit = limit;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // May come again for another try on a new connection.
    this.#forget();
    const abort = (): void =>
      controller.abort(new SubgraphUnavailable(this.#name, 'is not waited for any more'));
    if (this.#signal.aborted) return abort();
    this.#abort = abort;
    this.#signal.addEventListener('abort', abort);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.#status = status;
    this.#contentType = headers['content-type']?.toString();
    if (Number(headers['content-length'] ?? 0) > this.#limit) controller.abort(this.#tooLarge());
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.#limit) controller.abort(this.#tooLarge());
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#forget();
    const [first] = this.#chunks;
    const bytes = this.#chunks.length === 1 && first ? first : Buffer.concat(this.#chunks);
    this.#resolve({ status: this.#status, contentType: this.#contentType, text: bytes.toString('utf8') });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#forget();
    if (error instanceof SubgraphUnavailable) return this.#reject(error);
    const what = this.#status === 0 ? "can't be reached" : 'broke off its answer';
    this.#reject(new SubgraphUnavailable(this.#name, `${what}: ${describe(error)}`, { cause: error }));
  }

  #forget(): void {
    if (this.#abort) this.#signal.removeEventListener('abort', this.#abort);
    this.#abort = null;
  }

  #tooLarge(): SubgraphUnavailable {
    return new SubgraphUnavailable(this.#name, `answered with more than ${this.#limit} bytes`);
  }
}

function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join('; ');
  if (error instanceof errors.UndiciError || error instanceof Error) return error.message || error.name;
  return String(error);
}
