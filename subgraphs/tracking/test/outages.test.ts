import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestPlatform } from '#test/harness/platform.ts';
import { startTracking } from '../server.ts';
import { INGESTION_PATH } from '../ingestion/door.ts';
import { inTransaction } from '../ingestion/transaction.ts';
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
    expect(attempts).toBe(2);
  } finally {
    await waiting;
    await rival.end();
  }
});
