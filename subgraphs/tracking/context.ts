import type { RequestAudit } from '#platform/audit/request-audit.ts';
import type { Caller } from '#platform/auth/caller.ts';
import type { Database, Rows } from '#platform/database/database.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Acceptance } from './ingestion/accept-events.ts';
import type { LiveUpdates } from './live-updates.ts';
import { createLoaders } from './loaders.ts';
import type { Loaders } from './loaders.ts';

/** What the resolvers of one request share. */
export interface TrackingContext {
  readonly caller: Caller;
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
  /** Replaced after each change, so that what was read before it isn't shown after it. */
  loaders: Loaders;
}

/** What a process has for all its requests. */
export interface TrackingParts extends Pick<TrackingContext, 'live' | 'log' | 'acceptance' | 'deadLetters'> {
  readonly database: Database;
  readonly registration: Database;
}

export function createContext(parts: TrackingParts, caller: Caller, audit: RequestAudit): TrackingContext {
  const database = parts.database.forCaller(caller);
  const registration = parts.registration.forCaller(caller);
  return { ...parts, database, registration, caller, audit, loaders: createLoaders(database, caller) };
}
