import type { AuditSink } from './audit/audit-sink.ts';
import type { Config, DatabaseLogin } from './config.ts';
import type { Cache } from './cache.ts';
import type { Database } from './database/database.ts';
import type { RedisConnections } from './redis.ts';
import type { TokenVerifier } from './auth/token-verifier.ts';
import type { Logger } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { Check } from './telemetry/readiness.ts';

/** What a process gives to the roles that it plays. */
export interface Platform {
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly verifier: TokenVerifier;
  /** Where denials and sensitive reads are recorded. */
  readonly audit: AuditSink;
  /** @throws {ConfigError} when the process was started without Redis */
  redis(): RedisConnections;
  /** @throws {ConfigError} as `redis` */
  cache(): Cache;
  /**
   * Opens the database with a login; whoever opens it closes it.
   * @param use whose statements they are, for the counter: the login's own when not given
   */
  openDatabase(login: DatabaseLogin, use?: string): Database;
}

/** Answers one HTTP request. */
export type FetchHandler = (request: Request) => Promise<Response> | Response;

/** A role that answers requests, as main.ts mounts it. */
export interface Service {
  readonly name: string;
  /** GraphQL over HTTP, whatever the path. */
  readonly graphql: FetchHandler;
  /** Other HTTP routes by exact path; mounted wherever the service runs. */
  readonly routes: Readonly<Record<string, FetchHandler>>;
  /** What `/readyz` asks, by dependency, such as `postgres`. */
  readonly checks: Readonly<Record<string, Check>>;
  close(): Promise<void>;
}
