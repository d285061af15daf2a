import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ofBooking, transportEvent } from '#subgraphs/tracking/test/event-builders.ts';
import { startPostgres } from '#tools/services/postgres.ts';
import { startRedis } from '#tools/services/redis.ts';
import { fragile, type FragileServer } from './harness/fragile-server.ts';
import { subscribe, type Received } from './harness/live.ts';
import { startTestProcess, tokensOf, type GraphQLAnswer, type TestProcess } from './harness/system.ts';

/** A part that is dead is known to be, and never waited for. */
const AT_ONCE = 3_000;
/** What the gateway gives a subgraph here; a frozen part takes that long, and a little. */
const SUBGRAPH_TIMEOUT = 2_000;
const START_LIMIT = 10_000;
const BOOKING = 'RECOVERY';

const cleanUps: (() => Promise<unknown>)[] = [];
let postgres: FragileServer;
let redis: FragileServer;
let system: TestProcess;
let operations: string;
let integration: string;
let shipmentId: string;
/** Opened once: whatever happens, it goes on. */
let updates: Received<GraphQLAnswer<{ shipmentUpdated: { event: { eventID: string } | null } }>>;

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'supercargo-recovery-'));
  cleanUps.push(() => rm(directory, { recursive: true, force: true }));
  postgres = fragile(await startPostgres({ directory: join(directory, 'postgres'), durable: false }));
  cleanUps.push(postgres.stop);
  redis = fragile(await startRedis({ directory: join(directory, 'redis') }));
  cleanUps.push(redis.stop);
  const env = {
    PORT: '0',
    LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
    DATA_DIR: directory,
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    DEMO_DATA: 'off',
    SUBGRAPH_TIMEOUT_MS: String(SUBGRAPH_TIMEOUT),
  };
  const token = tokensOf(env);
  [operations, integration] = await Promise.all([token('aurora-operations'), token('integration')]);
  system = await startTestProcess(env);
  cleanUps.push(system.stop);
  // The first of all operations may be too slow for that time-out.
  shipmentId = await vi.waitFor(async () => {
    const { data, errors } = await create('recovery');
    if (!data || errors) throw new Error(JSON.stringify(errors));
    return data.createShipment.shipment.id;
  }, START_LIMIT);
  updates = await subscribe(
    system.webSocketUrl,
    operations,
    'subscription { shipmentUpdated { event { eventID } } }',
  );
  cleanUps.push(updates.stop);
  await vi.waitUntil(async () => (await system.metric('supercargo_live_subscriptions')) === 1);
});

afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

interface Created {
  createShipment: { shipment: { id: string } };
}

const create = (reference: string): Promise<GraphQLAnswer<Created>> =>
  system.query<Created>(
    `mutation ($input: CreateShipmentInput!, $key: String!) {
      createShipment(input: $input, idempotencyKey: $key) { ... on ShipmentCreated { shipment { id } } }
    }`,
    {
      token: operations,
      variables: {
        input: {
          reference,
          carrierScac: 'HLCU',
          origin: 'CNSHA',
          destination: 'NLRTM',
          carrierBookingReference: BOOKING,
        },
        key: reference,
      },
    },
  );

const ask = (query: string): Promise<GraphQLAnswer<Record<string, unknown>>> =>
  system.query(query, { token: operations });

interface Report {
  readonly status: number;
  readonly body: { accepted?: number; duplicate?: number; error?: string };
}

/** An event of the shipment, with an id of its own. */
const event = (): ReturnType<typeof transportEvent> =>
  transportEvent('ARRI', 'NLRTM', { ...ofBooking(BOOKING), eventClassifierCode: 'EST' });

async function report(...events: readonly object[]): Promise<Report> {
  const response = await fetch(`${system.origin}/ingest/dcsa/v2/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${integration}` },
    body: JSON.stringify(events),
  });
  return { status: response.status, body: (await response.json()) as Report['body'] };
}

/** Posts everything, four posts at a time. */
async function reportAll(
  posts: readonly (readonly object[])[],
  before: (index: number) => void = () => {},
): Promise<readonly Report[]> {
  const reports: Report[] = [];
  const waiting = posts.entries();
  const work = async (): Promise<void> => {
    for (const [index, events] of waiting) {
      before(index);
      reports[index] = await report(...events);
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  return reports;
}

async function storedEvents(): Promise<readonly string[]> {
  const answer = await ask(
    `{ shipment(id: "${shipmentId}") { events(first: 100) { edges { node { eventID } } } } }`,
  );
  expect(answer.errors).toBeUndefined();
  const { shipment } = answer.data as { shipment: { events: { edges: { node: { eventID: string } }[] } } };
  return shipment.events.edges.map(({ node }) => node.eventID);
}

const delivered = (): unknown[] => updates.values.map(({ data }) => data?.shipmentUpdated.event?.eventID);

/** `/readyz`: its status and the dependencies that aren't well. */
async function readiness(): Promise<{ status: number; away: string[] }> {
  const response = await fetch(`${system.origin}/readyz`);
  const { dependencies } = (await response.json()) as { dependencies: Record<string, { ok: boolean }> };
  const away = Object.keys(dependencies).filter((name) => !dependencies[name]?.ok);
  return { status: response.status, away };
}

const READY = { status: 200, away: [] };

const becomes = (state: { status: number; away: string[] }): Promise<void> =>
  expect.poll(readiness, { timeout: 10_000, interval: 20 }).toEqual(state);

/** Everything works, for those who stayed too. */
async function expectWhole(): Promise<void> {
  await becomes(READY);
  const fresh = event();
  expect(await report(fresh)).toMatchObject({ status: 202, body: { accepted: 1 } });
  await expect.poll(delivered, { timeout: 5_000 }).toContain(fresh.eventID);
  const answer = await ask(
    `{ shipment(id: "${shipmentId}") { reference carrier { name } eta { basis } booking { id } } rfqs { edges { cursor } } }`,
  );
  expect(answer).toEqual({
    data: {
      shipment: {
        reference: 'recovery',
        carrier: { name: 'Hapag-Lloyd' },
        eta: expect.anything() as object,
        booking: null,
      },
      rfqs: { edges: [] },
    },
  });
}

/** Whatever is not there is told within the time, in GraphQL's words. */
async function within<T>(limit: number, work: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  const result = await work();
  expect(performance.now() - begun).toBeLessThan(limit);
  return result;
}

const CACHED = '{ carrier(scac: "HLCU") { name } port(unlocode: "CNSHA") { name } }';
const CACHED_ANSWER = { carrier: { name: 'Hapag-Lloyd' }, port: { name: 'Shanghai' } };

/** The subgraph itself says that its database is away; or it is too late to. */
const TOLD = /^A part of the system needed for this is not available/;
const TOLD_OR_TIMED_OUT = /not available|is unavailable/;

/** Asks for what is cached and for what isn't: the first comes, of the second it is told that it's away. */
async function expectOnlyCached(limit: number, reason: RegExp): Promise<void> {
  expect(await within(limit, () => ask(CACHED))).toEqual({ data: CACHED_ANSWER });
  const [mixed, created] = await within(limit, () =>
    Promise.all([
      ask(`{ carrier(scac: "HLCU") { name } shipment(id: "${shipmentId}") { status } }`),
      create('refused'),
    ]),
  );
  const unavailable = {
    message: expect.stringMatching(reason) as string,
    extensions: { code: 'UNAVAILABLE' },
  };
  expect(mixed).toMatchObject({
    data: { carrier: { name: 'Hapag-Lloyd' }, shipment: null },
    errors: [{ path: ['shipment'], ...unavailable }],
  });
  expect(created).toMatchObject({ data: null, errors: [{ path: ['createShipment'], ...unavailable }] });
}

beforeEach(expectWhole);

describe('without Redis', () => {
  async function expectEverythingStored(limit: number): Promise<void> {
    for (const query of [
      CACHED,
      '{ carriers(first: 3) { edges { node { scac } } } }',
      '{ shipments { edges { node { carrier { name } } } } }',
    ]) {
      const answer = await within(limit, () => ask(query));
      expect(answer).toEqual({ data: expect.anything() as object });
    }
    // Stored and answered; those who are listening now don't hear of it.
    const unheard = event();
    expect(await within(limit, () => report(unheard))).toMatchObject({ status: 202, body: { accepted: 1 } });
    expect(await storedEvents()).toContain(unheard.eventID);
  }

  it('dead, what is stored is answered and taken in; back, the subscription goes on', async () => {
    await redis.kill();
    await becomes({ status: 503, away: ['redis'] });
    await expectEverythingStored(AT_ONCE);
    const late = await subscribe(
      system.webSocketUrl,
      operations,
      `subscription { shipmentUpdated(id: "${shipmentId}") { cursor } }`,
    );
    await expect.poll(() => system.metric('supercargo_live_subscriptions')).toBe(2);
    await redis.restart();
    await expectWhole();
    await late.atLeast(1);
    await late.stop();
  });

  it('frozen, the same', async () => {
    redis.freeze();
    await becomes({ status: 503, away: ['redis'] });
    await expectEverythingStored(AT_ONCE);
    redis.thaw();
    await expectWhole();
  });
});

describe('without Postgres', () => {
  /** Reports something that can't be taken in. */
  async function expectRefusal(limit: number): Promise<object> {
    const refused = event();
    expect(await within(limit, () => report(refused))).toEqual({
      status: 503,
      body: { error: expect.stringContaining('post the same again later') as string },
    });
    return refused;
  }

  it('dead, what is cached is answered and the rest is UNAVAILABLE at once; back, everything is there', async () => {
    await ask(CACHED);
    await postgres.kill();
    await becomes({ status: 503, away: ['postgres'] });
    const [refused] = await Promise.all([expectRefusal(AT_ONCE), expectOnlyCached(AT_ONCE, TOLD)]);
    await postgres.restart();
    await expectWhole();
    expect(await report(refused)).toMatchObject({ status: 202, body: { accepted: 1, duplicate: 0 } });
    expect((await create('refused')).errors).toBeUndefined();
  });

  it('frozen, the same within the time-outs', async () => {
    await ask(CACHED);
    postgres.freeze();
    await becomes({ status: 503, away: ['postgres'] });
    const [refused] = await Promise.all([
      expectRefusal(SUBGRAPH_TIMEOUT + AT_ONCE),
      expectOnlyCached(SUBGRAPH_TIMEOUT + AT_ONCE, TOLD_OR_TIMED_OUT),
    ]);
    postgres.thaw();
    await expectWhole();
    expect(await report(refused)).toMatchObject({ status: 202, body: { accepted: 1, duplicate: 0 } });
  });

  it('dying while events come in, it loses nothing that was acknowledged and takes nothing twice', async () => {
    const posts = Array.from({ length: 60 }, () => [event(), event()]);
    let killed: Promise<void> | undefined;
    const first = await reportAll(posts, (index) => {
      if (index === 20) killed = postgres.kill();
    });
    await killed;
    await postgres.restart();
    await becomes(READY);
    expect(new Set(first.map(({ status }) => status))).toEqual(new Set([202, 503]));
    const second = await reportAll(posts);
    const taken = posts.filter(
      (_, index) => first[index]?.status === 202 || second[index]?.body.accepted === 2,
    );
    await expect
      .poll(delivered, { timeout: 5_000 })
      .toEqual(expect.arrayContaining(taken.flat().map(({ eventID }) => eventID)));
    for (const [index, { status, body }] of second.entries()) {
      const acknowledged = first[index]?.status === 202;
      // What was told to be posted again may have been stored, but then whole.
      const accepted = acknowledged || body.accepted === 0 ? 0 : 2;
      expect({ status, body }).toMatchObject({ status: 202, body: { accepted, duplicate: 2 - accepted } });
    }
  });
});
