import type { Caller } from '#platform/auth/caller.ts';
import type { Database } from '#platform/database/database.ts';
import type { Access } from '#platform/policy/access.ts';
import { createLoaders } from './loaders.ts';
import type { Loaders } from './loaders.ts';

/** What the resolvers of one request share. */
export interface ProcurementContext {
  readonly caller: Caller;
  readonly access: Access;
  readonly database: Database;
  /** Replaced after each change, so that what was read before it isn't shown after it. */
  loaders: Loaders;
}

export function createContext(database: Database, caller: Caller, access: Access): ProcurementContext {
  return { caller, access, database, loaders: createLoaders(database, access) };
}
