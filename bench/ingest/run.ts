import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import pg from 'pg';
import { DEMO_TENANTS } from '#platform/auth/personas.ts';
import { prepareDatabase } from '#platform/database/prepare-database.ts';
import { startPostgres } from '#tools/services/postgres.ts';
import { startRedis } from '#tools/services/redis.ts';
import { personaToken } from '../persona-token.ts';
import { startServer } from '../server-process.ts';
import type { ServerProcess } from '../server-process.ts';
import { createBareInsert } from './bare-insert.ts';
import type { BareRate } from './bare-insert.ts';
import { createPoster, makeLoad, POST_SIZE } from './load.ts';
import { processorTime } from './processor-time.ts';
import { sample, thirds } from './sampler.ts';
import type { Sample } from './sampler.ts';
import { applied, findRate, postAtRate, POSTS_AT_A_TIME } from './sustain.ts';
import type { Pipeline, Sustained } from './sustain.ts';

/** Of the highest rate, for the turns in which nothing may grow. */
const SUSTAINED = 0.9;
/** More posts than any machine takes in. */
const MOST_EVENTS_A_SECOND = 25_000;

/** A search for the highest rate, a stretch at nine tenths of it, and the bare insert of what both have stored. */
interface Turn {
  /** Events a second: the highest rate, and the one that was meant. */
  readonly highest: number;
  readonly rate: number;
  readonly sustained: Sustained;
  readonly samples: readonly Sample[];
  /** Milliseconds of processor time by process. */
  readonly used: readonly number[];
  /** The fastest first. */
  readonly methods: readonly BareRate[];
  readonly bare: BareRate;
}

/**
 * Events a second through the whole pipeline (posted, validated, put into the stream, applied, published), beside a
 * bare batched insert of the same event rows into a table of the same shape in the same Postgres.
 *
 * Pipeline and insert take turns, because a machine isn't equally fast all the time, and a larger table takes more time.
 * In each the highest rate is looked for, with a bound on what waits; then events come at that rate, less a tenth,
 * whatever becomes of them; then what was stored is inserted bare, into tables that have grown as that of the events has.
 */
export async function runIngestBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: '12' },
      turns: { type: 'string', default: '4' },
      search: { type: 'string', default: '5' },
      'warm-up': { type: 'string', default: '10' },
      rate: { type: 'string' },
      shipments: { type: 'string', default: '2000' },
      processes: { type: 'string', default: '2' },
    },
  });
  const seconds = Number(values.seconds);
  const turns = Number(values.turns);
  const search = Number(values.search);
  const warmUp = Number(values['warm-up']);
  const shipments = Number(values.shipments);
  const directory = await mkdtemp(join(tmpdir(), 'supercargo-bench-'));
  const postgres = await startPostgres({ directory: join(directory, 'postgres') });
  const services = await startRedis({ directory: join(directory, 'redis') });
  const database = new pg.Pool({ connectionString: postgres.url, max: POSTS_AT_A_TIME });
  // Connections that are taking their leave while the server goes.
  database.on('error', () => {});
  const redis = new Redis(services.url);
  const processes: ServerProcess[] = [];
  try {
    await prepareDatabase({ databaseUrl: postgres.url, migrationsDirectory: 'prisma/migrations' });
    const bookings = await makeShipments(database, shipments);
    const env = {
      PORT: '0',
      DATA_DIR: directory,
      DATABASE_URL: postgres.url,
      REDIS_URL: services.url,
      DEMO_DATA: 'off',
      LOG_LEVEL: 'warn',
    };
    const roles = values.processes === '1' ? ['tracking,worker'] : ['tracking', 'worker'];
    for (const each of roles) processes.push(await startServer({ ...env, ROLES: each }));
    const load = makeLoad(
      bookings,
      Math.ceil((((seconds + search) * turns + warmUp) * MOST_EVENTS_A_SECOND) / POST_SIZE),
    );
    const poster = createPoster(processes[0]?.origin ?? '', await personaToken(env, 'integration'));
    const pipeline: Pipeline = { load, poster, redis };
    const bareInsert = await createBareInsert(database, postgres.pid, POST_SIZE);

    await findRate(pipeline, warmUp);
    await bareInsert.insertLast(load.rows);
    console.log(
      `${shipments} shipments, posts of ${POST_SIZE}, ${roles.length === 1 ? 'one process' : 'two processes'}`,
    );
    const pids = [postgres.pid, services.pid, ...processes.map(({ pid }) => pid), process.pid];
    const takeTurn = async (): Promise<Turn> => {
      const stored = load.rows;
      const highest = await findRate(pipeline, search);
      const rate = values.rate === undefined ? highest * SUSTAINED : Number(values.rate);
      const before = pids.map(processorTime);
      const stopSampling = sample(
        redis,
        processes.map(({ pid }) => pid),
      );
      const sustained = await postAtRate(pipeline, rate, seconds);
      const samples = await stopSampling();
      await applied(redis);
      const used = pids.map((pid, place) => processorTime(pid) - (before[place] ?? 0));
      await expectStored(database, load.rows);
      const methods = await bareInsert.insertLast(load.rows - stored);
      const [bare] = methods;
      if (!bare) throw new Error('nothing was inserted');
      return { highest, rate, sustained, samples, used, methods, bare };
    };
    const taken: Turn[] = [];
    while (taken.length < turns) {
      const turn = await takeTurn();
      tell(turn, ['Postgres', 'Redis', ...roles, 'load']);
      taken.push(turn);
    }
    if (poster.later > 0) console.log(`told to come later ${poster.later} times`);
    const ratios = taken
      .map(({ sustained, bare }) => (100 * sustained.applied) / bare.rate)
      .sort((a, b) => a - b);
    const total = (sum: (turn: Turn) => number): number => taken.reduce((all, turn) => all + sum(turn), 0);
    const events = total(({ sustained }) => sustained.applied) / turns;
    const rows = total(({ bare }) => bare.rate) / turns;
    console.log(
      `\nall turns: ${number(events)} events/s beside ${number(rows)} rows/s: ${((100 * events) / rows).toFixed(1)} % ` +
        `(${ratios.map((ratio) => ratio.toFixed(1)).join(', ')})`,
    );
  } finally {
    for (const each of processes) await each.stop();
    redis.disconnect();
    await database.end();
    await Promise.all([postgres.stop(), services.stop()]);
    await rm(directory, { recursive: true, force: true });
  }
}

function tell(
  { highest, rate, sustained: { posted, offered, applied }, samples, used, methods, bare }: Turn,
  names: readonly string[],
): void {
  const perEvent = (milliseconds: number): number => (milliseconds * 1_000) / posted;
  const all = perEvent(used.reduce((sum, each) => sum + each));
  const [first, last] = thirds(samples, 'backlog');
  const mebibytes = (field: 'redis' | 'resident'): string =>
    thirds(samples, field)
      .map((bytes) => `${(bytes / 1024 / 1024).toFixed(0)} MiB`)
      .join(' → ');
  const rates = methods.map(({ method, rate }) => `${method} ${number(rate)}`);
  console.log(`
applied and published  ${number(applied)} events/s (offered ${number(offered)}, highest ${number(highest)})
bare batched insert    ${number(bare.rate)} rows/s (${rates.join(', ')})
ratio                  ${((100 * applied) / bare.rate).toFixed(1)} %
processor time         ${all.toFixed(0)} µs an event (${names.map((name, place) => `${name} ${perEvent(used[place] ?? 0).toFixed(0)}`).join(', ')}); ${bare.processor.toFixed(0)} a row: ${((100 * bare.processor) / all).toFixed(1)} %
first → last third     backlog ${number(first)} → ${number(last)} events${last - first > rate / 2 ? '  THE BACKLOG GROWS' : ''}; Redis ${mebibytes('redis')}; processes ${mebibytes('resident')}`);
}

function number(value: number): string {
  return Math.round(value).toLocaleString('en');
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

async function expectStored(database: pg.Pool, expected: number): Promise<void> {
  const { rows } = await database.query<{ events: number; outbox: number }>(
    `SELECT (SELECT count(*)::int FROM tracking.event) AS events, (SELECT count(*)::int FROM tracking.live_outbox) AS outbox`,
  );
  const { events, outbox } = rows[0] ?? { events: 0, outbox: 0 };
  if (events !== expected) throw new Error(`expected ${expected} stored events, found ${events}`);
  if (outbox > 0) throw new Error(`${outbox} transactions have not been told`);
}
