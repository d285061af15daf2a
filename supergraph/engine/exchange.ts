import type { ToldRead } from '#platform/audit/told-reads.ts';
import type { Leaving } from './departure.ts';
import type { Failure } from './failure.ts';
import type { JsonObject } from './fetch-document.ts';

/** That a subgraph has shown something sensitive. */
export interface SensitiveRead extends ToldRead {
  readonly subgraph: string;
}

/** One operation on its way through its plan: what every fetch needs to know, and what went wrong so far. */
export interface Exchange {
  readonly variables: Readonly<JsonObject>;
  readonly token: string | undefined;
  readonly requestId: string;
  /** The client's; absent where one isn't known, or there are many. */
  readonly address?: string | null;
  /** Aborts when the client has left. */
  readonly signal: Leaving;
  /** Whether an identical fetch of the same caller that is under way already may answer this one too. */
  readonly share?: boolean;
  readonly failures: Failure[];
  /** Gets what of the sensitive the subgraphs tell they have shown; absent where they needn't tell. */
  readonly reads?: SensitiveRead[];
  /** Gives the value of a subscription's root field under its response name; absent for queries and mutations. */
  readonly event?: (exchange: Exchange) => Promise<JsonObject>;
}
