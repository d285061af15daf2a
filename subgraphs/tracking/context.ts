import type { Caller } from '#platform/auth/caller.ts';
import type { Database } from '#platform/database/database.ts';
import type { PublishUpdates } from './live-updates.ts';
import { createLoaders } from './loaders.ts';
import type { Loaders } from './loaders.ts';

/** What the resolvers of one request share. */
export interface TrackingContext {
  readonly caller: Caller;
  readonly database: Database;
  readonly publish: PublishUpdates;
  /** Replaced after each change, so that what was read before it isn't shown after it. */
  loaders: Loaders;
}

export function createContext(database: Database, publish: PublishUpdates, caller: Caller): TrackingContext {
  return { caller, database, publish, loaders: createLoaders(database, caller) };
}
