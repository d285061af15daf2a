import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueDevelopmentToken } from '#platform/auth/development-issuer.ts';
import { personaClaims, PERSONAS } from '#platform/auth/personas.ts';
import { readConfig } from '#platform/config.ts';
import { originOf } from '#platform/http/server.ts';
import { createLifecycle } from '#platform/lifecycle.ts';
import { createLog } from '#platform/telemetry/log.ts';
import { startRedis } from '#tools/services/redis.ts';
import { startSupercargo } from '../../start.ts';
import { createTestDatabase } from './platform.ts';

/** What several processes of one system share: a database, a Redis and the development issuer's keys. */
export interface TestServices {
  readonly env: Readonly<Record<string, string>>;
  readonly redis: Awaited<ReturnType<typeof startRedis>>;
  token(persona: string, claims?: Readonly<Record<string, unknown>>, ttl?: number): Promise<string>;
  close(): Promise<void>;
}

export interface GraphQLAnswer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions?: Readonly<Record<string, unknown>>;
  }[];
}

/** A running process of the system under test, in this very process. */
export interface TestProcess {
  /** Such as `http://127.0.0.1:40123`. */
  readonly origin: string;
  readonly graphqlUrl: string;
  readonly webSocketUrl: string;
  /** Everything it printed for people. */
  readonly printed: readonly string[];
  /** @param token none: an anonymous request */
  query<Data = Record<string, unknown>>(
    query: string,
    options: { token?: string; variables?: Readonly<Record<string, unknown>> },
  ): Promise<GraphQLAnswer<Data>>;
  /** The value of a counter with these labels at `/metrics`; 0 when it isn't there. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  stop(): Promise<void>;
}

/** Makes a database and a Redis of its own for one test file. */
export async function startTestServices(): Promise<TestServices> {
  const directory = await mkdtemp(join(tmpdir(), 'supercargo-system-'));
  const redis = await startRedis({ directory: join(directory, 'redis') });
  const { databaseUrl, drop } = await createTestDatabase();
  const env = {
    PORT: '0',
    LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
    DATA_DIR: directory,
    DATABASE_URL: databaseUrl,
    REDIS_URL: redis.url,
    // Tests bring their own data, unless they are about the demo's.
    DEMO_DATA: 'off',
  };
  return {
    env,
    redis,
    token: tokensOf(env),
    close: async () => {
      await redis.stop();
      await drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Speaks for personas as the development issuer of a process with these settings does. */
export function tokensOf(env: Readonly<Record<string, string>>): TestServices['token'] {
  const { auth, dataDirectory } = readConfig(env, process.cwd());
  return (name, claims = {}, ttl = 600) => {
    const persona = PERSONAS.find((candidate) => candidate.name === name);
    if (!persona) throw new Error(`there is no persona ${name}`);
    return issueDevelopmentToken(auth, dataDirectory, { ...personaClaims(persona), ...claims }, ttl);
  };
}

/** Starts the roles named in `env` (all of them by default) on a free port. */
export async function startTestProcess(env: Readonly<Record<string, string>>): Promise<TestProcess> {
  const root = process.cwd();
  const config = readConfig(env, root);
  const log = createLog(config.logLevel);
  const lifecycle = createLifecycle(log);
  const printed: string[] = [];
  try {
    const server = await startSupercargo({
      config,
      root,
      log,
      lifecycle,
      print: (line) => void printed.push(line),
    });
    const origin = originOf(server);
    return {
      origin,
      graphqlUrl: `${origin}/graphql`,
      webSocketUrl: `${origin.replace('http', 'ws')}/graphql`,
      printed,
      query: (query, { token, variables }) => ask(`${origin}/graphql`, query, variables ?? {}, token),
      metric: (name, labels = {}) => readMetric(`${origin}/metrics`, name, labels),
      stop: () => lifecycle.stop(),
    };
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

/** POSTs an operation as a client does. @param token none: an anonymous request */
export async function ask<Data>(
  url: string,
  query: string,
  variables: Readonly<Record<string, unknown>>,
  token: string | undefined,
): Promise<GraphQLAnswer<Data>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as GraphQLAnswer<Data>;
}

async function readMetric(
  url: string,
  name: string,
  labels: Readonly<Record<string, string>>,
): Promise<number> {
  const text = await (await fetch(url)).text();
  let sum = 0;
  for (const line of text.split('\n')) {
    if (!line.startsWith(`${name}{`) && !line.startsWith(`${name} `)) continue;
    if (!Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`))) continue;
    sum += Number(line.slice(line.lastIndexOf(' ') + 1));
  }
  return sum;
}
