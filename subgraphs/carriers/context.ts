import type { Caller } from '#platform/auth/caller.ts';
import type { Database } from '#platform/database/database.ts';
import type { Access } from '#platform/policy/access.ts';
import type { Loaders } from './loaders.ts';

/** What the resolvers of one request share. */
export interface CarriersContext {
  readonly caller: Caller;
  readonly access: Access;
  readonly database: Database;
  readonly loaders: Loaders;
}
