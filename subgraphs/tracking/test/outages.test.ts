import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openDatabase } from '#platform/database/database.ts';
import { loginUrl } from '#platform/database/urls.ts';
import { connectRedis } from '#platform/redis.ts';
import type { Platform } from '#platform/service.ts';
import { startTestPlatform } from '#test/harness/platform.ts';
import { startSlowProxy } from '#test/harness/slow-proxy.ts';
import { createLiveUpdates } from '../live-updates.ts';
import { startTracking } from '../server.ts';
import { INGESTION_PATH } from '../ingestion/door.ts';
import { ALL_STREAMS } from '../ingestion/event-stream.ts';
import { inPlainTransaction, inTransaction } from '../ingestion/transaction.ts';
import { IDEMPOTENCY_DAYS, MAX_UNMATCHED, UNMATCHED_DAYS, forgetOld } from '../worker/keep-house.ts';
import { startWorker } from '../worker/worker.ts';
import { ORIGIN, ofBooking, transportEvent } from './event-builders.ts';
import { startTestTracking } from './tracking.ts';
import type { Tracking } from './tracking.ts';

let tracking: Tracking;
beforeAll(async () => {
  tracking = await startTestTracking();
});
afterAll(() => tracking.close());

test('without Redis, the door says to come again, and a new shipment is told of when Redis is back', async () => {
  const { requests } = tracking.platform.connections;
  requests.disconnect();
  const posted = await tracking.post('integration', [
    transportEvent('DEPA', ORIGIN, ofBooking('REDIS-AWAY')),
  ]);
  expect(posted.status).toBe(503);
  expect(posted.headers.get('retry-after')).toBe('1');
  const id = await tracking.createShipment({ carrierBookingReference: 'REDIS-AWAY' });
  const document =
    'query ($id: ID!) { shipmentUpdatesCursor shipment(id: $id) { id viewers { known viewers { subject } } } }';
  const { data, errors } = await tracking.ask('aurora-viewer', document, { id });
  expect(data).toEqual({
    shipmentUpdatesCursor: null,
    shipment: { id, viewers: { known: false, viewers: null } },
  });
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['UNAVAILABLE']);
  await requests.connect();
  expect(await tracking.updatesOf(id, 1)).toMatchObject([{ data: { event: null, shipment: { id } } }]);
  const again = await tracking.post('integration', [transportEvent('DEPA', ORIGIN, ofBooking('REDIS-AWAY'))]);
  expect(again.body.results[0]).toMatchObject({ outcome: 'accepted', shipments: [id] });
  await tracking.updatesOf(id, 2);
});

test('without the database, the door says to come again', async () => {
  const platform = await startTestPlatform({
    DATABASE_URL_INGESTION: 'postgres://tracking:x@127.0.0.1:1/nothing',
  });
  const service = await startTracking(platform);
  try {
    const response = await service.routes[INGESTION_PATH]?.(
      new Request(`http://tracking.test${INGESTION_PATH}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${await platform.token('integration')}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify([transportEvent('DEPA', ORIGIN)]),
      }),
    );
    expect(response?.status).toBe(503);
    expect(response?.headers.get('retry-after')).toBe('1');
    await expect(service.checks.postgres?.()).rejects.toThrow();
  } finally {
    await service.close();
    await platform.close();
  }
});

test('a transaction that Postgres ends because of a deadlock is started over', async () => {
  const [one, other] = [
    await tracking.createShipment({ carrierBookingReference: 'DEADLOCK-1' }),
    await tracking.createShipment({ carrierBookingReference: 'DEADLOCK-2' }),
  ];
  const lock = 'SELECT 1 FROM tracking.shipment WHERE id = $1 FOR UPDATE';
  const rival = new pg.Client({ connectionString: tracking.platform.databaseUrl });
  await rival.connect();
  // The rival waits the longer: Postgres picks whoever looks first.
  await rival.query(`SET deadlock_timeout = '30s'`);
  await rival.query('BEGIN');
  await rival.query(lock, [other]);
  let attempts = 0;
  let waiting: Promise<unknown> | undefined;
  try {
    const done = await inTransaction(tracking.database, async (tx) => {
      attempts++;
      await tx.$queryRaw`SELECT 1 FROM shipment WHERE id = ${one}::uuid FOR UPDATE`;
      waiting ??= rival.query(lock, [one]).then(() => rival.query('COMMIT'));
      await tx.$queryRaw`SELECT 1 FROM shipment WHERE id = ${other}::uuid FOR UPDATE`;
      return 'done';
    });
    expect(done).toBe('done');
    // Once more when it takes the first lock back before its rival has woken up: row locks have no queue.
    expect(attempts).toBeGreaterThan(1);
  } finally {
    await waiting;
    await rival.end();
  }
});

test('a worker goes on however slow Redis and Postgres are, and whatever breaks on the way there', async () => {
  const platform = await startTestPlatform();
  const service = await startTracking(platform);
  const database = platform.openDatabase('ingestion', 'test');
  const direct = new Redis(platform.redisUrl);
  const toRedis = await startSlowProxy(Number(new URL(platform.redisUrl).port));
  const toPostgres = await startSlowProxy(Number(new URL(platform.databaseUrl).port));
  const through = (url: string, { port }: { readonly port: number }): string => {
    const copy = new URL(url);
    copy.port = String(port);
    return copy.href;
  };
  const connections = connectRedis(through(platform.redisUrl, toRedis), platform.log);
  const url = through(loginUrl(platform.config, 'ingestion'), toPostgres);
  const { metrics, log } = platform;
  const slow: Platform = {
    ...platform,
    redis: () => connections,
    openDatabase: () => openDatabase({ url, subgraph: 'worker', metrics, log }),
  };
  const worker = await startWorker(slow);
  try {
    const authorization = `Bearer ${await platform.token('integration')}`;
    let posted = 0;
    const post = async (): Promise<void> => {
      const events = Array.from({ length: 20 }, () =>
        transportEvent('DEPA', ORIGIN, ofBooking(`B${randomUUID().slice(0, 18)}`)),
      );
      const response = await service.routes[INGESTION_PATH]?.(
        new Request(`http://tracking.test${INGESTION_PATH}`, {
          method: 'POST',
          headers: { authorization, 'content-type': 'application/json' },
          body: JSON.stringify(events),
        }),
      );
      expect(response?.status).toBe(202);
      posted += events.length;
    };
    const applied = () =>
      vi.waitFor(
        async () => {
          for (const key of ALL_STREAMS) expect(await direct.xlen(key)).toBe(0);
        },
        { timeout: 15_000, interval: 20 },
      );
    await post();
    await applied();
    // Longer than a request would wait.
    for (const proxy of [toRedis, toPostgres]) {
      const stalled = proxy.stall(700);
      await post();
      await stalled;
      await applied();
    }
    // More often than a message is tried.
    for (let time = 0; time < 7; time++) {
      await post();
      (time % 2 === 0 ? toRedis : toPostgres).cut();
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    await applied();
    const { rows } = await database.pool.query('SELECT count(*)::int AS count FROM unmatched_event');
    expect(rows).toEqual([{ count: posted }]);
    expect(await direct.exists('ingest:dead')).toBe(0);
  } finally {
    await worker.close();
    await connections.close();
    await Promise.all([toRedis.close(), toPostgres.close()]);
    direct.disconnect();
    await database.close();
    await service.close();
    await platform.close();
  }
}, 40_000);

test('what is told of a shipment is told in the order of its changes, whoever tells it first', async () => {
  const { platform, database } = tracking;
  const redis = platform.connections.requests;
  const live = createLiveUpdates(platform, database, redis);
  const tenantId = randomUUID();
  const [one, both] = [randomUUID(), randomUUID()];
  const keep = (shipments: readonly string[]) =>
    inPlainTransaction(database, (sql) =>
      live.keep(
        sql,
        shipments.map((shipmentId) => ({ shipmentId, tenantId, event: null })),
      ),
    );
  const told = async (): Promise<unknown[]> => {
    const entries = await redis.xrange(`log:live:shipment:${tenantId}`, '-', '+');
    return entries.flatMap(([, [field, text = '']]) =>
      // A log begins with an entry of its own.
      field === 'm' ? (JSON.parse(text) as { match: { id: string } }[]).map(({ match }) => match.id) : [],
    );
  };
  // Three transactions, one after the other; the second one's worker is the first to tell.
  const first = await keep([one, both]);
  const second = await keep([both]);
  const third = await keep([both, one]);
  await live.tell(second);
  expect(await told()).toEqual([one, both, both]);
  await live.tell(first);
  await live.tell(third);
  expect(await told()).toEqual([one, both, both, both, one]);
  // Nobody has forgotten them yet: told again, they are recognised.
  while (await live.tellOverdue(0));
  expect(await told()).toHaveLength(5);
  const { rowCount } = await database.pool.query('SELECT 1 FROM live_outbox');
  expect(rowCount).toBe(0);
});

test('what events have changed and nobody has told is told as they are by now', async () => {
  const { database, platform } = tracking;
  const redis = platform.connections.requests;
  const id = await tracking.createShipment({ carrierBookingReference: 'TOLD-LATER' });
  const events = ['ARRI', 'DEPA'] as const;
  await tracking.post(
    'integration',
    events.map((code) => transportEvent(code, ORIGIN, ofBooking('TOLD-LATER'))),
  );
  const before = await tracking.updatesOf(id, 3);
  const { rows } = await database.pool.query<{ id: string }>(
    'SELECT id FROM event WHERE shipment_id = $1 ORDER BY event_type_code DESC',
    [id],
  );
  await database.pool.query(
    `INSERT INTO live_outbox (shipments, events, created_at) VALUES ($1, $2, now() - interval '1 hour')`,
    // One of them is no longer there.
    [[id], [rows[0]?.id, randomUUID(), rows[1]?.id]],
  );
  await createLiveUpdates(platform, database, redis).tellOverdue(60_000);
  const after = (await tracking.updatesOf(id, 5)).slice(before.length);
  expect(after).toMatchObject([
    { data: { event: { eventTypeCode: 'DEPA' }, shipment: { id } } },
    { data: { event: { eventTypeCode: 'ARRI' }, shipment: { id } } },
  ]);
});

test('what nobody asks for any more is forgotten', async () => {
  const { pool } = tracking.database;
  const [patient, eager] = [randomUUID(), randomUUID()];
  const insert = `INSERT INTO unmatched_event (producer_id, event_id, producer_kind, keys, payload, received_at)
    SELECT $1, gen_random_uuid(), 'PLATFORM', '{}', '{}', now() - $2 * interval '1 day' - n * interval '1 second'
    FROM generate_series(1, $3::int) AS n`;
  await pool.query(insert, [patient, UNMATCHED_DAYS - 1, 3]);
  await pool.query(insert, [patient, UNMATCHED_DAYS, 3]);
  await pool.query(insert, [eager, 0, MAX_UNMATCHED + 20]);
  await pool.query(
    `INSERT INTO idempotency_key (tenant_id, subject, key, request_hash, result, created_at)
     SELECT $1, 'x', days::text, '', '{}', now() - days * interval '1 day' FROM unnest($2::int[]) AS days`,
    [patient, [IDEMPOTENCY_DAYS - 1, IDEMPOTENCY_DAYS + 1]],
  );
  await forgetOld(tracking.database);
  const count = `SELECT count(*)::int AS count, max(now() - received_at) < interval '28 hours' AS young
    FROM unmatched_event WHERE producer_id = $1`;
  expect((await pool.query(count, [patient])).rows).toEqual([{ count: 3, young: false }]);
  expect((await pool.query(count, [eager])).rows).toEqual([{ count: MAX_UNMATCHED, young: true }]);
  const keys = await pool.query('SELECT key FROM idempotency_key WHERE tenant_id = $1', [patient]);
  expect(keys.rows).toEqual([{ key: String(IDEMPOTENCY_DAYS - 1) }]);
});
