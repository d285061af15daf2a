import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { DEMO_TENANTS } from '#platform/auth/personas.ts';
import { prepareDatabase } from '#platform/database/prepare-database.ts';
import type { DcsaEvent } from '#subgraphs/tracking/dcsa/event.ts';
import { knownEvent, type KnownEvent } from '#subgraphs/tracking/event-version.ts';
import { ALL_STREAMS } from '#subgraphs/tracking/ingestion/event-stream.ts';
import { projectShipment } from '#subgraphs/tracking/projection.ts';
import { day, ofBooking, transportEvent, vesselCall } from '#subgraphs/tracking/test/event-builders.ts';
import { startPostgres } from '#tools/services/postgres.ts';
import { startRedis } from '#tools/services/redis.ts';
import { runCommand, type Command } from './harness/command.ts';
import { fragile, type FragileServer } from './harness/fragile-server.ts';
import { subscribeResuming, type ResumingSubscriber } from './harness/resuming-subscriber.ts';
import { startTestProcess, tokensOf, type TestProcess } from './harness/system.ts';

const SHIPMENTS = 40;
/** 200 events a second: a post of ten every 50 ms. */
const POST_SIZE = 10;
const POST_INTERVAL = 50;
const SECONDS = Number(process.env.CHAOS_SECONDS ?? 15);
const PORTS = ['CNSHA', 'SGSIN', 'NLRTM'];

interface Update {
  readonly cursor: string;
  readonly event: { readonly eventID: string; readonly isRetracted: boolean } | null;
}

let directory: string;
let env: Record<string, string>;
let postgres: FragileServer;
let redis: FragileServer;
let subgraphs: TestProcess;
let gateways: TestProcess[];
let workers: Command[];
let integration: string;
let operations: string;
const subscribers: ResumingSubscriber<Update>[] = [];
const shipments = Array.from({ length: SHIPMENTS }, () => ({
  id: randomUUID(),
  booking: `B${randomUUID().slice(0, 18)}`,
}));

const startGateway = (): Promise<TestProcess> =>
  startTestProcess({
    ...env,
    ROLES: 'gateway',
    ...Object.fromEntries(
      ['procurement', 'tracking', 'carriers', 'eta'].map((name) => [
        `SUBGRAPH_${name.toUpperCase()}_URL`,
        `${subgraphs.origin}/${name}/graphql`,
      ]),
    ),
  });

const startWorkerProcess = async (): Promise<Command> => {
  const command = runCommand(process.execPath, ['--import', 'tsx', 'main.ts'], {
    ...env,
    ROLES: 'worker',
    DEMO_FEED: 'off',
  });
  await command.line(/^ready /);
  return command;
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'supercargo-chaos-'));
  const [database, cache] = await Promise.all([
    startPostgres({ directory: join(directory, 'postgres'), durable: false }),
    startRedis({ directory: join(directory, 'redis') }),
  ]);
  [postgres, redis] = [fragile(database), fragile(cache)];
  env = {
    PORT: '0',
    LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
    DATA_DIR: directory,
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    DEMO_DATA: 'off',
  };
  await flushAlways();
  await prepareDatabase({ databaseUrl: postgres.url, migrationsDirectory: 'prisma/migrations' });
  const token = tokensOf(env);
  [operations, integration] = await Promise.all([token('aurora-operations'), token('integration')]);
  await withDatabase((client) =>
    client.query(
      `INSERT INTO tracking.shipment (id, tenant_id, reference, carrier_scac, origin, destination, carrier_booking_reference)
       SELECT id, $1, booking, 'HLCU', 'CNSHA', 'NLRTM', booking FROM unnest($2::uuid[], $3::text[]) AS t (id, booking)`,
      [DEMO_TENANTS.aurora, shipments.map(({ id }) => id), shipments.map(({ booking }) => booking)],
    ),
  );
  subgraphs = await startTestProcess({ ...env, ROLES: 'procurement,tracking,carriers,eta' });
  gateways = [await startGateway(), await startGateway()];
  workers = await Promise.all([startWorkerProcess(), startWorkerProcess()]);
}, 90_000);

afterAll(async () => {
  await Promise.all(subscribers.map((subscriber) => subscriber.stop()));
  for (const worker of workers) worker.signal('SIGTERM');
  await Promise.all(workers.map(({ ended }) => ended));
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  await subgraphs.stop();
  await Promise.all([postgres.stop(), redis.stop()]);
  await rm(directory, { recursive: true, force: true });
}, 60_000);

/** A crash of Redis takes nothing that it has answered. */
async function flushAlways(): Promise<void> {
  const client = new Redis(redis.url);
  await client.config('SET', 'appendfsync', 'always');
  client.disconnect();
}

async function withDatabase<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The n-th event of the run, and what else is posted with it: a repetition, a correction, a withdrawal. */
function eventsAt(index: number): DcsaEvent[] {
  const place = PORTS[index % PORTS.length] ?? 'CNSHA';
  const { booking } = shipments[(index * 7) % SHIPMENTS] as (typeof shipments)[number];
  const event = transportEvent(index % 2 === 0 ? 'ARRI' : 'DEPA', place, {
    ...ofBooking(booking),
    eventClassifierCode: index % 5 === 0 ? 'ACT' : 'EST',
    eventDateTime: day(1 + (index % 28)),
    eventCreatedDateTime: new Date(Date.UTC(2026, 3, 1) + index * 1_000).toISOString(),
    transportCall: vesselCall(place),
  });
  const eventUpdatedDateTime = new Date(Date.UTC(2026, 3, 2) + index * 1_000).toISOString();
  if (index % 100 === 50) return [event, { ...event, isRetracted: true, eventUpdatedDateTime }];
  if (index % 40 === 7) return [{ ...event, eventDateTime: day(2), eventUpdatedDateTime }, event];
  return index % 20 === 3 ? [event, event] : [event];
}

/** Posts until it is taken. */
async function post(events: readonly DcsaEvent[]): Promise<void> {
  for (;;) {
    const response = await fetch(`${subgraphs.origin}/ingest/dcsa/v2/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${integration}` },
      body: JSON.stringify(events),
    });
    const body = (await response.json()) as { refused?: number };
    if (response.status === 202) {
      expect(body.refused).toBe(0);
      return;
    }
    await pause(200);
  }
}

/** Puts what no worker can read into a partition. */
async function poison(index: number): Promise<boolean> {
  const client = new Redis(redis.url, {
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    lazyConnect: true,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.xadd(ALL_STREAMS[index % ALL_STREAMS.length] ?? '', '*', 'k', '', 'm', `poison ${index}`);
    return true;
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

it(
  'whatever dies, nothing accepted is lost, nothing counts twice, and who comes back has seen everything',
  async () => {
    for (const gateway of [0, 1, 0]) {
      subscribers.push(
        subscribeResuming<Update>(
          () => (gateways[gateway] as TestProcess).webSocketUrl,
          operations,
          'event { eventID isRetracted }',
        ),
      );
    }
    await vi.waitFor(async () => {
      expect(await gateways[0]?.metric('supercargo_live_subscriptions')).toBe(2);
      expect(await gateways[1]?.metric('supercargo_live_subscriptions')).toBe(1);
    });
    // Everybody has a cursor before anything goes wrong.
    const accepted: DcsaEvent[] = [transportEvent('DEPA', 'CNSHA', ofBooking(shipments[0]?.booking ?? ''))];
    await post(accepted);
    for (const { updates } of subscribers) {
      await vi.waitFor(() => expect(updates.length).toBeGreaterThan(0), { timeout: 10_000 });
    }

    const posts: Promise<void>[] = [];
    let poisoned = 0;
    const posting = (async () => {
      const held: DcsaEvent[] = [];
      const rounds = (SECONDS * 1_000) / POST_INTERVAL;
      for (let round = 0; round < rounds; round++) {
        const fresh = Array.from({ length: POST_SIZE }, (_, place) =>
          eventsAt(round * POST_SIZE + place),
        ).flat();
        // One in ten comes much later than those that follow it.
        const late = fresh.filter((_, place) => place % 10 === 9);
        const batch = [
          ...fresh.filter((_, place) => place % 10 !== 9),
          ...held.splice(0, held.length > 20 ? 10 : 0),
        ];
        held.push(...late);
        accepted.push(...batch);
        posts.push(post(batch));
        if (round % 10 === 0 && (await poison(round))) poisoned++;
        await pause(POST_INTERVAL);
      }
      accepted.push(...held);
      posts.push(post(held));
    })();

    const part = (SECONDS * 1_000) / 6;
    await pause(part);
    workers[0]?.signal('SIGKILL');
    await pause(part);
    await redis.kill();
    await redis.restart();
    await flushAlways();
    await pause(part);
    await postgres.kill();
    await postgres.restart();
    await pause(part);
    await gateways[0]?.stop();
    gateways[0] = await startGateway();
    workers[0] = await startWorkerProcess();
    await posting;
    await Promise.all(posts);

    const client = new Redis(redis.url);
    await vi.waitFor(
      async () => {
        for (const key of ALL_STREAMS) expect(await client.xlen(key)).toBe(0);
        expect(await client.xlen('ingest:dead')).toBe(poisoned);
        const { rowCount } = await withDatabase((database) =>
          database.query('SELECT 1 FROM tracking.live_outbox'),
        );
        expect(rowCount).toBe(0);
      },
      { timeout: 40_000, interval: 100 },
    );
    client.disconnect();
    await expectFreshFold(accepted);
    await expectEverythingSeen();
  },
  SECONDS * 1_000 + 100_000,
);

/** What is stored and projected is what a fresh fold over everything accepted gives. */
async function expectFreshFold(accepted: readonly DcsaEvent[]): Promise<void> {
  const producerId = DEMO_TENANTS.platform;
  const ofShipment = new Map<string, KnownEvent[]>();
  for (const payload of accepted) {
    if (payload.eventType !== 'TRANSPORT') continue;
    const booking = String(payload.documentReferences?.[0]?.documentReferenceValue);
    const version = knownEvent({ producerId, eventID: payload.eventID ?? '', payload });
    ofShipment.set(booking, [...(ofShipment.get(booking) ?? []), version]);
  }
  const { states, events } = await withDatabase(async (database) => ({
    states: await database.query<{ booking: string; status: string; milestones: unknown }>(
      `SELECT carrier_booking_reference AS booking, status,
         (SELECT jsonb_agg(jsonb_build_array(code, planned, estimated, actual) ORDER BY ordinal)
          FROM tracking.milestone WHERE shipment_id = shipment.id) AS milestones
       FROM tracking.shipment`,
    ),
    events: await database.query<{ event_id: string }>('SELECT event_id FROM tracking.event'),
  }));
  const ids = new Set(accepted.map(({ eventID }) => eventID));
  expect(events.rows).toHaveLength(ids.size);
  expect(new Set(events.rows.map(({ event_id }) => event_id))).toEqual(ids);
  const instant = (value: unknown): number | null =>
    value === null ? null : new Date(value as string).getTime();
  for (const { booking, status, milestones } of states.rows) {
    const plan = {
      origin: 'CNSHA',
      destination: 'NLRTM',
      plannedDeparture: null,
      plannedArrival: null,
      containers: [],
    };
    const state = projectShipment(plan, ofShipment.get(booking) ?? []);
    const stored = ((milestones ?? []) as unknown[][]).map(([code, ...times]) => [
      code,
      ...times.map(instant),
    ]);
    expect({ booking, status, milestones: stored }).toEqual({
      booking,
      status: state.status,
      milestones: state.milestones.map(({ code, planned, estimated, actual }) => [
        code,
        ...[planned, estimated, actual].map(instant),
      ]),
    });
  }
}

/** Each subscriber was told the last of every event. */
async function expectEverythingSeen(): Promise<void> {
  const { rows } = await withDatabase((database) =>
    database.query<{ event_id: string; is_retracted: boolean }>(
      'SELECT event_id, is_retracted FROM tracking.event',
    ),
  );
  for (const { updates, failures } of subscribers) {
    await vi.waitFor(
      () => {
        const seen = new Set(updates.map(({ event }) => `${event?.eventID} ${event?.isRetracted}`));
        expect(rows.filter((row) => !seen.has(`${row.event_id} ${row.is_retracted}`))).toEqual([]);
      },
      { timeout: 20_000, interval: 100 },
    );
    expect(failures).toEqual([]);
  }
}
