import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { DEMO_TENANTS } from '#platform/auth/personas.ts';
import { startTestPlatform } from '#test/harness/platform.ts';
import { imoCheckDigit } from '../imo-number.ts';
import { POSITIONS_PATH } from '../positions/door.ts';
import { createPositionWriter } from '../positions/position-writer.ts';
import { storePositions } from '../positions/store-positions.ts';
import type { ShipmentMove } from '../positions/shipment-moves.ts';
import { createMoveTeller } from '../positions/tell-moves.ts';
import { watchVessels } from '../positions/watch-vessels.ts';
import {
  DESTINATION,
  ORIGIN,
  TRANSSHIPMENT,
  ofBooking,
  transportEvent,
  vesselCall,
} from './event-builders.ts';
import { startTestTracking } from './tracking.ts';
import type { Posted, Tracking } from './tracking.ts';

let tracking: Tracking;
let owner: pg.Client;
beforeAll(async () => {
  tracking = await startTestTracking({ POSITION_UPDATE_SECONDS: '1', POSITION_BACKLOG: '3000' });
  owner = new pg.Client({ connectionString: tracking.platform.databaseUrl });
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await tracking.close();
});

const HOUR = 60 * 60 * 1000;
const NOW = Math.floor(Date.now() / 1000) * 1000;
const hoursAgo = (hours: number): string => new Date(NOW - hours * HOUR).toISOString();

let ships = 0;
/** A ship that no other test knows. */
function newVessel(): string {
  const digits = String(910_000 + ++ships);
  return `${digits}${imoCheckDigit(digits)}`;
}

function report(vesselIMONumber: string, hours: number, changes: object = {}) {
  return {
    vesselIMONumber,
    observedAt: hoursAgo(hours),
    latitude: 10 + hours / 100,
    longitude: 60,
    ...changes,
  };
}

const post = (reports: readonly unknown[], persona = 'integration'): Promise<Posted> =>
  tracking.post(persona, reports, POSITIONS_PATH);

/** A shipment whose vessels have called at ports so many hours ago. */
async function ship(
  calls: readonly [code: 'ARRI' | 'DEPA', port: string, vessel: string, hours: number, changes?: object][],
): Promise<string> {
  const carrierBookingReference = `B${randomUUID().slice(0, 18)}`;
  const id = await tracking.createShipment({ carrierBookingReference });
  const events = calls.map(([code, port, vessel, hours, changes = {}]) =>
    transportEvent(code, port, {
      ...ofBooking(carrierBookingReference),
      eventDateTime: hoursAgo(hours),
      transportCall: vesselCall(port, { vessel: { vesselIMONumber: vessel }, ...changes }),
    }),
  );
  if (events.length > 0)
    expect((await tracking.post('integration', events)).body.accepted).toBe(events.length);
  return id;
}

interface Seen {
  readonly latitude: number;
  readonly longitude: number;
  readonly observedAt: string;
  readonly speedKnots: number | null;
  readonly navigationalStatus: string | null;
  readonly vessel: { readonly imo: string } | null;
}

const SEEN = 'latitude longitude observedAt speedKnots navigationalStatus vessel { imo }';

async function positionOf(id: string): Promise<Seen | null> {
  const document = `query ($id: ID!) { shipment(id: $id) { position { ${SEEN} } } }`;
  const data = await tracking.data<{ shipment: { position: Seen | null } }>('aurora-viewer', document, {
    id,
  });
  return data.shipment.position;
}

async function trackOf(id: string, args: string): Promise<Seen[]> {
  const document = `query ($id: ID!) { shipment(id: $id) { track(${args}) { ${SEEN} } } }`;
  return (await tracking.data<{ shipment: { track: Seen[] } }>('aurora-viewer', document, { id })).shipment
    .track;
}

describe('the door for positions', () => {
  test('answers each report by itself, and knows what it has', async () => {
    const vessel = newVessel();
    const good = report(vessel, 2, { speedKnots: 14.2 });
    const first = await post([good, { ...good, latitude: 91 }, 7, { ...good, latitude: 11 }]);
    expect(first.status).toBe(202);
    expect(first.body).toEqual({
      accepted: 1,
      duplicate: 1,
      refused: 2,
      results: [
        { index: 0, outcome: 'accepted', errors: [] },
        {
          index: 1,
          outcome: 'refused',
          errors: [{ field: 'latitude', value: 91, reason: 'expected decimal degrees from -90 to 90' }],
        },
        {
          index: 2,
          outcome: 'refused',
          errors: [{ field: 'report', value: 7, reason: 'expected an object' }],
        },
        { index: 3, outcome: 'duplicate', errors: [] },
      ],
    });
    expect((await post([report(vessel, 1), good])).body).toMatchObject({ accepted: 1, duplicate: 1 });
    const { rows } = await owner.query<{ latitude: number; speed_knots: number }>(
      'SELECT latitude, speed_knots FROM tracking.position_report WHERE imo = $1 ORDER BY observed_at',
      [Number(vessel)],
    );
    expect(rows).toEqual([
      { latitude: 10.02, speed_knots: 14.2 },
      { latitude: 10.01, speed_knots: null },
    ]);
    expect((await post([7])).status).toBe(422);
    expect(await post([])).toMatchObject({ status: 202, body: { results: [] } });
    expect((await post(Array(1_001).fill(good))).body.error).toContain(
      '1001 positions: expected at most 1000',
    );
  });

  test('is for programs of the platform', async () => {
    for (const persona of ['aurora-admin', 'carrier-hlcu', 'platform-operator'])
      expect(await post([], persona)).toMatchObject({
        status: 403,
        body: { error: 'the token may not post positions; not: the scope positions:write, and no auditor' },
      });
    const scope = { scope: 'graph:read positions:write' };
    const authorization = `Bearer ${await tracking.platform.token('aurora-admin', scope)}`;
    const headers = { authorization, 'content-type': 'application/json' };
    const answer = await tracking.knock({ method: 'POST', headers, body: '[]' }, 0, POSITIONS_PATH);
    expect(answer.status).toBe(403);
    const bare = await tracking.knock({ method: 'POST', body: '[]' }, 0, POSITIONS_PATH);
    expect(bare.status).toBe(401);
  });

  test('is in the graph, too', async () => {
    const reports = [report(newVessel(), 1), { ...report('9321484', 1), longitude: '60' }];
    const mutation = `mutation ($reports: [PositionReport!]!) { reportPositions(reports: $reports) {
      accepted refused results { index outcome errors { field value reason } } } }`;
    const { reportPositions } = await tracking.data<{ reportPositions: unknown }>('integration', mutation, {
      reports,
    });
    expect(reportPositions).toEqual({
      accepted: 1,
      refused: 1,
      results: [
        { index: 0, outcome: 'ACCEPTED', errors: [] },
        {
          index: 1,
          outcome: 'REFUSED',
          errors: [
            {
              field: 'vesselIMONumber',
              value: '"9321484"',
              reason: 'the last digit is not the IMO check digit of 932148: expected 3',
            },
            { field: 'longitude', value: '"60"', reason: 'expected decimal degrees from -180 to 180' },
          ],
        },
      ],
    });
    const denied = await tracking.ask('carrier-hlcu', mutation, { reports });
    expect(denied.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  });

  test('takes each report once from many who report it at the same time', async () => {
    const vessels = Array.from({ length: 200 }, newVessel);
    const all = vessels.flatMap((vessel) => [1, 2, 3].map((hours) => report(vessel, hours)));
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => post([...all].sort(() => Math.random() - 0.5))),
    );
    const sum = (name: 'accepted' | 'duplicate') =>
      answers.reduce((total, { body }) => total + body[name], 0);
    expect([sum('accepted'), sum('duplicate')]).toEqual([600, 2_400]);
  });

  test('takes nothing while too much is waiting, and says when Postgres is away', async () => {
    await owner.query('BEGIN');
    await owner.query('LOCK TABLE ONLY tracking.position_report IN ACCESS EXCLUSIVE MODE');
    const vessel = newVessel();
    const posts = Array.from({ length: 12 }, (_, at) =>
      post(Array.from({ length: 1_000 }, (_, second) => report(vessel, 50 + at + second / 3_600))),
    );
    const refused = await Promise.any(
      posts.map(async (each) => {
        const { status, headers } = await each;
        if (status !== 429) throw new Error('taken');
        return headers.get('retry-after');
      }),
    );
    expect(refused).toBe('1');
    await owner.query('ROLLBACK');
    const statuses = (await Promise.all(posts)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([202, 429]));
    const { rows } = await owner.query(
      'SELECT count(*)::int AS count FROM tracking.position_report WHERE imo = $1',
      [Number(vessel)],
    );
    expect(rows).toEqual([{ count: statuses.filter((status) => status === 202).length * 1_000 }]);

    const pool = new pg.Pool({ host: '127.0.0.1', port: 1 });
    const writer = createPositionWriter({ pool }, 10, () => undefined);
    const position = { imo: 1, observedAt: new Date(), latitude: 1, longitude: 1 };
    const rest = { speedKnots: null, courseDegrees: null, headingDegrees: null, navigationalStatus: null };
    await expect(writer.write([{ ...position, ...rest }])).rejects.toThrow(/ECONNREFUSED/);
    await expect(writer.write([{ ...position, ...rest }])).rejects.toThrow(/ECONNREFUSED/);
    await pool.end();
  });
});

describe('the position of a shipment', () => {
  test('is that of its vessel at sea, whatever comes late', async () => {
    const vessel = newVessel();
    await post([report(vessel, 100)]);
    const id = await ship([]);
    expect(await positionOf(id)).toBeNull();
    const sailing = await ship([['DEPA', ORIGIN, vessel, 90]]);
    expect(await positionOf(sailing)).toBeNull(); // seen before it left only
    await post([report(vessel, 10, { speedKnots: 17.5, navigationalStatus: 0 })]);
    const seen: Seen = {
      latitude: 10.1,
      longitude: 60,
      observedAt: hoursAgo(10),
      speedKnots: 17.5,
      navigationalStatus: 'UNDER_WAY_USING_ENGINE',
      vessel: { imo: vessel },
    };
    await vi.waitFor(async () => expect(await positionOf(sailing)).toEqual(seen));
    expect((await post([report(vessel, 11), report(vessel, 50)])).body.accepted).toBe(2);
    await expect(positionOf(sailing)).resolves.toEqual(seen);
    const redis = new Redis(tracking.platform.redisUrl);
    await vi.waitFor(async () =>
      expect(await redis.get(`position:latest:${Number(vessel)}`)).toContain('17.5'),
    );
    redis.disconnect();
    const { rows } = await owner.query('SELECT speed_knots FROM tracking.vessel_position WHERE imo = $1', [
      vessel,
    ]);
    expect(rows).toEqual([{ speed_knots: 17.5 }]);
  });

  test('is where the vessel was when it arrived, or a later event', async () => {
    const [vessel, other] = [newVessel(), newVessel()];
    await post([60, 45, 35, 5].map((hours) => report(vessel, hours)));
    const place = { location: { latitude: '1.25', longitude: '103.75', UNLocationCode: TRANSSHIPMENT } };
    const calls = [
      ['DEPA', ORIGIN, vessel, 80],
      ['ARRI', TRANSSHIPMENT, vessel, 40],
    ] as const;
    const waiting = await ship(calls.map((call) => [...call]));
    expect(await positionOf(waiting)).toMatchObject({ observedAt: hoursAgo(45), vessel: { imo: vessel } });
    const told = await ship([[...calls[0]], [...calls[1], place]]);
    expect(await positionOf(told)).toEqual({
      latitude: 1.25,
      longitude: 103.75,
      observedAt: hoursAgo(40),
      speedKnots: null,
      navigationalStatus: null,
      vessel: null,
    });
    const onward = await ship([[...calls[0]], [...calls[1]], ['DEPA', TRANSSHIPMENT, other, 30]]);
    expect(await positionOf(onward)).toMatchObject({ observedAt: hoursAgo(45) });
    await post([report(other, 3)]);
    await vi.waitFor(async () =>
      expect(await positionOf(onward)).toMatchObject({ observedAt: hoursAgo(3), vessel: { imo: other } }),
    );
    // The first vessel has gone its own way since.
    expect((await positionOf(waiting))?.observedAt).toBe(hoursAgo(45));
  });

  describe('does not depend on Redis', () => {
    let redis: Redis;
    beforeAll(() => {
      redis = new Redis(tracking.platform.redisUrl);
    });
    afterEach(async () => {
      await redis.ping();
      const { requests } = tracking.platform.connections;
      if (requests.status === 'end') await requests.connect();
    });
    afterAll(() => redis.disconnect());

    test.each([
      ['wiped', () => redis.flushall()],
      ['away', () => Promise.resolve(tracking.platform.connections.requests.disconnect())],
      ['frozen', () => redis.client('PAUSE', 1_500)],
    ])('that is %s', async (_name, fail) => {
      const vessel = newVessel();
      const id = await ship([['DEPA', ORIGIN, vessel, 9]]);
      await post([report(vessel, 5)]);
      await vi.waitFor(async () => expect((await positionOf(id))?.observedAt).toBe(hoursAgo(5)));
      await fail();
      expect((await positionOf(id))?.observedAt).toBe(hoursAgo(5));
      const headers = {
        authorization: `Bearer ${await tracking.platform.token('integration')}`,
        'content-type': 'application/json',
      };
      const body = JSON.stringify([report(vessel, 4)]);
      const answer = await tracking.knock({ method: 'POST', headers, body }, 0, POSITIONS_PATH);
      expect(answer.status).toBe(202);
      await vi.waitFor(async () => expect((await positionOf(id))?.observedAt).toBe(hoursAgo(4)));
    });
  });
});

describe('the track of a shipment', () => {
  test('is what its vessels have sailed with it, leg after leg', async () => {
    const [vessel, other] = [newVessel(), newVessel()];
    const id = await ship([
      ['DEPA', ORIGIN, vessel, 100],
      ['ARRI', TRANSSHIPMENT, vessel, 70],
      ['DEPA', TRANSSHIPMENT, other, 40],
    ]);
    // Across the antimeridian, at ten knots.
    const place = (hours: number) => ({ longitude: ((179 + (100 - hours) / 6 + 180) % 360) - 180 });
    const wrong = { latitude: -50, longitude: -60 };
    const hours = Array.from({ length: 105 }, (_, hour) => 104.5 - hour);
    await post([
      ...hours.map((hour) => report(vessel, hour, place(hour))),
      ...hours.map((hour) => report(other, hour, { longitude: 10 })),
      report(vessel, 80, wrong),
    ]);
    const track = await trackOf(id, 'maxPoints: 1000');
    const expected = hours.filter((hour) => hour < 100 && (hour > 70 || hour < 40));
    expect(track.map(({ observedAt }) => observedAt)).toEqual(expected.map(hoursAgo));
    expect(track.map((seen) => seen.vessel?.imo)).toEqual(
      expected.map((hour) => (hour > 70 ? vessel : other)),
    );
    const part = await trackOf(id, `from: "${hoursAgo(75)}", to: "${hoursAgo(30)}", maxPoints: 5`);
    expect(part).toHaveLength(5);
    expect([part[0]?.observedAt, part.at(-1)?.observedAt]).toEqual([hoursAgo(74.5), hoursAgo(30.5)]);
    expect(await trackOf(await ship([]), 'maxPoints: 9')).toEqual([]);
    for (const args of ['maxPoints: 1', 'maxPoints: 1001', `from: "${hoursAgo(1)}", to: "${hoursAgo(2)}"`]) {
      const answer = await tracking.ask(
        'aurora-viewer',
        `{ shipment(id: "${id}") { track(${args}) { latitude } } }`,
      );
      expect(answer.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    }
    const foreign = await tracking.data(
      'borealis-viewer',
      `{ shipment(id: "${id}") { track { latitude } } }`,
    );
    expect(foreign).toEqual({ shipment: null });
  });

  test('is thinned in Postgres when there is much of it', async () => {
    const vessel = newVessel();
    const id = await ship([['DEPA', ORIGIN, vessel, 1_000]]);
    await owner.query(
      `INSERT INTO tracking.position_report (imo, observed_at, latitude, longitude)
       SELECT $1, $2::timestamptz + n * interval '2 minutes', n / 1000.0, 10 + sin(n / 500.0) FROM generate_series(1, 29000) n`,
      [Number(vessel), hoursAgo(1_000)],
    );
    const track = await trackOf(id, 'maxPoints: 50');
    expect(track).toHaveLength(50);
    expect([track[0]?.observedAt, track.at(-1)?.observedAt]).toEqual([
      hoursAgo(1_000 - 1 / 30),
      hoursAgo(1_000 - 29_000 / 30),
    ]);
    // One in a hundred of them shows the waves.
    const longitudes = track.map(({ longitude }) => longitude);
    expect([Math.min(...longitudes), Math.max(...longitudes)]).toEqual([
      expect.closeTo(9, 1),
      expect.closeTo(11, 1),
    ]);
  });

  test('takes as many statements for one shipment as for many, and so does the position', async () => {
    const page = async (first: number): Promise<number> => {
      const before = await tracking.platform.sqlStatements('tracking');
      await tracking.data(
        'aurora-viewer',
        `{ shipments(first: ${first}) { edges { node { position { latitude } track(maxPoints: 20) { latitude } } } } }`,
      );
      return (await tracking.platform.sqlStatements('tracking')) - before;
    };
    const vessels = Array.from({ length: 4 }, newVessel);
    await post(vessels.flatMap((vessel) => Array.from({ length: 100 }, (_, hour) => report(vessel, hour))));
    for (let turn = 0; turn < 3; turn++)
      for (const [at, vessel] of vessels.entries())
        await ship([
          ['DEPA', ORIGIN, vessel, 90],
          ...(at % 2 ? [['ARRI', DESTINATION, vessel, 5] as ['ARRI', string, string, number]] : []),
        ]);
    await page(12);
    // Shipments, calls, ends of legs, two for tracks; the latest positions are in Redis.
    expect([await page(2), await page(12)]).toEqual([5, 5]);
    await tracking.platform.connections.requests.flushall();
    expect([await page(12), await page(2)]).toEqual([6, 5]);
  });
});

describe('a vessel that moves', () => {
  test('is told of to those who watch its shipments, now and then', async () => {
    const [vessel, empty] = [newVessel(), newVessel()];
    const id = await ship([['DEPA', ORIGIN, vessel, 9]]);
    const about = await tracking.updatesOf(id, 2);
    await post([report(vessel, 5), report(empty, 5)]);
    const told = async (latitude: number) =>
      vi.waitFor(
        async () => {
          const { rows } = await owner.query(
            'SELECT latitude FROM tracking.vessel_told WHERE imo = ANY($1::int[])',
            [[vessel, empty]],
          );
          expect(rows).toEqual([{ latitude }]);
        },
        { timeout: 5_000 },
      );
    await told(10.05);
    expect(await tracking.updatesOf(id, 2)).toHaveLength(about.length); // nobody watches
    const redis = new Redis(tracking.platform.redisUrl);
    await redis.subscribe(`live:shipment:${DEMO_TENANTS.aurora}`);
    await post([report(vessel, 4), report(vessel, 6)]);
    const [moved] = (await tracking.updatesOf(id, 3)).slice(2);
    expect(moved).toMatchObject({ data: { event: null, shipment: { __typename: 'Shipment', id } } });
    await told(10.04);
    redis.disconnect();
    // Whoever watched may come back.
    await post([report(vessel, 3)]);
    expect(await tracking.updatesOf(id, 4)).toHaveLength(4);
  });

  test('is told of no more than a tenant’s share', async () => {
    const tenant = randomUUID();
    const current = { imo: 1, observedAt: new Date(), latitude: 1, longitude: 1 };
    const rest = { speedKnots: null, courseDegrees: null, headingDegrees: null, navigationalStatus: null };
    const moves = Array.from({ length: 90 }, () => ({
      shipmentId: randomUUID(),
      tenantId: tenant,
      previous: null,
      current: { ...current, ...rest },
      isJump: false,
    }));
    const { requests } = tracking.platform.connections;
    const log = `log:live:shipment:${tenant}`;
    const tell = createMoveTeller(requests);
    await tell(moves);
    expect(await requests.xlen(log)).toBe(0);
    const watcher = new Redis(tracking.platform.redisUrl);
    await watcher.subscribe(`live:shipment:${tenant}`);
    for (let round = 0; round < 4; round++) await tell(moves);
    watcher.disconnect();
    // A hundred in ten seconds, should these have begun anew meanwhile, twice.
    const bundles = await requests.xrange(log, '-', '+');
    const told = bundles.flatMap(([, [field, text = '']]) =>
      field === 'm' ? (JSON.parse(text) as unknown[]) : [],
    ).length;
    expect(told).toBeGreaterThanOrEqual(100);
    expect(told).toBeLessThanOrEqual(200);
  });

  test('is told of to listeners with where it was before, again until they have taken it', async () => {
    // Without workers, which would listen, too.
    const platform = await startTestPlatform();
    const config = { ...platform.config, positionUpdateInterval: 100 };
    const database = platform.openDatabase('ingestion', 'tracking');
    const [shipment, landed] = [randomUUID(), randomUUID()];
    await database.pool.query(
      `INSERT INTO shipment (id, tenant_id, reference, carrier_scac, origin, destination, status, vessel_imo)
       SELECT id, $2, id, 'HLCU', 'CNSHA', 'NLRTM', status::tracking.shipment_status, '9321483'
       FROM unnest($1::uuid[], '{IN_TRANSIT,ARRIVED}'::text[]) AS r (id, status)`,
      [[shipment, landed], DEMO_TENANTS.aurora],
    );
    await database.pool.query(
      `INSERT INTO transport_call (id, tenant_id, shipment_id, transport_call_reference, sequence, un_location_code,
         mode_of_transport, vessel_imo, departure_actual)
       SELECT gen_random_uuid(), $2, id, 'CALL', 1, 'CNSHA', 'VESSEL', '9321483', $3 FROM unnest($1::uuid[]) AS id`,
      [[shipment, landed], DEMO_TENANTS.aurora, hoursAgo(20)],
    );
    const seen = (hours: number, latitude: number) => ({
      imo: 9_321_483,
      observedAt: new Date(hoursAgo(hours)),
      latitude,
      longitude: 60,
      speedKnots: 14.2,
      courseDegrees: null,
      headingDegrees: null,
      navigationalStatus: 0,
    });
    const heard: ShipmentMove[] = [];
    let refusals = 0;
    const stop = watchVessels({ database, log: platform.log, config }, [
      () => {
        if (refusals++ === 0)
          return Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' }));
        return Promise.reject(new Error('a defect of one listener is not felt by others'));
      },
      (moves) => {
        heard.push(...moves);
        return Promise.resolve();
      },
    ]);
    const waitFor = (count: number) =>
      vi.waitFor(() => expect(heard).toHaveLength(count), { timeout: 5_000, interval: 10 });
    const move = { shipmentId: shipment, tenantId: DEMO_TENANTS.aurora };
    try {
      await storePositions(database, [seen(30, 9), seen(8, 10)]);
      await waitFor(1);
      expect(refusals).toBe(2);
      expect(heard).toEqual([{ ...move, previous: null, current: seen(8, 10), isJump: false }]);
      await storePositions(database, [seen(7, 10.2), seen(6, 10.4), seen(9, 0)]);
      await waitFor(2);
      expect(heard[1]).toEqual({ ...move, previous: seen(8, 10), current: seen(6, 10.4), isJump: false });
      await storePositions(database, [seen(5, -40)]);
      await waitFor(3);
      expect(heard[2]).toMatchObject({ previous: { latitude: 10.4 }, isJump: true });
    } finally {
      await stop();
      await database.close();
      await platform.close();
    }
  });
});
