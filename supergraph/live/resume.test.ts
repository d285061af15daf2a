import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { liveChannel, liveLogKey } from '#platform/live-events.ts';
import { beginCursor } from '#platform/live-log.ts';
import { PRODUCT_TOPIC, startLiveShop, type LiveShop } from '#supergraph/test/live-shop.ts';
import { SHOP_SUBGRAPHS } from '#supergraph/test/shop.ts';
import { testSubgraph } from '#supergraph/test/shop-subgraph.ts';
import {
  socketClient,
  subscribeByEvents,
  subscribeBySocket,
  type Subscriber,
} from '#supergraph/test/subscribers.ts';
import { startTestGateway, until, type TestGateway } from '#supergraph/test/test-gateway.ts';

const QUERY =
  'subscription($after: String, $id: ID) { productChanged(after: $after, id: $id) { cursor product { name } } }';

let shop: LiveShop;
let gateway: TestGateway;
let second: TestGateway;
let token: string;
const open: Subscriber[] = [];
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  shop = await startLiveShop();
  const options = { services: SHOP_SUBGRAPHS.map(testSubgraph), env: { REDIS_URL: shop.url } };
  gateway = await startTestGateway(options);
  second = await startTestGateway({ ...options, dataDirectory: gateway.platform.config.dataDirectory });
  token = await gateway.token();
});
afterEach(async () => {
  for (const subscriber of open.splice(0)) subscriber.leave();
  for (const close of closing.splice(0)) await close();
  await gateway.subscribed(0);
  await shop.heardBy(0);
});
afterAll(async () => {
  await second.close();
  await gateway.close();
  await shop.stop();
});

function subscribe(at: TestGateway, variables: Record<string, unknown>): Subscriber {
  const client = socketClient(at.socketUrl, token);
  closing.push(() => client.dispose());
  const subscriber = subscribeBySocket(client, QUERY, variables);
  open.push(subscriber);
  return subscriber;
}

const shown = (subscriber: Subscriber): unknown[] =>
  subscriber.answers.map(({ data }) => (data?.productChanged as { cursor: string }).cursor);

it('brings what came after the cursor, then goes on live, at another gateway too', async () => {
  const seen = await shop.publish({ cursor: 'seen' });
  await shop.publish({ cursor: 'missed 1' });
  await shop.publish({ cursor: 'of another', match: { id: '2' } });
  await shop.publish({ cursor: 'missed 2' });
  for (const at of [gateway, second]) {
    const subscriber = subscribe(at, { after: seen, id: '1' });
    await subscriber.received(2);
    await shop.publish({ cursor: 'live' });
    await subscriber.received(3);
    expect(shown(subscriber).slice(0, 3)).toEqual([
      'missed 1',
      'missed 2',
      expect.stringMatching(/missed|live/),
    ]);
  }
});

it('has no seam: each update once and in order while others are being published', async () => {
  const after = await shop.publish({ cursor: 'start' });
  const total = 600;
  const publishing = (async () => {
    for (let index = 0; index < total; index++) await shop.publish({ cursor: `u${index}` });
  })();
  // They join at different moments of the burst.
  const subscribers: Subscriber[] = [];
  for (let joined = 0; joined < 8; joined++) {
    await until(
      async () =>
        (await shop.redis.xlen(`log:live:product:0a000000-0000-4000-8000-00000000000a`)) > joined * 40,
      'more is published',
    );
    subscribers.push(subscribe(joined % 2 === 0 ? gateway : second, { after }));
  }
  await publishing;
  const expected = Array.from({ length: total }, (_, index) => `u${index}`);
  for (const subscriber of subscribers) {
    await subscriber.received(total);
    expect(shown(subscriber)).toEqual(expected);
  }
});

it('a broken connection of the hub loses nothing to those who stay', async () => {
  const subscriber = subscribe(gateway, {});
  await gateway.subscribed(1);
  await shop.heardBy(1);
  await shop.publish({ cursor: 'u0' });
  await subscriber.received(1);
  for (let index = 1; index < 200; index++) {
    if (index % 50 === 0) await shop.redis.client('KILL', 'TYPE', 'pubsub');
    await shop.publish({ cursor: `u${index}` });
  }
  await subscriber.received(200);
  expect(shown(subscriber)).toEqual(Array.from({ length: 200 }, (_, index) => `u${index}`));
});

it('a cursor to begin with misses nothing that comes after it, in a log that is empty, new or old', async () => {
  const begin = (tenant: string): Promise<string> => beginCursor(shop.redis, PRODUCT_TOPIC, tenant);
  const tenants = ['0c', '0d', '0e'].map((digits) => `${digits}000000-0000-4000-8000-00000000000a`);
  const [empty, fresh, old] = tenants as [string, string, string];
  await shop.publish({ tenant: fresh, cursor: 'before' });
  const log = liveLogKey(liveChannel(PRODUCT_TOPIC, old));
  await shop.redis.xadd(log, `${Date.now() - 10_000}-0`, 'm', JSON.stringify({}));
  await shop.publish({ tenant: old, cursor: 'before' });
  for (const tenant of tenants) {
    const after = await begin(tenant);
    // Asking again changes nothing.
    expect(await begin(tenant)).toBe(after);
    await shop.publish({ tenant, cursor: 'between' });
    const client = socketClient(gateway.socketUrl, await gateway.token({ tenant }));
    closing.push(() => client.dispose());
    const subscriber = subscribeBySocket(client, QUERY, { after });
    open.push(subscriber);
    // What was just before may be told, too: the state may have been read before it.
    const expected = [...(tenant === empty ? [] : ['before']), 'between'];
    await subscriber.received(expected.length);
    await shop.publish({ tenant, cursor: 'live' });
    await subscriber.received(expected.length + 1);
    expect(shown(subscriber)).toEqual([...expected, 'live']);
  }
});

it('a cursor that the log does not reach back to is told so, and one that is none', async () => {
  const old = await shop.publish({ cursor: 'old' });
  for (let index = 0; index < 300; index++) await shop.publish({}, { length: 100, age: 60_000 });
  const failures: unknown[] = [];
  for (const after of [old, '99999999999999-0', 'x', '0-0']) {
    const subscriber = subscribe(gateway, { after });
    const { errors } = await subscriber.received(1);
    failures.push(errors?.[0]?.extensions?.code);
  }
  expect(failures).toEqual(['CURSOR_EXPIRED', 'CURSOR_EXPIRED', 'BAD_USER_INPUT', 'BAD_USER_INPUT']);
});

it('those who stay are told when the log was lost meanwhile', async () => {
  const subscriber = subscribe(gateway, {});
  await gateway.subscribed(1);
  await shop.heardBy(1);
  await shop.publish({ cursor: 'last' });
  await subscriber.received(1);
  await shop.redis.del('log:live:product:0a000000-0000-4000-8000-00000000000a');
  await shop.redis.client('KILL', 'TYPE', 'pubsub');
  await until(() => subscriber.completed(), 'it ends');
  expect(subscriber.answers.at(-1)?.errors?.[0]?.extensions?.code).toBe('CURSOR_EXPIRED');
});

it('an event stream has ids, and goes on after Last-Event-ID', async () => {
  const first = await subscribeByEvents(gateway.url, token, QUERY);
  open.push(first);
  await gateway.subscribed(1);
  await shop.heardBy(1);
  const cursor = await shop.publish({ cursor: 'one' });
  await first.received(1);
  expect(first.ids).toEqual([cursor]);
  const missed = await shop.publish({ cursor: 'two' });
  const again = await subscribeByEvents(second.url, token, QUERY, {}, cursor);
  open.push(again);
  await again.received(1);
  expect(shown(again)).toEqual(['two']);
  expect(again.ids).toEqual([missed]);
});
