import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { processStart } from '../ownership.mjs';
import { startLocalServices } from './local-services.ts';
import type { LocalServices } from './local-services.ts';

const fixture = new URL('fixtures/hold-services.ts', import.meta.url).pathname;
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A data directory that was used before: creating a database takes longer than all the rest. */
let used: string;

beforeAll(async () => {
  used = mkdtempSync(path.join(tmpdir(), 'supercargo-services-used-'));
  const services = await startLocalServices({
    dataDirectory: used,
    postgres: true,
    redis: true,
    durable: false,
    log: () => {},
  });
  await services.stop();
});

afterAll(() => rmSync(used, { recursive: true, force: true }));

function newDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'supercargo-services-'));
  cleanUps.push(() => rmSync(directory, { recursive: true, force: true }));
  return path.join(directory, 'data');
}

function usedDirectory(): string {
  const directory = newDirectory();
  execFileSync('cp', ['-a', used, directory]);
  for (const service of ['postgres', 'redis']) rmSync(path.join(directory, service, 'state.json'));
  return directory;
}

async function start(dataDirectory: string, log: (line: string) => void = () => {}): Promise<LocalServices> {
  const services = await startLocalServices({
    dataDirectory,
    postgres: true,
    redis: true,
    durable: false,
    log,
  });
  cleanUps.push(() => services.stop());
  return services;
}

interface Message {
  log?: string;
  error?: string;
  databaseUrl?: string;
  redisUrl?: string;
  attached?: boolean;
}

/** Runs the fixture in a process of its own. */
function startElsewhere(dataDirectory: string, shell = 'exec "$@"') {
  const child = spawn(
    'sh',
    ['-c', shell, 'sh', process.execPath, '--import', 'tsx', fixture, dataDirectory],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const messages: Message[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => messages.push(JSON.parse(line) as Message));
  const ended = once(child, 'close');
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  cleanUps.push(() => end('SIGTERM'));
  const said = (matches: (message: Message) => boolean): Promise<Message> =>
    vi.waitFor(() => messages.find(matches) ?? expect.fail(JSON.stringify(messages)), { timeout: 15_000 });
  return { end, ended, said, running: () => said((message) => message.attached !== undefined) };
}

interface State {
  pid: number;
  port: number;
}

function state(dataDirectory: string, service: 'postgres' | 'redis'): State {
  return JSON.parse(readFileSync(path.join(dataDirectory, service, 'state.json'), 'utf8')) as State;
}

function pids(dataDirectory: string): number[] {
  return [state(dataDirectory, 'postgres').pid, state(dataDirectory, 'redis').pid];
}

async function query(url: string | undefined, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function redisCommand(url: string | undefined, name: string, ...args: string[]): Promise<unknown> {
  const redis = new Redis(url ?? '', { retryStrategy: null, maxRetriesPerRequest: 0 });
  redis.on('error', () => {});
  try {
    return await redis.call(name, ...args);
  } finally {
    redis.disconnect();
  }
}

test('keeps the data and the addresses from one start to the next, behind passwords', async () => {
  const directory = newDirectory();
  const first = await start(directory);
  expect(first.attached).toBe(false);
  await query(first.databaseUrl, `CREATE TABLE kept AS SELECT 'Été' AS word`);
  await redisCommand(first.redisUrl, 'SET', 'kept', 'yes');
  expect(await query(first.databaseUrl, 'SHOW server_encoding')).toEqual([{ server_encoding: 'UTF8' }]);
  expect(await query(first.databaseUrl, `SELECT 'a' > 'B' AS by_code_point, lower('É') AS lower`)).toEqual([
    { by_code_point: true, lower: 'é' },
  ]);
  for (const file of ['postgres/password', 'postgres/state.json', 'redis/password', 'redis/redis.conf']) {
    expect(statSync(path.join(directory, file)).mode & 0o777, file).toBe(0o600);
  }
  const withoutPassword = (url: string | undefined): string => url?.replace(/:[^:@]+@/, ':wrong@') ?? '';
  await expect(query(withoutPassword(first.databaseUrl), 'SELECT 1')).rejects.toThrow(
    'password authentication failed',
  );
  await expect(redisCommand(withoutPassword(first.redisUrl), 'GET', 'kept')).rejects.toThrow();

  const running = pids(directory);
  await first.stop();
  await first.stop();
  expect(running.map(processStart)).toEqual([undefined, undefined]);

  const began = performance.now();
  const second = await start(directory);
  expect(performance.now() - began).toBeLessThan(1_500);
  expect([second.databaseUrl, second.redisUrl]).toEqual([first.databaseUrl, first.redisUrl]);
  expect(await query(second.databaseUrl, 'SELECT word FROM kept')).toEqual([{ word: 'Été' }]);
  expect(await redisCommand(second.redisUrl, 'GET', 'kept')).toBe('yes');
});

test('takes another port when somebody else has the one of the last time', async () => {
  const directory = usedDirectory();
  const first = await start(directory);
  await first.stop();
  const { port } = state(directory, 'postgres');
  const squatter = createServer().listen(port, '127.0.0.1');
  await once(squatter, 'listening');
  cleanUps.push(() => squatter.close());
  const second = await start(directory);
  expect(state(directory, 'postgres').port).not.toBe(port);
  expect(await query(second.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('starts servers that died by themselves again, on the same ports', async () => {
  const directory = usedDirectory();
  const lines: string[] = [];
  const services = await start(directory, (line) => lines.push(line));
  await query(services.databaseUrl, 'CREATE TABLE kept (id int)');
  const [postgres = 0, redis = 0] = pids(directory);
  process.kill(postgres, 'SIGKILL');
  process.kill(redis, 'SIGKILL');
  await vi.waitFor(
    async () => {
      expect(await query(services.databaseUrl, 'SELECT * FROM kept')).toEqual([]);
      expect(await redisCommand(services.redisUrl, 'PING')).toBe('PONG');
    },
    { timeout: 10_000, interval: 50 },
  );
  expect(lines).toContain('PostgreSQL ended by itself (killed by SIGKILL): starting it again');
  expect(lines).toContain('Redis ended by itself (killed by SIGKILL): starting it again');
  const again = pids(directory);
  await services.stop();
  expect(again.map(processStart)).toEqual([undefined, undefined]);
});

test('lets exactly one of several first starts run the services', async () => {
  const directory = newDirectory();
  const processes = [startElsewhere(directory), startElsewhere(directory), startElsewhere(directory)];
  const found = await Promise.all(processes.map((each) => each.running()));
  expect(new Set(found.map((each) => each.databaseUrl)).size).toBe(1);
  expect(new Set(found.map((each) => each.redisUrl)).size).toBe(1);
  expect(await query(found[0]?.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  const running = pids(directory);
  await Promise.all(processes.map((each) => each.end('SIGTERM')));
  expect(running.map(processStart)).toEqual([undefined, undefined]);
});

test('attaches to services that another process runs, and takes over when that process ends', async () => {
  const directory = usedDirectory();
  const owner = startElsewhere(directory);
  const { databaseUrl, redisUrl } = await owner.running();
  const survivor = startElsewhere(directory);
  expect(await survivor.running()).toMatchObject({ attached: true, databaseUrl, redisUrl });

  const guest = await start(directory);
  expect(guest).toMatchObject({ attached: true, databaseUrl, redisUrl });
  await guest.stop();
  expect(await redisCommand(redisUrl, 'PING')).toBe('PONG');

  const before = pids(directory);
  await owner.end('SIGTERM');
  expect(before.map(processStart)).toEqual([undefined, undefined]);
  await survivor.said((message) => message.log?.startsWith('PostgreSQL runs on') === true);
  await survivor.said((message) => message.log?.startsWith('Redis runs on') === true);
  expect(await query(databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(await redisCommand(redisUrl, 'PING')).toBe('PONG');
  const after = pids(directory);
  await survivor.end('SIGTERM');
  expect(after.map(processStart)).toEqual([undefined, undefined]);
});

test('takes over what a killed process left running, and then stops it', async () => {
  const directory = usedDirectory();
  const killed = startElsewhere(directory);
  const { databaseUrl } = await killed.running();
  const orphans = pids(directory);
  await killed.end('SIGKILL');
  expect(orphans.map(processStart)).not.toContain(undefined);

  const lines: string[] = [];
  const services = await start(directory, (line) => lines.push(line));
  expect(services).toMatchObject({ attached: false, databaseUrl });
  expect(pids(directory)).toEqual(orphans);
  expect(lines.filter((line) => line.startsWith('took over'))).toHaveLength(2);
  process.kill(orphans[1] ?? 0, 'SIGKILL');
  await vi.waitFor(() => redisCommand(services.redisUrl, 'PING'), { timeout: 5_000 });
  const running = pids(directory);
  await services.stop();
  expect([...orphans, ...running].map(processStart)).toEqual([undefined, undefined, undefined, undefined]);
});

test('replaces what was left running but no longer answers', async () => {
  const directory = usedDirectory();
  const killed = startElsewhere(directory);
  await killed.running();
  const [, frozen = 0] = pids(directory);
  await killed.end('SIGKILL');
  process.kill(frozen, 'SIGSTOP');
  const services = await start(directory);
  expect(processStart(frozen)).toBeUndefined();
  expect(await redisCommand(services.redisUrl, 'PING')).toBe('PONG');
});

test('asks its servers to end when the process exits without stopping them', async () => {
  const directory = usedDirectory();
  const child = startElsewhere(directory);
  await child.running();
  const running = pids(directory);
  await child.end('SIGUSR2');
  await vi.waitFor(() => expect(running.map(processStart)).toEqual([undefined, undefined]), {
    timeout: 5_000,
  });
});

test('says in one line what is wrong, and leaves nothing running', async () => {
  const directory = newDirectory();
  mkdirSync(directory, { recursive: true });
  const occupied = path.join(directory, 'a-file');
  writeFileSync(occupied, '');
  await expect(start(occupied)).rejects.toMatchObject({
    name: 'LocalServiceError',
    code: 'DATA_DIRECTORY_NOT_WRITABLE',
    message: expect.stringContaining(occupied) as string,
  });

  const otherVersion = path.join(directory, 'other-version');
  mkdirSync(path.join(otherVersion, 'postgres/data'), { recursive: true });
  writeFileSync(path.join(otherVersion, 'postgres/data/PG_VERSION'), '15\n');
  await expect(start(otherVersion)).rejects.toMatchObject({
    code: 'POSTGRES_VERSION',
    message: expect.stringMatching(/was made by PostgreSQL 15, and this is PostgreSQL 18/) as string,
  });
  expect(processStart(state(otherVersion, 'redis').pid)).toBeUndefined();
});

test('says why the database could not be created, and starts clean the next time', async () => {
  const directory = newDirectory();
  const limited = startElsewhere(directory, 'ulimit -f 200; exec "$@"');
  const { error } = await limited.said((message) => message.error !== undefined);
  expect(error).toMatch(/^LocalServiceError: initdb could not create a database in .*\/postgres\/data: .+/);
  expect(error).not.toContain('\n');
  await limited.ended;
  expect(existsSync(path.join(directory, 'postgres/data'))).toBe(false);
  const services = await start(directory);
  expect(await query(services.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});
