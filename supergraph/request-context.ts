import type { Caller } from '#platform/auth/caller.ts';
import type { Supergraph } from './engine/supergraph.ts';

/** What is known of a request before it is parsed, over HTTP and over WebSocket alike. */
export interface RequestIdentity {
  /** Null: no token, and none is needed for what is asked. */
  readonly caller: Caller | null;
  /** The client's `x-request-id` if it sent a usable one. */
  readonly requestId: string;
  /** The client's address; null where it isn't known. */
  readonly address: string | null;
  /** Aborts when the client has left. */
  readonly signal: AbortSignal;
}

/** What one operation carries from its arrival to its answer. */
export interface RequestContext extends RequestIdentity {
  /** The supergraph that was in service when the operation arrived; it is answered on this one. */
  readonly supergraph: Supergraph;
}
