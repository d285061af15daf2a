import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { Pool } from 'undici';
import { DEMO_TENANTS } from '#platform/auth/personas.ts';
import { prepareDatabase } from '#platform/database/prepare-database.ts';
import { startPostgres } from '#tools/services/postgres.ts';
import { startRedis } from '#tools/services/redis.ts';
import { until } from './fanout/contestants.ts';
import { processorTime } from './ingest/processor-time.ts';
import { personaToken } from './persona-token.ts';
import { startServer } from './server-process.ts';
import { stopOnSignal } from './stop-on-signal.ts';
import { Watchers } from './latency-watchers.ts';

const SHIPMENTS = 500;
const WATCHED_BY_EACH = 5;
/** People of the tenant; all have the same rights. */
const PEOPLE = 20;
const PORTS = ['CNSHA', 'SGSIN', 'NLRTM'];
/** Milliseconds for what is under way to arrive. */
const PATIENCE = 10_000;

/** From posting and from the door's answer to its arrival, milliseconds. */
interface Latencies {
  readonly posted: number[];
  readonly accepted: number[];
}

/**
 * From the door to the screen, through the whole system in processes of its own: subscribers who each watch some of
 * many shipments, then one shipment that all of them watch.
 * A post holds `batch` events. Options: `--subscribers 1000 --rate 200 --batch 4 --seconds 20 --one-rate 5 --one-seconds 20`.
 */
export async function runLatencyBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      subscribers: { type: 'string', default: '1000' },
      rate: { type: 'string', default: '200' },
      seconds: { type: 'string', default: '20' },
      batch: { type: 'string', default: '4' },
      'one-rate': { type: 'string', default: '5' },
      'one-seconds': { type: 'string', default: '20' },
    },
  });
  const subscribers = Number(values.subscribers);
  const system = await startSystem();
  try {
    const watchers = new Watchers(system.gateway);
    const { ids, bookings } = system.shipments;
    await watchers.connect(subscribers, system.tokens, (number) =>
      Array.from(
        { length: WATCHED_BY_EACH },
        (_, index) => ids[(number * WATCHED_BY_EACH + index) % SHIPMENTS] ?? '',
      ),
    );
    await system.subscribed(subscribers * WATCHED_BY_EACH);
    const each = (subscribers * WATCHED_BY_EACH) / SHIPMENTS;
    // Everything is compiled and connected before it counts.
    for (const booking of bookings.slice(0, 50)) await system.post([eventOf(booking)]);
    await play(system, watchers, Number(values.rate), Number(values.batch), 5, each, bookings);
    const many = await play(
      system,
      watchers,
      Number(values.rate),
      Number(values.batch),
      Number(values.seconds),
      each,
      bookings,
    );
    console.log(
      `${subscribers} subscribers, each watching ${WATCHED_BY_EACH} of ${SHIPMENTS} shipments, ${values.rate} events/s, posted by ${values.batch}`,
    );
    report('accepted to received', many.all.accepted, [15, 60]);
    report('posted to received', many.all.posted);
    console.log(`  ${many.cost}`);
    watchers.close();
    await system.subscribed(0);

    const [watched = ''] = ids;
    await watchers.connect(subscribers, system.tokens, () => [watched]);
    await system.subscribed(subscribers);
    await play(system, watchers, Number(values['one-rate']), 1, 3, subscribers, bookings.slice(0, 1));
    const one = await play(
      system,
      watchers,
      Number(values['one-rate']),
      1,
      Number(values['one-seconds']),
      subscribers,
      bookings.slice(0, 1),
    );
    console.log(`\none shipment watched by all ${subscribers}, ${values['one-rate']} events/s`);
    report('accepted to the last one has it', one.last.accepted, [undefined, 150]);
    report('posted to the last one has it', one.last.posted);
    console.log(`  ${one.cost}`);
    watchers.close();
  } finally {
    await system.stop();
  }
}

/** Posts events at a steady rate. @param each how many are to get an event */
async function play(
  system: System,
  watchers: Watchers,
  rate: number,
  batch: number,
  seconds: number,
  each: number,
  bookings: readonly string[],
): Promise<{ readonly all: Latencies; readonly last: Latencies; readonly cost: string }> {
  const sent = new Map<string, { readonly posted: number; accepted: number }>();
  const posts: Promise<void>[] = [];
  const failures: unknown[] = [];
  let refused = 0;
  const used = Object.entries(system.processes).map(([name, pid]) => ({
    name,
    pid,
    before: processorTime(pid),
  }));
  const begun = performance.now();
  watchers.forget();
  for (let index = 0; index < rate * seconds; index += batch) {
    const due = begun + (index * 1_000) / rate;
    const left = due - performance.now();
    if (left > 1) await new Promise((resolve) => setTimeout(resolve, left));
    const events = Array.from({ length: batch }, (_, place) =>
      eventOf(bookings[(index + place) % bookings.length] ?? ''),
    );
    const times = { posted: performance.now(), accepted: Infinity };
    for (const { eventID } of events) sent.set(eventID, times);
    const accepted = (again: number): void => {
      times.accepted = performance.now();
      refused += again;
    };
    posts.push(system.post(events).then(accepted, (error: unknown) => void failures.push(error)));
  }
  await Promise.all(posts);
  if (failures.length > 0) throw failures[0];
  const arrived = (): number =>
    [...sent.keys()].reduce((sum, eventID) => sum + (watchers.arrivals.get(eventID)?.length ?? 0), 0);
  await until(() => Promise.resolve(arrived() >= sent.size * each), 'every update', PATIENCE).catch(
    (error: unknown) => console.log(`${String(error)}: ${arrived()} of ${sent.size * each}`),
  );
  const all: Latencies = { posted: [], accepted: [] };
  const last: Latencies = { posted: [], accepted: [] };
  for (const [eventID, arrivals] of watchers.arrivals) {
    const times = sent.get(eventID);
    if (!times) continue;
    for (const arrival of arrivals) {
      all.posted.push(arrival - times.posted);
      // A screen may have it before the poster has its answer.
      all.accepted.push(Math.max(0, arrival - times.accepted));
    }
    const end = Math.max(...arrivals);
    last.posted.push(end - times.posted);
    last.accepted.push(Math.max(0, end - times.accepted));
  }
  const cost = used.map(({ name, pid, before }) => {
    const each = (processorTime(pid) - before) / sent.size;
    return `${name} ${each.toFixed(2)}`;
  });
  return {
    all,
    last,
    cost: `milliseconds of processor time an event: ${cost.join(', ')}; refused for now ${refused} times`,
  };
}

interface System {
  /** host:port */
  readonly gateway: string;
  readonly tokens: readonly string[];
  readonly shipments: { readonly ids: readonly string[]; readonly bookings: readonly string[] };
  /** Its processes by name. */
  readonly processes: Readonly<Record<string, number>>;
  /** @returns how often the door asked to come back later */
  post(events: readonly object[]): Promise<number>;
  subscribed(count: number): Promise<void>;
  stop(): Promise<void>;
}

async function startSystem(): Promise<System> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-latency-'));
  const postgres = await startPostgres({ directory: join(directory, 'postgres') });
  const redis = await startRedis({ directory: join(directory, 'redis') });
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    keepOn();
    await Promise.all(stops.map((each) => each()));
    await Promise.all([postgres.stop(), redis.stop()]);
    await rm(directory, { recursive: true, force: true });
  };
  const keepOn = stopOnSignal(stop);
  try {
    await prepareDatabase({ databaseUrl: postgres.url, migrationsDirectory: 'prisma/migrations' });
    const shipments = await makeShipments(postgres.url);
    const common = {
      PORT: '0',
      DATA_DIR: directory,
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      DEMO_DATA: 'off',
      LOG_LEVEL: 'error',
    };
    // Makes the keys before several processes want them.
    const door = await personaToken(common, 'integration');
    const processes: Record<string, number> = {
      postgres: postgres.pid,
      redis: redis.pid,
      clients: process.pid,
    };
    const start = async (env: { readonly ROLES: string } & Record<string, string>): Promise<string> => {
      const started = await startServer({ ...common, ...env });
      stops.push(() => started.stop());
      processes[env.ROLES] = started.pid;
      return started.origin;
    };
    const tracking = await start({ ROLES: 'tracking' });
    await start({ ROLES: 'worker' });
    const others = await start({ ROLES: 'procurement,carriers,eta' });
    const gateway = await start({
      ROLES: 'gateway',
      SUBGRAPH_TRACKING_URL: `${tracking}/tracking/graphql`,
      ...Object.fromEntries(
        ['procurement', 'carriers', 'eta'].map((name) => [
          `SUBGRAPH_${name.toUpperCase()}_URL`,
          `${others}/${name}/graphql`,
        ]),
      ),
    });
    const pool = new Pool(tracking, { connections: 32 });
    stops.push(() => pool.destroy());
    return {
      processes,
      gateway: gateway.replace('http://', ''),
      tokens: await Promise.all(
        Array.from({ length: PEOPLE }, (_, person) =>
          personaToken(common, 'aurora-operations', { sub: `person-${person}` }),
        ),
      ),
      shipments,
      post: async (events) => {
        for (let refused = 0; ; refused += 1) {
          const { statusCode, body } = await pool.request({
            path: '/ingest/dcsa/v2/events',
            method: 'POST',
            headers: { authorization: `Bearer ${door}`, 'content-type': 'application/json' },
            body: JSON.stringify(events),
          });
          const text = await body.text();
          if (statusCode === 202) return refused;
          if (statusCode !== 429) throw new Error(`the door answered ${statusCode} ${text}`);
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      },
      subscribed: (count) =>
        until(async () => {
          const text = await (await fetch(`${gateway}/metrics`)).text();
          const open = /^supercargo_live_subscriptions\{.*\} (\d+)$/m.exec(text)?.[1] ?? '0';
          return Number(open) === count;
        }, `${count} subscriptions`),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function makeShipments(url: string): Promise<System['shipments']> {
  const database = new pg.Client({ connectionString: url });
  await database.connect();
  const bookings = Array.from({ length: SHIPMENTS }, (_, index) => `LATENCY-${index}`);
  const ids = bookings.map(() => randomUUID() as string);
  await database.query(
    `INSERT INTO tracking.shipment (id, tenant_id, reference, carrier_scac, origin, destination, carrier_booking_reference)
     SELECT id, $1, booking, 'HLCU', 'CNSHA', 'NLRTM', booking FROM unnest($2::uuid[], $3::text[]) AS row (id, booking)`,
    [DEMO_TENANTS.aurora, ids, bookings],
  );
  await database.end();
  return { ids, bookings };
}

let events = 0;

function eventOf(booking: string): { readonly eventID: string } {
  const index = (events += 1);
  const place = PORTS[index % PORTS.length] ?? 'CNSHA';
  return Object.assign(
    { eventID: randomUUID() },
    {
      eventType: 'TRANSPORT',
      eventClassifierCode: 'EST',
      eventCreatedDateTime: new Date(Date.UTC(2026, 3, 1) + index * 1_000).toISOString(),
      eventDateTime: new Date(Date.UTC(2026, 4, 1) + index * 60_000).toISOString(),
      transportEventTypeCode: index % 2 === 0 ? 'ARRI' : 'DEPA',
      transportCall: {
        transportCallID: `${place}-9321483`,
        modeOfTransport: 'VESSEL',
        UNLocationCode: place,
        facilityTypeCode: 'POTE',
        vessel: { vesselIMONumber: '9321483' },
      },
      documentReferences: [{ documentReferenceType: 'BKG', documentReferenceValue: booking }],
    },
  );
}

/** @param goals milliseconds for the median and for 99 of 100 */
function report(name: string, values: number[], [p50, p99]: readonly (number | undefined)[] = []): void {
  values.sort((a, b) => a - b);
  const at = (share: number): number =>
    values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? NaN;
  const shown = (share: number, goal: number | undefined): string =>
    `${at(share).toFixed(1)} ms${goal === undefined ? '' : at(share) <= goal ? ` (goal ${goal}: met)` : ` (goal ${goal}: MISSED)`}`;
  console.log(
    `  ${name.padEnd(32)} p50 ${shown(0.5, p50)}  p90 ${at(0.9).toFixed(1)} ms  p99 ${shown(0.99, p99)}  most ${at(1).toFixed(1)} ms  (${values.length})`,
  );
}
