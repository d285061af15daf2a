import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import pg from 'pg';
import { issueDevelopmentToken } from '#platform/auth/development-issuer.ts';
import { DEMO_TENANTS, personaClaims, PERSONAS } from '#platform/auth/personas.ts';
import { readConfig } from '#platform/config.ts';
import { prepareDatabase } from '#platform/database/prepare-database.ts';
import { eventsWaiting } from '#subgraphs/tracking/ingestion/event-stream.ts';
import { startPostgres } from '#tools/services/postgres.ts';
import { startRedis } from '#tools/services/redis.ts';
import { insertBare } from './bare-insert.ts';
import { createPoster, makeLoad, POST_SIZE } from './load.ts';
import type { Load, Poster } from './load.ts';
import { processorTime } from './processor-time.ts';
import { sample, thirds } from './sampler.ts';

const POSTS_AT_A_TIME = 4;
/** Events that wait while the rate is looked for. */
const WINDOW = 8_000;
/** Of the highest rate, for the run in which nothing may grow. */
const SUSTAINED = 0.95;
/** More posts than any machine takes in. */
const MOST_EVENTS_A_SECOND = 25_000;
const BARE_ROWS = 100_000;

/**
 * Events a second through the whole pipeline (posted, validated, put into the stream, applied, published), beside a
 * bare batched insert of the same event rows into a table of the same shape in the same Postgres.
 *
 * First the highest rate is looked for, with a bound on what waits; then events come at that rate, less a twentieth,
 * whatever becomes of them.
 */
export async function runIngestBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: '30' },
      'warm-up': { type: 'string', default: '10' },
      rate: { type: 'string' },
      shipments: { type: 'string', default: '2000' },
      processes: { type: 'string', default: '1' },
    },
  });
  const seconds = Number(values.seconds);
  const warmUp = Number(values['warm-up']);
  const shipments = Number(values.shipments);
  const directory = await mkdtemp(join(tmpdir(), 'supercargo-bench-'));
  const postgres = await startPostgres({ directory: join(directory, 'postgres') });
  const redis = await startRedis({ directory: join(directory, 'redis') });
  const database = new pg.Pool({ connectionString: postgres.url, max: POSTS_AT_A_TIME });
  const client = new Redis(redis.url);
  const processes: Started[] = [];
  try {
    await prepareDatabase({ databaseUrl: postgres.url, migrationsDirectory: 'prisma/migrations' });
    const bookings = await makeShipments(database, shipments);
    const env = {
      PORT: '0',
      DATA_DIR: directory,
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      DEMO_DATA: 'off',
      LOG_LEVEL: 'warn',
    };
    const roles = values.processes === '2' ? ['tracking', 'worker'] : ['tracking,worker'];
    for (const each of roles) processes.push(await startProcess({ ...env, ROLES: each }));
    const { auth } = readConfig(env, process.cwd());
    const integration = PERSONAS.find(({ name }) => name === 'integration');
    if (!integration) throw new Error('there is no persona integration');
    const token = await issueDevelopmentToken(auth, directory, personaClaims(integration), 3_600);
    const poster = createPoster(processes[0]?.origin ?? '', token);
    const load = makeLoad(bookings, Math.ceil(((seconds + warmUp) * MOST_EVENTS_A_SECOND) / POST_SIZE));

    const highest = await findRate(load, poster, client, warmUp);
    const rate = values.rate === undefined ? highest * SUSTAINED : Number(values.rate);
    const pids = [postgres.pid, redis.pid, ...processes.map(({ pid }) => pid), process.pid];
    const before = pids.map(processorTime);
    const stopSampling = sample(
      client,
      processes.map(({ pid }) => pid),
    );
    const begun = performance.now();
    const posted = await postAtRate(load, poster, rate, seconds);
    const acceptedIn = performance.now() - begun;
    const samples = await stopSampling();
    await applied(client);
    const pipelineIn = performance.now() - begun;
    const used = pids.map((pid, place) => processorTime(pid) - (before[place] ?? 0));

    await expectStored(database, load.rows);
    const bare = await insertBare(database, postgres.pid, BARE_ROWS, POST_SIZE);
    const [fastest] = Object.values(bare).sort((a, b) => b.rate - a.rate);
    if (!fastest) throw new Error('nothing was inserted');
    const sustained = (posted / pipelineIn) * 1_000;
    const number = (value: number): string => Math.round(value).toLocaleString('en');
    const perEvent = (milliseconds: number): string => ((milliseconds * 1_000) / posted).toFixed(0);
    const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
    console.log(
      `${number(posted)} events in ${(pipelineIn / 1_000).toFixed(1)} s, ${shipments} shipments, posts of ${POST_SIZE}, ` +
        (roles.length === 1 ? 'one process' : 'two processes'),
    );
    console.log(`highest rate            ${number(highest)} events/s`);
    console.log(`offered                 ${number((posted / acceptedIn) * 1_000)} events/s`);
    if (poster.later > 0) console.log(`told to come later      ${poster.later} times`);
    console.log(`applied and published   ${number(sustained)} events/s`);
    const methods = Object.entries(bare).map(([name, { rate }]) => `${name} ${number(rate)}`);
    console.log(`bare batched insert     ${number(fastest.rate)} rows/s (${methods.join(', ')})`);
    console.log(`ratio                   ${((sustained / fastest.rate) * 100).toFixed(1)} %`);
    const names = ['Postgres', 'Redis', ...roles, 'load'];
    console.log(
      `processor time          ${names.map((name, place) => `${name} ${perEvent(used[place] ?? 0)}`).join(', ')} µs an event`,
    );
    const processor = (used.reduce((sum, each) => sum + each) * 1_000) / posted;
    console.log(
      `                        ${processor.toFixed(0)} in all; ${fastest.processor.toFixed(0)} a row of the bare insert: ` +
        `${((fastest.processor / processor) * 100).toFixed(1)} %`,
    );
    console.log('first third → last third of the run:');
    const [first, last] = thirds(samples, 'backlog');
    const growth = last - first > rate / 2 ? '  THE BACKLOG GROWS' : '';
    console.log(`  backlog               ${number(first)} → ${number(last)} events${growth}`);
    for (const [name, field] of [
      ['Redis', 'redis'],
      ['processes', 'resident'],
    ] as const) {
      console.log(`  ${name.padEnd(20)}  ${thirds(samples, field).map(mebibytes).join(' → ')}`);
    }
  } finally {
    for (const { stop } of processes) await stop();
    client.disconnect();
    await database.end();
    await Promise.all([postgres.stop(), redis.stop()]);
    await rm(directory, { recursive: true, force: true });
  }
}

async function makeShipments(database: pg.Pool, count: number): Promise<string[]> {
  const bookings = Array.from({ length: count }, (_, index) => `BENCH-${index}`);
  await database.query(
    `INSERT INTO tracking.shipment (id, tenant_id, reference, carrier_scac, origin, destination, carrier_booking_reference)
     SELECT gen_random_uuid(), $1, booking, 'HLCU', 'CNSHA', 'NLRTM', booking FROM unnest($2::text[]) AS booking`,
    [DEMO_TENANTS.aurora, bookings],
  );
  return bookings;
}

interface Started {
  readonly origin: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** A process of its own, so that what measures doesn't slow down what is measured. */
async function startProcess(env: Record<string, string>): Promise<Started> {
  const child = spawn(
    process.execPath,
    ['--max-semi-space-size=64', '--no-parallel-scavenge', '--import', 'tsx', 'main.ts'],
    {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let isStopping = false;
  const ended = new Promise<void>((resolve) =>
    child.once('exit', (code, signal) => {
      if (!isStopping) console.error(`a process under test ended by itself: ${code ?? signal}`);
      resolve();
    }),
  );
  for await (const line of createInterface({ input: child.stdout })) {
    const origin = /^ready (http:\/\/[^/]+)/.exec(line)?.[1];
    if (origin === undefined) continue;
    child.stdout.resume();
    const stop = async (): Promise<void> => {
      isStopping = true;
      child.kill('SIGTERM');
      await ended;
    };
    return { origin, pid: child.pid ?? 0, stop };
  }
  throw new Error('the process ended before it was ready');
}

/** Posts as fast as what waits allows. @returns events a second, of the second half */
async function findRate(load: Load, { post }: Poster, client: Redis, seconds: number): Promise<number> {
  const begun = performance.now();
  const elapsed = (): number => (performance.now() - begun) / 1_000;
  let posted = 0;
  let half: { at: number; done: number } | undefined;
  const work = async (): Promise<void> => {
    while (elapsed() < seconds) {
      const backlog = await eventsWaiting(client);
      if (half === undefined && elapsed() > seconds / 2) half = { at: elapsed(), done: posted - backlog };
      if (backlog > WINDOW) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        continue;
      }
      const body = load.next();
      if (body === undefined) throw new Error('there are no more events');
      await post(body);
      posted += POST_SIZE;
    }
  };
  await Promise.all(Array.from({ length: POSTS_AT_A_TIME }, work));
  const { at, done } = half ?? { at: 0, done: 0 };
  const rate = (posted - (await eventsWaiting(client)) - done) / (elapsed() - at);
  await applied(client);
  return rate;
}

/** Posts at a rate, whatever waits. @returns how many events */
async function postAtRate(load: Load, { post }: Poster, rate: number, seconds: number): Promise<number> {
  const begun = performance.now();
  const due = (): number => ((performance.now() - begun) / 1_000) * rate;
  let posted = 0;
  const work = async (): Promise<void> => {
    while (performance.now() - begun < seconds * 1_000) {
      const early = (posted - due()) / rate;
      if (early > 0) {
        await new Promise((resolve) => setTimeout(resolve, early * 1_000));
        continue;
      }
      const body = load.next();
      if (body === undefined) throw new Error('there are no more events');
      posted += POST_SIZE;
      await post(body);
    }
  };
  await Promise.all(Array.from({ length: POSTS_AT_A_TIME }, work));
  return posted;
}

async function applied(client: Redis): Promise<void> {
  while ((await eventsWaiting(client)) > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function expectStored(database: pg.Pool, expected: number): Promise<void> {
  const { rows } = await database.query<{ events: number; outbox: number }>(
    `SELECT (SELECT count(*)::int FROM tracking.event) AS events, (SELECT count(*)::int FROM tracking.live_outbox) AS outbox`,
  );
  const { events, outbox } = rows[0] ?? { events: 0, outbox: 0 };
  if (events !== expected) throw new Error(`expected ${expected} stored events, found ${events}`);
  if (outbox > 0) throw new Error(`${outbox} transactions have not been told`);
}
