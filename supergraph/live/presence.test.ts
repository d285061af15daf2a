import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { PRESENCE_GATEWAYS, PRESENCE_KNOWN_FROM, readPresence } from '#platform/presence.ts';
import { SHOP_SUBGRAPHS, shopSupergraph } from '#supergraph/test/shop.ts';
import { testSubgraph } from '#supergraph/test/shop-subgraph.ts';
import {
  socketClient,
  subscribeByEvents,
  subscribeBySocket,
  type Subscriber,
} from '#supergraph/test/subscribers.ts';
import {
  OTHER_TENANT,
  startTestGateway,
  TENANT,
  until,
  type TestGateway,
} from '#supergraph/test/test-gateway.ts';
import type { LocalServer } from '#tools/services/local-server.ts';
import { startRedis } from '#tools/services/redis.ts';
import { LivePresence } from './presence.ts';
import { PresenceStore } from './presence-store.ts';
import type { Interest } from './live-field.ts';

const WATCH = 'subscription($id: ID) { productChanged(id: $id) { cursor } }';
const VIEWERS = `subscription($id: ID!) {
  productViewers(id: $id) { known count viewers { subject name roles since } }
}`;
const TIMES = {
  heartbeat: 50,
  lease: 500,
  grace: 100,
  renewal: 400,
  retention: 60_000,
  settling: 20,
  interval: 50,
};

let directory: string;
let server: LocalServer;
let redis: Redis;
let gateway: TestGateway;
let second: TestGateway;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'presence-'));
  server = await startRedis({ directory, appendOnly: false });
  redis = new Redis(server.url);
  redis.on('error', () => undefined);
  const options = {
    services: SHOP_SUBGRAPHS.map(testSubgraph),
    env: { REDIS_URL: server.url },
    presenceTimes: TIMES,
  };
  gateway = await startTestGateway(options);
  second = await startTestGateway({ ...options, dataDirectory: gateway.platform.config.dataDirectory });
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await gateway.subscribed(0);
  await second.subscribed(0);
});
afterAll(async () => {
  await second.close();
  await gateway.close();
  redis.disconnect();
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

interface Report {
  readonly known: boolean;
  readonly count: number | null;
  readonly viewers:
    readonly { subject: string; name: string | null; roles: string[]; since: string }[] | null;
}

async function open(
  at: TestGateway,
  query: string,
  id: string | null,
  claims: Readonly<Record<string, unknown>> = {},
): Promise<Subscriber> {
  const client = socketClient(at.socketUrl, await at.token(claims));
  closing.push(() => client.dispose());
  const subscriber = subscribeBySocket(client, query, { id });
  closing.push(() => subscriber.leave());
  return subscriber;
}

const reports = ({ answers }: Subscriber): Report[] =>
  answers.map(({ data }) => data?.productViewers as Report);
const subjects = (report: Report | undefined): unknown =>
  report?.known === true ? report.viewers?.map(({ subject }) => subject) : report && 'unknown';

/** Waits until the last that was told is this. */
async function told(subscriber: Subscriber, expected: readonly string[] | 'unknown'): Promise<void> {
  await until(
    () => JSON.stringify(subjects(reports(subscriber).at(-1))) === JSON.stringify(expected),
    `it is told ${JSON.stringify(expected)}`,
  ).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}, but ${JSON.stringify(reports(subscriber).map(subjects))}`);
  });
}

it('a new subscriber is told who is there, then who comes and leaves, at any gateway', async () => {
  const ada = await open(gateway, WATCH, '1', { sub: 'ada', name: ' Ada ', roles: ['operations', 'x'] });
  await gateway.subscribed(1);
  const list = await open(second, VIEWERS, '1');
  await told(list, ['ada']);
  expect(reports(list).at(-1)).toEqual({
    known: true,
    count: 1,
    viewers: [{ subject: 'ada', name: 'Ada', roles: ['operations'], since: expect.any(String) as string }],
  });
  const bob = await open(second, WATCH, '1', { sub: 'bob' });
  await told(list, ['ada', 'bob']);
  const late = await subscribeByEvents(gateway.url, await gateway.token(), VIEWERS, { id: '1' });
  closing.push(() => late.leave());
  await told(late, ['ada', 'bob']);
  expect(late.ids).toEqual([]);
  ada.leave();
  await told(list, ['bob']);
  await told(late, ['bob']);
  bob.leave();
  await told(list, []);
});

it('a person counts once, however many screens at however many gateways', async () => {
  const list = await open(gateway, VIEWERS, '2');
  const screens = [
    await open(gateway, WATCH, '2', { sub: 'ada' }),
    await open(gateway, WATCH, '2', { sub: 'ada' }),
    await open(second, WATCH, '2', { sub: 'ada' }),
  ];
  await told(list, ['ada']);
  await second.subscribed(1);
  screens[0]?.leave();
  screens[2]?.leave();
  await gateway.subscribed(2);
  await second.subscribed(0);
  await told(await open(second, VIEWERS, '2'), ['ada']);
  await told(list, ['ada']);
  screens[1]?.leave();
  await told(list, []);
});

it('shows nobody of another tenant, no program, nobody who watches everything or only the list', async () => {
  const others = { sub: 'other', tenant: OTHER_TENANT };
  for (const [query, id, claims] of [
    [WATCH, '3', others],
    [WATCH, '3', { sub: 'program', roles: ['integration'] }],
    [WATCH, '3', { sub: 'writer', scope: 'events:write' }],
    [WATCH, null, { sub: 'everything' }],
    [VIEWERS, '3', { sub: 'list' }],
    [WATCH, '3'.repeat(300), { sub: 'long' }],
  ] as const) {
    await open(gateway, query, id, claims);
  }
  await gateway.subscribed(6);
  await open(gateway, WATCH, '3', { sub: 'ada' });
  await told(await open(second, VIEWERS, '3'), ['ada']);
  await told(await open(gateway, VIEWERS, '3', others), ['other']);
  const [refused] = await Promise.all(
    [await open(gateway, VIEWERS, '3', { scope: 'events:write' })].map((each) => each.received(1)),
  );
  expect(refused?.errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
});

it('a burst of joins and leaves is told as a few changes, and the last state always', async () => {
  const list = await open(second, VIEWERS, '4');
  await told(list, []);
  const began = Date.now();
  const token = await gateway.token({ sub: 'restless' });
  const client = socketClient(gateway.socketUrl, token);
  closing.push(() => client.dispose());
  for (let round = 0; round < 50; round++) {
    const screen = subscribeBySocket(client, WATCH, { id: '4' });
    await gateway.subscribed(1);
    screen.leave();
    await gateway.subscribed(0);
  }
  const last = subscribeBySocket(client, WATCH, { id: '4' });
  closing.push(() => last.leave());
  await told(list, ['restless']);
  const most = Math.ceil((Date.now() - began) / TIMES.interval) + 2;
  expect(reports(list).length).toBeLessThanOrEqual(most);
});

it('those of a gateway that is killed leave when its lease ends', async () => {
  const { requests, subscriber } = second.platform.redis();
  const { log, metrics } = second.platform;
  const killed = new LivePresence({
    redis: { requests, subscriber },
    tokens: second.platform.verifier,
    log,
    metrics,
    times: TIMES,
  });
  const caller = await second.platform.verifier.verify(await second.token({ sub: 'ghost' }));
  killed.arrive({ topic: 'product', presentAt: '5' } as Interest, TENANT, caller);
  const list = await open(gateway, VIEWERS, '5');
  await told(list, ['ghost']);
  await open(second, WATCH, '5', { sub: 'ada' });
  await told(list, ['ghost', 'ada']);
  killed.vanish();
  await told(list, ['ada']);
  // What it left behind is gone, too.
  const entries = await redis.hkeys(`presence:at:product:${TENANT}:5`);
  expect(entries.map((entry) => entry.split(' ')[1])).toEqual(['ada']);
});

it('a lease that was lost is taken anew, with everybody', async () => {
  await open(second, WATCH, '6', { sub: 'ada' });
  await second.subscribed(1);
  const list = await open(gateway, VIEWERS, '6');
  await told(list, ['ada']);
  const told0 = list.answers.length;
  const before = await redis.zrange(PRESENCE_GATEWAYS, 0, -1);
  await redis.flushall();
  await until(async () => {
    const now = await redis.zrange(PRESENCE_GATEWAYS, 0, -1);
    return now.length === 2 && !now.some((id) => before.includes(id));
  }, 'both gateways have registered anew');
  await until(async () => {
    const [present] = await readPresence(redis, [{ topic: 'product', tenant: TENANT, value: '6' }]);
    return present?.[0]?.subject === 'ada';
  }, 'Redis knows it again');
  await told(list, ['ada']);
  // It never said that nobody was there.
  expect(reports(list).slice(told0).map(subjects)).not.toContainEqual([]);
});

it('without Redis it says that it does not know; when Redis is back with nothing, the truth', async () => {
  const list = await open(gateway, VIEWERS, '7');
  const ada = await open(second, WATCH, '7', { sub: 'ada' });
  await told(list, ['ada']);
  const { url } = server;
  await server.stop();
  await told(list, 'unknown');
  await told(await open(second, VIEWERS, '7'), 'unknown');
  await open(gateway, WATCH, '7', { sub: 'bob' });
  await gateway.subscribed(2);
  ada.leave();
  server = await startRedis({ directory, appendOnly: false, port: Number(new URL(url).port) });
  await told(list, ['bob']);
  const since = reports(list).map(subjects);
  // It never said that nobody was there.
  expect(since.slice(since.indexOf('unknown'))).toEqual(['unknown', ['bob']]);
});

it('a Redis that knows of no gateway tells nothing until the others can have come back', async () => {
  // Another database of it, where the gateways of this file are not.
  const empty = redis.duplicate({ db: 1 });
  closing.push(() => empty.disconnect());
  const store = new PresenceStore(empty, { ...TIMES, lease: 60_000, grace: 30_000 });
  const place = { topic: 'product', tenant: TENANT, value: '9' };
  const viewer = { subject: 'ada', name: null, roles: [], since: new Date().toISOString() };
  const present = async (): Promise<unknown> => (await readPresence(empty, [place]))[0];
  expect(await present()).toBeNull();
  expect(await store.register('one', [], [{ place, viewer }])).toEqual(['one']);
  const knownFrom = Number(await empty.get(PRESENCE_KNOWN_FROM));
  expect(knownFrom).toBeGreaterThan(Date.now() + 20_000);
  expect(await present()).toBeNull();
  // Nobody who comes later begins it anew.
  expect(new Set(await store.register('two', [], []))).toEqual(new Set(['one', 'two']));
  await store.register('three', ['two'], []);
  expect(Number(await empty.get(PRESENCE_KNOWN_FROM))).toBe(knownFrom);
  await empty.set(PRESENCE_KNOWN_FROM, Date.now() - 1);
  expect(await present()).toEqual([viewer]);
  // A late word of a gateway that has another name now changes nothing.
  expect(await store.change('two', [{ place, viewer: { ...viewer, subject: 'bob' }, present: true }])).toBe(
    false,
  );
  expect(await present()).toEqual([viewer]);
  // Every lease has ended, such as in a long outage of Redis.
  await empty.zadd(PRESENCE_GATEWAYS, 1, 'one', 1, 'three');
  expect(await store.beat('one')).toBeNull();
  await store.register('four', ['one'], [{ place, viewer }]);
  expect(await present()).toBeNull();
});

it('follows a change of the supergraph, and ends when the field is gone', async () => {
  const list = await open(gateway, VIEWERS, '8');
  await told(list, []);
  const without = shopSupergraph({
    products: (sdl) =>
      sdl
        .replace(/productViewers.*\n/, '')
        .replace(', presence: String, viewers: String', '')
        .replace(', presence: "id"', ''),
  });
  await writeFile(gateway.supergraphFile, without);
  await until(() => list.completed(), 'it ends');
  expect(list.answers.at(-1)?.errors?.[0]?.extensions?.code).toBe('GRAPHQL_VALIDATION_FAILED');
  // A supergraph whose @live knows no presence serves as before.
  await open(gateway, WATCH, '8');
  await gateway.subscribed(1);
  await writeFile(gateway.supergraphFile, shopSupergraph());
});
