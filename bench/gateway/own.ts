import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareDatabase } from '#platform/database/prepare-database.ts';
import { startPostgres } from '#tools/services/postgres.ts';
import { startRedis } from '#tools/services/redis.ts';
import { personaToken } from '../persona-token.ts';
import { NODE_ARGUMENTS } from '../server-process.ts';
import { load } from './load.ts';
import { freePort, startPinned } from './process.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** More than the process remembers, so that each is verified anew. */
const TOKENS = 10_500;

const QUERY = `{
  shipments(first: 20) {
    edges { node {
      id reference status
      carrier { scac name }
      origin { unlocode name }
      destination { unlocode name timeZone }
      eta { predictedAt p10 p90 basis }
      emissions { kgCo2e factorSet }
      booking { state containerCount total { amount currency } }
    } }
    pageInfo { hasNextPage }
  }
}`;

interface Options {
  readonly seconds: string;
  readonly turns: string;
  readonly connections: string;
}

/**
 * The project's own supergraph with its real subgraphs, Postgres and Redis, all roles in one process on one core: a
 * page of shipments from all four subgraphs. Once with the same token in every request, once with a token that was
 * never seen before.
 */
export async function runOwnBench({ seconds, turns, connections }: Options): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-own-'));
  const postgres = await startPostgres({ directory: join(directory, 'postgres') });
  const redis = await startRedis({ directory: join(directory, 'redis') });
  const port = await freePort();
  const env = {
    NODE_ENV: '',
    PORT: String(port),
    DATA_DIR: directory,
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    DEMO_DATA: 'on',
    DEMO_FEED: 'off',
    LOG_LEVEL: 'error',
    QUERY_SINGLE_FLIGHT: 'off',
  };
  await prepareDatabase({ databaseUrl: postgres.url, migrationsDirectory: join(ROOT, 'prisma/migrations') });
  const pinned = startPinned(0, [...NODE_ARGUMENTS, '--import', 'tsx', 'main.ts'], env, ROOT);
  try {
    await ready(port);
    const tokens: string[] = [];
    while (tokens.length < TOKENS) tokens.push(await personaToken(env, 'aurora-operations'));
    const [same = ''] = tokens;
    const body = JSON.stringify({ query: QUERY });
    await check(port, body, same);
    let next = 0;
    const headers = (token: string): string => `authorization: Bearer ${token}\r\n`;
    const ways = {
      'the same token': () => headers(same),
      'a new token each time': () => headers(tokens[(next = (next + 1) % TOKENS)] ?? ''),
    };
    const runs = new Map<string, { rate: number; cost: number; p50: number; p99: number }[]>();
    await load(port, '/graphql', () => body, Number(connections), 5, ways['the same token']);
    for (let turn = 0; turn < Number(turns); turn += 1) {
      for (const [name, headersOf] of Object.entries(ways)) {
        const before = await pinned.cpu();
        const result = await load(
          port,
          '/graphql',
          () => body,
          Number(connections),
          Number(seconds),
          headersOf,
        );
        if (result.failures > 0) throw new Error(`${result.failures} requests failed`);
        const cost = ((await pinned.cpu()) - before) * (1_000 / result.requests);
        const { p50, p99 } = result;
        runs.set(name, [
          ...(runs.get(name) ?? []),
          { rate: result.requests / result.seconds, cost, p50, p99 },
        ]);
      }
    }
    for (const [name, all] of runs) {
      const of = (pick: (run: (typeof all)[number]) => number): string => median(all.map(pick)).toFixed(2);
      process.stdout.write(
        `${name.padEnd(24)} ${of(({ rate }) => rate)} req/s  ${of(({ cost }) => cost)} CPU ms/req  ` +
          `p50 ${of(({ p50 }) => p50)} ms  p99 ${of(({ p99 }) => p99)} ms\n`,
      );
    }
    process.stdout.write(`peak ${(await pinned.peak()).toFixed(0)} MB\n`);
  } finally {
    await pinned.stop();
    await redis.stop();
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function ready(port: number): Promise<void> {
  const end = Date.now() + 90_000;
  while (Date.now() < end) {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('the process did not become ready in time');
}

async function check(port: number, body: string, token: string): Promise<void> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, { method: 'POST', headers, body });
  const text = await response.text();
  if (!response.ok || text.includes('"errors"'))
    throw new Error(`the answer is wrong: ${text.slice(0, 400)}`);
  process.stdout.write(`the answer has ${text.length} bytes\n`);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
