import type { Caller } from '#platform/auth/caller.ts';

/** What the resolvers of one request share. */
export interface EtaContext {
  readonly caller: Caller;
  /** The instant that all predictions of the request are made for. */
  readonly now: Date;
}
