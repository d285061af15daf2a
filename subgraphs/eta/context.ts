import type { Caller } from '#platform/auth/caller.ts';
import type { Access } from '#platform/policy/access.ts';

/** What the resolvers of one request share. */
export interface EtaContext {
  readonly caller: Caller;
  readonly access: Access;
  /** The instant that all predictions of the request are made for. */
  readonly now: Date;
}
