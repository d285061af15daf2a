import { createAuditTrail } from './audit/audit-trail.ts';
import { recordedVerifier } from './auth/recorded-verifier.ts';
import { SharedRevocations } from './auth/revocations.ts';
import { createTokenVerifier } from './auth/token-verifier.ts';
import { createCache } from './cache.ts';
import { ConfigError, type Config } from './config.ts';
import { openDatabase } from './database/database.ts';
import { knowsLogin, loginUrl } from './database/urls.ts';
import type { Lifecycle } from './lifecycle.ts';
import { connectRedis, waitForRedis, type RedisConnections } from './redis.ts';
import type { Platform } from './service.ts';
import type { Logger } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';

const REDIS_START_TIMEOUT = 10_000;

/**
 * What the roles of this process share. Without `config.redisUrl`, asking for Redis or the cache is an error.
 * @throws {ConfigError} when Redis doesn't answer
 */
export async function createPlatform(config: Config, log: Logger, lifecycle: Lifecycle): Promise<Platform> {
  const metrics = createMetrics(true);
  const connections = config.redisUrl === null ? null : await openRedis(config.redisUrl, log, lifecycle);
  const revocations = connections && new SharedRevocations(connections.requests, log);
  if (revocations) {
    lifecycle.onStop('revocations', () => Promise.resolve(revocations.close()));
    await revocations.refresh();
  }
  const verifier = await createTokenVerifier(config.auth, config.dataDirectory, {
    ...(revocations && { revocations }),
    onLookup: (outcome) => metrics.tokenLookups.inc({ outcome }),
  });
  const cache = connections && createCache(connections.requests, metrics, log);
  const present = <T>(thing: T | null): T => {
    if (thing === null) throw new ConfigError('REDIS_URL is not set: this needs Redis');
    return thing;
  };
  const open: Platform['openDatabase'] = (login, use = login) =>
    openDatabase({ url: loginUrl(config, login), subgraph: use, metrics, log });
  const trail = createAuditTrail({
    database: knowsLogin(config, 'audit') ? open('audit') : null,
    metrics,
    log: log.child({ component: 'audit' }),
  });
  lifecycle.onStop('audit', () => trail.close());
  return {
    config,
    log,
    metrics,
    verifier: recordedVerifier(verifier, trail),
    audit: trail,
    redis: () => present(connections),
    cache: () => present(cache),
    openDatabase: open,
  };
}

async function openRedis(url: string, log: Logger, lifecycle: Lifecycle): Promise<RedisConnections> {
  const connections = connectRedis(url, log);
  lifecycle.onStop('redis', () => connections.close());
  await waitForRedis(connections, REDIS_START_TIMEOUT).catch((error: unknown) => {
    throw new ConfigError(`${(error as Error).message}: start it, or set REDIS_URL to another`);
  });
  return connections;
}
