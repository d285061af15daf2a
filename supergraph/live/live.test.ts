import type { Client } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startLiveShop, type LiveShop } from '#supergraph/test/live-shop.ts';
import { SHOP_SUBGRAPHS, type ShopSubgraph } from '#supergraph/test/shop.ts';
import { testSubgraph, type TestSubgraph } from '#supergraph/test/shop-subgraph.ts';
import {
  socketClient,
  subscribeByEvents,
  subscribeBySocket,
  type Subscriber,
} from '#supergraph/test/subscribers.ts';
import { OTHER_TENANT, startTestGateway, until, type TestGateway } from '#supergraph/test/test-gateway.ts';
import { MAX_EVENTS } from './group.ts';

let shop: LiveShop;
let gateway: TestGateway;
let second: TestGateway;
let subgraphs: Record<ShopSubgraph, TestSubgraph>;
let client: Client;
const open: Subscriber[] = [];

beforeAll(async () => {
  shop = await startLiveShop();
  subgraphs = Object.fromEntries(
    SHOP_SUBGRAPHS.map((name) => [name, testSubgraph(name)]),
  ) as typeof subgraphs;
  const options = {
    services: Object.values(subgraphs),
    env: { REDIS_URL: shop.url, SUBGRAPH_TIMEOUT_MS: '300' },
  };
  gateway = await startTestGateway(options);
  second = await startTestGateway({ ...options, dataDirectory: gateway.platform.config.dataDirectory });
  client = socketClient(gateway.socketUrl, await gateway.token());
});

afterAll(async () => {
  await client.dispose();
  await second.close();
  await gateway.close();
  await shop.stop();
});

afterEach(async () => {
  for (const subscriber of open.splice(0)) subscriber.leave();
  await gateway.subscribed(0);
  for (const subgraph of Object.values(subgraphs)) {
    subgraph.behaviour = null;
    subgraph.requests.length = 0;
  }
  gateway.logged.length = 0;
  await shop.heardBy(0);
});

async function subscribe(query: string, variables?: Record<string, unknown>): Promise<Subscriber> {
  const subscriber = subscribeBySocket(client, query, variables);
  open.push(subscriber);
  await gateway.subscribed(open.length);
  await shop.heardBy(1);
  return subscriber;
}

const EVERYTHING = `subscription {
  productChanged {
    cursor
    note
    product { __typename id name postage rating reviews(first: 1) { text author { name } } maker { country } }
  }
}`;
const everything = (cursor: string): unknown => ({
  data: {
    productChanged: {
      cursor,
      note: null,
      product: {
        __typename: 'Product',
        id: '1',
        name: 'Event 1',
        postage: 1.5,
        rating: 1,
        reviews: [{ text: 'Review 1 of 1', author: { name: 'User u1' } }],
        maker: { country: 'Country of m1' },
      },
    },
  },
});

describe('an event', () => {
  it('arrives over WebSocket with fields of every subgraph', async () => {
    const subscriber = await subscribe(EVERYTHING);
    await shop.publish({ cursor: 'one' });
    expect(await subscriber.received(1)).toEqual(everything('one'));
  });

  it('arrives over SSE, whose headers are there at once and which is kept alive', async () => {
    const subscriber = await subscribeByEvents(gateway.url, await gateway.token(), EVERYTHING);
    open.push(subscriber);
    expect(subscriber.response.headers.get('content-type')).toBe('text/event-stream');
    await shop.heardBy(1);
    await shop.publish({ cursor: 'two' });
    expect(await subscriber.received(1)).toEqual(everything('two'));
    await until(() => subscriber.comments() > 2, 'the stream is kept alive');
  });

  it('arrives at every gateway of one Redis', async () => {
    const here = subscribeBySocket(client, EVERYTHING);
    const there = await subscribeByEvents(second.url, await second.token(), EVERYTHING);
    open.push(here, there);
    await shop.heardBy(2);
    await shop.publish({ cursor: 'three' });
    expect(await here.received(1)).toEqual(everything('three'));
    expect(await there.received(1)).toEqual(everything('three'));
  });

  it('is answered in the form that was asked for: aliases, fragments, conditions', async () => {
    const subscriber = await subscribe(
      `subscription S($yes: Boolean = true, $no: Boolean!) {
        ...Root
      }
      fragment Root on Subscription {
        change: productChanged {
          at: cursor
          __typename
          it: product {
            ... on Named { label: name }
            ...More
            kind: __typename
            left: id @skip(if: $yes)
            weight @include(if: $no)
            stars: rating @include(if: $yes)
          }
        }
      }
      fragment More on Product { hue: color reviews { author { who: name } } }`,
      { no: false },
    );
    await shop.publish({ cursor: 'four' });
    expect(await subscriber.received(1)).toEqual({
      data: {
        change: {
          at: 'four',
          __typename: 'ProductChange',
          it: {
            label: 'Event 1',
            kind: 'Product',
            hue: 'GREEN',
            stars: 1,
            reviews: [{ author: { who: 'User u1' } }, { author: { who: 'User u2' } }],
          },
        },
      },
    });
  });

  it('with nothing but the key of an entity is completed by its subgraph, for the caller', async () => {
    const subscriber = await subscribe(
      'subscription($currency: String!) { productChanged { product { name price(currency: $currency) postage } } }',
      { currency: 'USD' },
    );
    await shop.publish({ data: { product: { __typename: 'Product', id: '3' } } });
    expect(await subscriber.received(1)).toEqual({
      data: { productChanged: { product: { name: 'Product 3', price: 16.5, postage: 2.5 } } },
    });
    const [request] = subgraphs.products.requests;
    expect(request?.body.variables).toEqual({
      representations: [{ __typename: 'Product', id: '3' }],
      currency: 'USD',
    });
    expect(request?.headers.get('authorization')).toBe(`Bearer ${await tokenOfClient(request?.headers)}`);
  });

  it('keeps what it says and only has the rest completed', async () => {
    const subscriber = await subscribe(
      'subscription { productChanged { product { name weight price dollars: price(currency: "USD") color } } }',
    );
    await shop.publish({ data: { product: { id: '2', name: 'As of the event', weight: null, price: 1 } } });
    // With arguments a field may have another value than the one that was published.
    const product = { name: 'As of the event', weight: null, price: 1, dollars: 11, color: 'BLUE' };
    expect(await subscriber.received(1)).toEqual({ data: { productChanged: { product } } });
    expect(subgraphs.products.requests).toHaveLength(1);
    expect(subgraphs.products.requests[0]?.body.query).not.toMatch(/name|weight/);
  });

  it('can name entities by any of their keys, in lists too, and asks for them together', async () => {
    const subscriber = await subscribe(
      'subscription { productChanged { product { name } products { id name } } }',
    );
    const sku = (code: string): unknown => ({ __typename: 'Product', sku: { code, country: 'DE' } });
    await shop.publish({
      data: { product: sku('S4'), products: [sku('S5'), { id: '2' }, null as never].slice(0, 2) },
    });
    expect(await subscriber.received(1)).toEqual({
      data: {
        productChanged: {
          product: { name: 'Product 4' },
          products: [
            { id: '5', name: 'Product 5' },
            { id: '2', name: 'Product 2' },
          ],
        },
      },
    });
  });

  it('is taken as it is where there is no entity: what it does not hold is null', async () => {
    const subscriber = await subscribe('subscription { productChanged { before { name weight } } }');
    await shop.publish({ data: { before: { name: 'Before' } } });
    expect(await subscriber.received(1)).toEqual({
      data: { productChanged: { before: { name: 'Before', weight: null } } },
    });
    expect(subgraphs.products.requests).toHaveLength(0);
  });

  it('shares nothing with the answers of other subscribers', async () => {
    const one = await subscribe('subscription { productChanged { product { rating } } }');
    const two = await subscribe('subscription { productChanged { product { name } } }');
    await shop.publish({});
    await shop.publish({});
    await one.received(2);
    await two.received(2);
    expect(two.answers).toEqual(
      Array(2).fill({ data: { productChanged: { product: { name: 'Event 1' } } } }),
    );
    expect(one.answers).toEqual(Array(2).fill({ data: { productChanged: { product: { rating: 1 } } } }));
  });
});

/** The token that reached a subgraph must be the one that opened the socket. */
async function tokenOfClient(headers: Headers | undefined): Promise<string> {
  const token = headers?.get('authorization')?.slice('Bearer '.length) ?? '';
  expect((await gateway.platform.verifier.verify(token)).subject).toBe('someone');
  return token;
}

describe('what a subscriber hears', () => {
  it("is its own tenant's only", async () => {
    const mine = await subscribe('subscription { productChanged { cursor } }');
    const other = socketClient(gateway.socketUrl, await gateway.token({ tenant: OTHER_TENANT }));
    const theirs = subscribeBySocket(other, 'subscription { productChanged { cursor } }');
    open.push(theirs);
    await gateway.subscribed(2);
    await shop.heardBy(1, OTHER_TENANT);
    await shop.publish({ cursor: 'theirs', tenant: OTHER_TENANT });
    await shop.publish({ cursor: 'mine' });
    expect(await mine.received(1)).toEqual({ data: { productChanged: { cursor: 'mine' } } });
    expect(await theirs.received(1)).toEqual({ data: { productChanged: { cursor: 'theirs' } } });
    expect([mine.answers.length, theirs.answers.length]).toEqual([1, 1]);
    await other.dispose();
  });

  it('is narrowed by the arguments, except null', async () => {
    const byId = await subscribe('subscription { productChanged(id: "2", after: null) { cursor } }');
    const byColor = await subscribe(
      'subscription($c: Color) { productChanged(id: null, color: $c) { cursor } }',
      { c: 'RED' },
    );
    const all = await subscribe('subscription($c: Color) { productChanged(color: $c) { cursor } }');
    await shop.publish({ cursor: 'a', match: { id: '1', color: 'RED' } });
    await shop.publish({ cursor: 'b', match: { id: '2', color: 'BLUE' } });
    await shop.publish({ cursor: 'c', match: {} });
    await all.received(3);
    const cursors = (subscriber: Subscriber): unknown[] =>
      subscriber.answers.map(({ data }) => (data?.productChanged as { cursor: string }).cursor);
    expect(cursors(all)).toEqual(['a', 'b', 'c']);
    expect(cursors(byId)).toEqual(['b']);
    expect(cursors(byColor)).toEqual(['a']);
  });

  it('keeps its order in a burst that takes time to answer', async () => {
    const subscriber = await subscribe('subscription { productChanged { cursor product { rating } } }');
    let running = 0;
    let most = 0;
    subgraphs.reviews.behaviour = async (request) => {
      running += 1;
      most = Math.max(most, running);
      const { variables } = (await request.json()) as { variables: { representations: unknown[] } };
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
      running -= 1;
      return Response.json({ data: { _entities: variables.representations.map(() => ({ rating: 5 })) } });
    };
    const cursors = Array.from({ length: 50 }, (_, index) => `n${index}`);
    await Promise.all(cursors.map((cursor) => shop.publish({ cursor })));
    await subscriber.received(50);
    expect(subscriber.answers.map(({ data }) => (data?.productChanged as { cursor: string }).cursor)).toEqual(
      cursors,
    );
    expect(most).toBe(1);
  });

  it('survives garbage on its channel, which is logged and counted', async () => {
    const subscriber = await subscribe('subscription { productChanged { cursor product { name } } }');
    const wrong = { topic: 'product', tenant: OTHER_TENANT, cursor: 'x', match: {}, data: {} };
    const garbage = [
      '',
      'null',
      '{',
      '[]',
      '{"topic":"product"}',
      JSON.stringify([wrong]),
      `1-0 ${JSON.stringify([wrong])}`,
      `1-0 ${JSON.stringify([{ ...wrong, tenant: undefined }])}`,
      'x'.repeat(2_000_000),
    ];
    for (const text of garbage) await shop.publishText(text);
    await shop.publish({ cursor: 'misshapen', data: { product: 'not an object' } });
    await shop.publish({ cursor: 'fine' });
    await subscriber.received(2);
    expect(subscriber.answers[0]).toMatchObject({
      data: null,
      errors: [{ path: ['productChanged', 'product'], extensions: { code: 'INTERNAL' } }],
    });
    expect(subscriber.answers[1]).toEqual({
      data: { productChanged: { cursor: 'fine', product: { name: 'Event 1' } } },
    });
    const refused = await gateway.platform.metrics.liveEnvelopes.get();
    expect(refused.values).toContainEqual({
      labels: { topic: 'product', outcome: 'refused' },
      value: garbage.length,
    });
    expect(gateway.logged).toContainEqual(
      expect.objectContaining({ msg: expect.stringContaining('not a bundle') as string }),
    );
  });

  it('is partial while a subgraph is dead, and whole again after', async () => {
    const subscriber = await subscribe('subscription { productChanged { product { name rating } } }');
    subgraphs.reviews.behaviour = () => new Promise<Response>(() => undefined);
    await shop.publish({});
    expect(await subscriber.received(1)).toEqual({
      data: { productChanged: { product: { name: 'Event 1', rating: null } } },
      errors: [
        {
          message: 'The subgraph "reviews" is unavailable.',
          path: ['productChanged', 'product', 'rating'],
          extensions: { code: 'UNAVAILABLE' },
        },
      ],
    });
    subgraphs.reviews.behaviour = null;
    await shop.publish({});
    expect(await subscriber.received(2)).toEqual({
      data: { productChanged: { product: { name: 'Event 1', rating: 1 } } },
    });
  });

  it('is partial while the subgraph of the event is dead', async () => {
    const subscriber = await subscribe('subscription { productChanged { cursor product { id color } } }');
    subgraphs.products.behaviour = () => new Response('', { status: 503 });
    await shop.publish({ cursor: 'five', data: { product: { id: '1' } } });
    expect(await subscriber.received(1)).toEqual({
      data: { productChanged: { cursor: 'five', product: { id: '1', color: null } } },
      errors: [
        {
          message: 'The subgraph "products" is unavailable.',
          path: ['productChanged', 'product', 'color'],
          extensions: { code: 'UNAVAILABLE' },
        },
      ],
    });
  });

  it('is all of it when more comes than can be answered at the time: the rest is read from the log', async () => {
    const client = socketClient(gateway.socketUrl, await gateway.token(), { whenSlow: 'disconnect' });
    const query = 'subscription { productChanged { cursor product { rating } } }';
    const subscriber = subscribeBySocket(client, query);
    open.push(subscriber);
    await gateway.subscribed(1);
    await shop.heardBy(1);
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    subgraphs.reviews.behaviour = async () => {
      await released;
      return Response.json({ data: { _entities: [{ rating: 5 }] } });
    };
    const cursors = Array.from({ length: MAX_EVENTS * 2 }, (_, index) => `n${index}`);
    for (const cursor of cursors) await shop.publish({ cursor });
    const { values } = await gateway.platform.metrics.liveWaiting.get();
    const waiting = values.find(({ labels }) => labels.queue === 'events')?.value ?? 0;
    expect(waiting).toBeGreaterThan(MAX_EVENTS / 2);
    expect(waiting).toBeLessThanOrEqual(MAX_EVENTS);
    release();
    await subscriber.received(cursors.length);
    expect(cursorsOf(subscriber)).toEqual(cursors);
    await client.dispose();
  });
});

function cursorsOf({ answers }: Subscriber): unknown[] {
  return answers.map(({ data }) => (data?.productChanged as { cursor: string }).cursor);
}

describe('a subscription', () => {
  it('to a field that is not live is refused', async () => {
    const subscriber = subscribeBySocket(client, 'subscription { tick }');
    await until(subscriber.completed, 'it is refused');
    expect(subscriber.answers).toEqual([
      {
        errors: [
          {
            message: "Subscription.tick has no @live topic: this endpoint can't deliver it.",
            extensions: { code: 'BAD_USER_INPUT' },
          },
        ],
      },
    ]);
  });

  it('with wrong variables is refused', async () => {
    const subscriber = subscribeBySocket(
      client,
      'subscription($c: Color!) { productChanged(color: $c) { cursor } }',
      { c: 'MAUVE' },
    );
    await until(subscriber.completed, 'it is refused');
    expect(subscriber.answers[0]?.errors?.[0]).toMatchObject({
      message: expect.stringContaining('"MAUVE"') as string,
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });

  it('frees the Redis subscription when its last subscriber leaves, over either transport', async () => {
    const one = await subscribe('subscription { productChanged { cursor } }');
    const two = await subscribeByEvents(
      gateway.url,
      await gateway.token(),
      'subscription { productChanged { cursor } }',
    );
    await gateway.subscribed(2);
    one.leave();
    await gateway.subscribed(1);
    await shop.heardBy(1);
    two.leave();
    await gateway.subscribed(0);
    await shop.heardBy(0);
  });

  it('frees it as well when its socket breaks', async () => {
    const broken = socketClient(gateway.socketUrl, await gateway.token());
    const subscriber = subscribeBySocket(broken, 'subscription { productChanged { cursor } }');
    await shop.heardBy(1);
    broken.terminate();
    await shop.heardBy(0);
    subscriber.leave();
  });

  it('ends when its token does', async () => {
    const token = await gateway.token({}, 1);
    const subscriber = await subscribeByEvents(
      gateway.url,
      token,
      'subscription { productChanged { cursor } }',
    );
    await until(subscriber.completed, 'the stream ends');
    expect(subscriber.answers).toEqual([
      { errors: [{ message: 'A valid bearer token is required.', extensions: { code: 'UNAUTHENTICATED' } }] },
    ]);
  });

  it('stays open while Redis is away and hears again after', async () => {
    const subscriber = await subscribe('subscription { productChanged { cursor } }');
    // Every connection breaks, as when Redis restarts.
    await shop.redis.client('KILL', 'TYPE', 'pubsub');
    const late = subscribeBySocket(client, 'subscription { productChanged(id: "1") { cursor } }');
    open.push(late);
    await gateway.subscribed(2);
    await shop.heardBy(1);
    await shop.publish({ cursor: 'after' });
    expect(await subscriber.received(1)).toEqual({ data: { productChanged: { cursor: 'after' } } });
    expect(await late.received(1)).toEqual({ data: { productChanged: { cursor: 'after' } } });
  });
});

describe('a gateway', () => {
  it('without Redis says so', async () => {
    const alone = await startTestGateway({
      services: Object.values(subgraphs),
      env: { PUBLIC_ACCESS: 'on' },
    });
    const answer = await alone.ask('subscription { productChanged { cursor } }');
    expect(answer.errors?.[0]?.extensions?.code).toBe('UNAVAILABLE');
    await alone.close();
  });

  it('that shuts down ends its subscriptions, telling why', async () => {
    const leaving = await startTestGateway({
      services: Object.values(subgraphs),
      env: { REDIS_URL: shop.url },
    });
    const subscriber = await subscribeByEvents(
      leaving.url,
      await leaving.token(),
      'subscription { productChanged { cursor } }',
    );
    await shop.heardBy(1);
    await leaving.close();
    await until(subscriber.completed, 'the stream ends');
    expect(subscriber.answers).toMatchObject([{ errors: [{ extensions: { code: 'UNAVAILABLE' } }] }]);
  });
});
