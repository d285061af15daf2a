import type { Redis } from 'ioredis';
import type { RequestAudit } from '#platform/audit/request-audit.ts';
import type { Caller } from '#platform/auth/caller.ts';
import type { Database, Rows } from '#platform/database/database.ts';
import type { Access } from '#platform/policy/access.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Acceptance } from './ingestion/accept-events.ts';
import type { LiveUpdates } from './live-updates.ts';
import { createLoaders } from './loaders.ts';
import type { Loaders } from './loaders.ts';
import { createViewersLoader } from './viewers.ts';
import type { ViewersLoader } from './viewers.ts';
import type { PositionAcceptance } from './positions/accept-reports.ts';
import type { LatestPositions } from './positions/latest-positions.ts';
import { createPositionLoaders } from './positions/loaders.ts';
import type { PositionLoaders } from './positions/loaders.ts';

/** What the resolvers of one request share. */
export interface TrackingContext {
  readonly caller: Caller;
  readonly access: Access;
  /** What this request leaves in the audit trail. */
  readonly audit: RequestAudit;
  /** The caller's rows. */
  readonly database: Rows;
  /** The caller's rows and the events that wait for a shipment, to create one. */
  readonly registration: Rows;
  readonly live: LiveUpdates;
  readonly log: Logger;
  readonly acceptance: Acceptance;
  readonly deadLetters: DeadLetters;
  readonly redis: Redis;
  readonly viewers: ViewersLoader;
  readonly acceptPositions: PositionAcceptance;
  readonly positions: PositionLoaders;
  /** Replaced after each change, so that what was read before it isn't shown after it. */
  loaders: Loaders;
}

/** What a process has for all its requests. */
export type TrackingParts = Omit<
  TrackingContext,
  'caller' | 'access' | 'audit' | 'database' | 'registration' | 'loaders' | 'positions' | 'viewers'
> & {
  readonly database: Database;
  readonly registration: Database;
  readonly latestPositions: LatestPositions;
};

export function createContext(
  parts: TrackingParts,
  caller: Caller,
  access: Access,
  audit: RequestAudit,
): TrackingContext {
  const { latestPositions, redis, log } = parts;
  const database = parts.database.forCaller(caller);
  return {
    caller,
    access,
    audit,
    loaders: createLoaders(database, caller),
    positions: createPositionLoaders(database, latestPositions),
    viewers: createViewersLoader(redis, caller, log),
    ...parts,
    database,
    registration: parts.registration.forCaller(caller),
  };
}
