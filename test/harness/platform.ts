import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { createAuditTrail, type AuditTrail } from '#platform/audit/audit-trail.ts';
import { issueDevelopmentToken } from '#platform/auth/development-issuer.ts';
import { personaClaims, PERSONAS } from '#platform/auth/personas.ts';
import { recordedVerifier } from '#platform/auth/recorded-verifier.ts';
import { createTokenVerifier } from '#platform/auth/token-verifier.ts';
import { createCache } from '#platform/cache.ts';
import { readConfig, type Config } from '#platform/config.ts';
import { openDatabase } from '#platform/database/database.ts';
import { ensureLoginRoles } from '#platform/database/login-roles.ts';
import { loginUrl } from '#platform/database/urls.ts';
import { connectRedis, waitForRedis, type RedisConnections } from '#platform/redis.ts';
import type { Platform } from '#platform/service.ts';
import { createLog } from '#platform/telemetry/log.ts';
import { createMetrics } from '#platform/telemetry/metrics.ts';
import { startRedis } from '#tools/services/redis.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Owner's URL of a server whose database `supercargo_template` is migrated and empty. */
    postgresUrl: string;
  }
}

/** A process' platform over real services that belong to one test file alone. */
export interface TestPlatform extends Platform {
  /** The owner's URL of this file's own database. */
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly connections: RedisConnections;
  readonly audit: AuditTrail;
  /** A token for a persona, such as `aurora-operations`. */
  token(persona: string, claims?: Readonly<Record<string, unknown>>, ttl?: number): Promise<string>;
  /** SQL statements sent so far, by subgraph. */
  sqlStatements(subgraph: string): Promise<number>;
  close(): Promise<void>;
}

/**
 * Makes a database of its own (a copy of the migrated template) and starts a Redis of its own.
 * @param env settings that differ from the defaults
 */
export async function startTestPlatform(env: Readonly<Record<string, string>> = {}): Promise<TestPlatform> {
  const directory = await mkdtemp(join(tmpdir(), 'supercargo-test-'));
  const redisServer = await startRedis({ directory: join(directory, 'redis') });
  const { databaseUrl, drop } = await createTestDatabase();
  const config: Config = readConfig(
    {
      PORT: '0',
      LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
      DATA_DIR: directory,
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisServer.url,
      ...env,
    },
    process.cwd(),
  );
  const log = createLog(config.logLevel);
  const metrics = createMetrics(false);
  const connections = connectRedis(redisServer.url, log);
  await waitForRedis(connections, 5_000);
  const cache = createCache(connections.requests, metrics, log);
  const open: Platform['openDatabase'] = (login, use = login) =>
    openDatabase({ url: loginUrl(config, login), subgraph: use, metrics, log });
  const audit = createAuditTrail({ database: open('audit'), metrics, log });
  return {
    config,
    log,
    metrics,
    audit,
    verifier: recordedVerifier(await createTokenVerifier(config.auth, config.dataDirectory), audit),
    redis: () => connections,
    cache: () => cache,
    openDatabase: open,
    databaseUrl,
    redisUrl: redisServer.url,
    connections,
    token: (persona, claims = {}, ttl = 600) => {
      const found = PERSONAS.find(({ name }) => name === persona);
      if (!found) throw new Error(`there is no persona ${persona}`);
      return issueDevelopmentToken(
        config.auth,
        config.dataDirectory,
        { ...personaClaims(found), ...claims },
        ttl,
      );
    },
    sqlStatements: async (subgraph) => {
      const { values } = await metrics.sqlStatements.get();
      return values.find(({ labels }) => labels.subgraph === subgraph)?.value ?? 0;
    },
    close: async () => {
      await audit.close();
      await connections.close();
      await redisServer.stop();
      await drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A fresh copy of the migrated template, with its login roles. */
export async function createTestDatabase(): Promise<{ databaseUrl: string; drop: () => Promise<void> }> {
  const server = new URL(inject('postgresUrl'));
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const asOwner = async (...statements: readonly string[]): Promise<void> => {
    const client = new pg.Client({ connectionString: server.href });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  };
  await asOwner(`CREATE DATABASE ${name} TEMPLATE supercargo_template`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  await ensureLoginRoles(url.href);
  return { databaseUrl: url.href, drop: () => asOwner(`DROP DATABASE ${name} WITH (FORCE)`) };
}
