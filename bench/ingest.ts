import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
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
import { ALL_STREAMS } from '#subgraphs/tracking/ingestion/event-stream.ts';
import { startPostgres } from '#tools/services/postgres.ts';
import { startRedis } from '#tools/services/redis.ts';

const POST_SIZE = 500;
const POSTS_AT_A_TIME = 4;
const SAMPLE_INTERVAL = 250;
const PORTS = ['CNSHA', 'SGSIN', 'NLRTM'];

/**
 * Events a second through the whole pipeline (posted, validated, put into the stream, applied, published), beside a
 * bare batched insert of the same event rows into a table of the same shape in the same Postgres.
 */
export async function runIngestBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: 'string', default: '20000' },
      shipments: { type: 'string', default: '2000' },
    },
  });
  const total = Number(values.events);
  const shipments = Number(values.shipments);
  const directory = await mkdtemp(join(tmpdir(), 'supercargo-bench-'));
  const postgres = await startPostgres({ directory: join(directory, 'postgres') });
  const redis = await startRedis({ directory: join(directory, 'redis') });
  const database = new pg.Pool({ connectionString: postgres.url, max: POSTS_AT_A_TIME });
  const client = new Redis(redis.url);
  const stops: (() => Promise<void>)[] = [];
  try {
    await prepareDatabase({ databaseUrl: postgres.url, migrationsDirectory: 'prisma/migrations' });
    const bookings = await makeShipments(database, shipments);
    const env = {
      PORT: '0',
      ROLES: 'tracking,worker',
      DATA_DIR: directory,
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      DEMO_DATA: 'off',
      LOG_LEVEL: 'error',
    };
    const { origin, stop } = await startProcess(env);
    stops.push(stop);
    const { auth } = readConfig(env, process.cwd());
    const integration = PERSONAS.find(({ name }) => name === 'integration');
    if (!integration) throw new Error('there is no persona integration');
    const token = await issueDevelopmentToken(auth, directory, personaClaims(integration), 3_600);
    const events = Array.from({ length: total }, (_, index) =>
      eventOf(bookings[index % shipments] ?? '', index),
    );

    // Compiled and connected before it counts.
    await post(origin, token, events.slice(0, POST_SIZE));
    await applied(client);
    const sampler = sample(client);
    const rest = events.slice(POST_SIZE);
    const begun = performance.now();
    await postAll(origin, token, rest);
    const acceptedIn = performance.now() - begun;
    await applied(client);
    const pipelineIn = performance.now() - begun;
    const { backlog, memory } = sampler();

    const { rows } = await database.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM tracking.event',
    );
    if (rows[0]?.count !== total) throw new Error(`expected ${total} stored events, found ${rows[0]?.count}`);
    const insertedIn = await insertBare(database, total - POST_SIZE);

    const rate = (milliseconds: number): number => Math.round((rest.length / milliseconds) * 1_000);
    const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
    console.log(
      `events ${rest.length}, shipments ${shipments}, ${POSTS_AT_A_TIME} posts of ${POST_SIZE} at a time`,
    );
    console.log(`accepted                ${rate(acceptedIn)} events/s`);
    console.log(`applied and published   ${rate(pipelineIn)} events/s`);
    console.log(`bare batched insert     ${rate(insertedIn)} events/s`);
    console.log(`ratio                   ${((insertedIn / pipelineIn) * 100).toFixed(1)} %`);
    console.log(
      `backlog at most ${Math.max(...backlog)} events, Redis at most ${mebibytes(Math.max(...memory))}`,
    );
  } finally {
    for (const stop of stops) await stop();
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

function eventOf(booking: string, index: number): object {
  const place = PORTS[index % PORTS.length] ?? 'CNSHA';
  return {
    eventID: randomUUID(),
    eventType: 'TRANSPORT',
    eventClassifierCode: index % 4 === 0 ? 'ACT' : 'EST',
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
  };
}

/** A process of its own, so that what measures doesn't slow down what is measured. */
async function startProcess(
  env: Record<string, string>,
): Promise<{ origin: string; stop: () => Promise<void> }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'main.ts'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /^ready (http:\/\/[^/]+)/.exec(line)?.[1];
    if (url === undefined) continue;
    const stop = async (): Promise<void> => {
      child.kill('SIGTERM');
      await ended;
    };
    return { origin: url, stop };
  }
  throw new Error('the process ended before it was ready');
}

async function postAll(origin: string, token: string, events: readonly object[]): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < events.length) {
      const part = events.slice(next, next + POST_SIZE);
      next += POST_SIZE;
      await post(origin, token, part);
    }
  };
  await Promise.all(Array.from({ length: POSTS_AT_A_TIME }, work));
}

async function post(origin: string, token: string, events: readonly object[]): Promise<void> {
  for (;;) {
    const response = await fetch(`${origin}/ingest/dcsa/v2/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(events),
    });
    const text = await response.text();
    if (response.status === 202) return;
    if (response.status !== 429) throw new Error(`${response.status} ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function backlogOf(client: Redis): Promise<number> {
  const lengths = await Promise.all(ALL_STREAMS.map((key) => client.xlen(key)));
  return lengths.reduce((sum, length) => sum + length);
}

async function applied(client: Redis): Promise<void> {
  while ((await backlogOf(client)) > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Looks again and again. @returns how to stop, with what was seen */
function sample(client: Redis): () => { backlog: number[]; memory: number[] } {
  const backlog = [0];
  const memory = [0];
  const timer = setInterval(() => {
    void backlogOf(client).then((length) => backlog.push(length));
    void client.info('memory').then((info) => memory.push(Number(/^used_memory:(\d+)/m.exec(info)?.[1])));
  }, SAMPLE_INTERVAL);
  return () => {
    clearInterval(timer);
    return { backlog, memory };
  };
}

/** Inserts the stored rows into a table of the same shape, in batches of the same size, and as many at a time. */
async function insertBare(database: pg.Pool, count: number): Promise<number> {
  await database.query('CREATE TABLE public.bare (LIKE tracking.event INCLUDING ALL)');
  const { rows } = await database.query<object>(
    'SELECT to_jsonb(event) AS row FROM tracking.event ORDER BY received_at, id LIMIT $1',
    [count],
  );
  const batches: string[] = [];
  for (let start = 0; start < rows.length; start += POST_SIZE) {
    batches.push(
      JSON.stringify(rows.slice(start, start + POST_SIZE).map((each) => (each as { row: object }).row)),
    );
  }
  const begun = performance.now();
  const waiting = batches.values();
  const work = async (): Promise<void> => {
    for (const batch of waiting) {
      await database.query(
        'INSERT INTO public.bare SELECT * FROM jsonb_populate_recordset(NULL::public.bare, $1::jsonb)',
        [batch],
      );
    }
  };
  await Promise.all(Array.from({ length: POSTS_AT_A_TIME }, work));
  return performance.now() - begun;
}
