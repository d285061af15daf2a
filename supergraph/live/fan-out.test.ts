import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { AuditEvent } from '#platform/audit/audit-sink.ts';
import { READS_EXTENSION, TELL_READS_HEADER } from '#platform/audit/told-reads.ts';
import { productOne, startLiveShop, type LiveShop } from '#supergraph/test/live-shop.ts';
import { SHOP_SUBGRAPHS, shopSupergraph, type ShopSubgraph } from '#supergraph/test/shop.ts';
import { testSubgraph, type TestSubgraph } from '#supergraph/test/shop-subgraph.ts';
import { subscribeByEvents, type Subscriber } from '#supergraph/test/subscribers.ts';
import {
  OTHER_TENANT,
  startTestGateway,
  until,
  type Answer,
  type TestGateway,
} from '#supergraph/test/test-gateway.ts';
import { TOO_SLOW } from '#supergraph/websocket.ts';
import { ServedReads, type ServedIdentity } from './served-reads.ts';
import { Update } from './update.ts';

let shop: LiveShop;
let gateway: TestGateway;
let subgraphs: Record<ShopSubgraph, TestSubgraph>;
const leaving: (() => void)[] = [];

beforeAll(async () => {
  shop = await startLiveShop();
  subgraphs = Object.fromEntries(
    SHOP_SUBGRAPHS.map((name) => [name, testSubgraph(name)]),
  ) as typeof subgraphs;
  const personal = (sdl: string): string =>
    sdl
      .replace('["@key"', '["@tag", "@key"')
      .replace('nickname: String', 'nickname: String @tag(name: "personal")');
  gateway = await startTestGateway({
    services: Object.values(subgraphs),
    // Who doesn't read answers no ping either, and is to stay.
    env: {
      REDIS_URL: shop.url,
      HEARTBEAT_MS: '60000',
      TRUSTED_PROXY_ADDRESSES: '127.0.0.1',
      TRUSTED_PROXY_REGION_HEADER: 'x-geo',
    },
    supergraph: shopSupergraph({ users: personal }),
  });
});
afterAll(async () => {
  await gateway.close();
  await shop.stop();
});
afterEach(async () => {
  for (const leave of leaving.splice(0)) leave();
  await gateway.subscribed(0);
  await shop.heardBy(0);
  for (const subgraph of Object.values(subgraphs)) {
    subgraph.behaviour = null;
    subgraph.requests.length = 0;
  }
});

/** A WebSocket read by hand, so that it can be left unread. */
interface Wire extends Pick<Subscriber, 'answers'> {
  readonly socket: WebSocket;
  /** Messages as they came. */
  readonly texts: string[];
  readonly closed: Promise<number>;
  subscribe(id: string, query: string, payload?: object): void;
}

async function connect(
  claims: object = {},
  parameters: object = {},
  ttl = 600,
  headers: Record<string, string> = {},
): Promise<Wire> {
  const socket = new WebSocket(gateway.socketUrl, 'graphql-transport-ws', { headers });
  const texts: string[] = [];
  const answers: Answer[] = [];
  let acknowledged = false;
  socket.on('message', (data) => {
    const text = (data as Buffer).toString();
    const { type, payload } = JSON.parse(text) as { type: string; payload: Answer };
    if (type === 'connection_ack') acknowledged = true;
    else texts.push(text);
    if (type === 'next') answers.push(payload);
  });
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  leaving.push(() => socket.terminate());
  await once(socket, 'open');
  const token = await gateway.token(claims as Record<string, unknown>, ttl);
  const say = (message: object): void => socket.send(JSON.stringify(message));
  say({ type: 'connection_init', payload: { ...parameters, Authorization: `Bearer ${token}` } });
  await until(() => acknowledged || socket.readyState !== socket.OPEN, 'the connection is acknowledged');
  return {
    socket,
    texts,
    answers,
    closed,
    subscribe: (id, query, payload = {}) => say({ id, type: 'subscribe', payload: { query, ...payload } }),
  };
}

async function metric(
  name: 'liveGroups' | 'liveUpdates' | 'liveSlowClients',
  outcome?: string,
): Promise<number> {
  const { values } = await gateway.platform.metrics[name].get();
  return values
    .filter(({ labels }) => outcome === undefined || (labels as { outcome?: string }).outcome === outcome)
    .reduce((sum, { value }) => sum + value, 0);
}

interface Change {
  readonly cursor: string;
  readonly product?: Record<string, unknown>;
}
const changeOf = ({ data }: Answer): Change => data?.productChanged as Change;

describe('subscribers who ask for the same', () => {
  const RATED = 'subscription($id: ID) { productChanged(id: $id) { cursor product { rating } } }';

  it('share one execution and its bytes, whoever they are and however they wrote it', async () => {
    const after = await shop.publish({});
    const here = await connect({ sub: 'anna' });
    const there = await connect({ sub: 'ben', roles: ['viewer'] });
    here.subscribe('a', RATED, { variables: { id: '1' } });
    here.subscribe('ü', `query Other { whoami } ${RATED.replace('subscription', 'subscription Mine')}`, {
      operationName: 'Mine',
      variables: { id: '1', unknown: 2 },
    });
    there.subscribe('b', RATED.replaceAll(' ', '\n'), { variables: { id: '1' } });
    there.subscribe(
      'c',
      'subscription($id: ID, $a: String) { productChanged(id: $id, after: $a) { cursor product { rating } } }',
      { variables: { id: '1', a: after } },
    );
    await gateway.subscribed(4);
    await shop.heardBy(1);
    expect(await metric('liveGroups')).toBe(1);
    await shop.publish({ cursor: 'shared' });
    await until(() => here.texts.length === 2 && there.texts.length === 2, 'all have it');
    expect(subgraphs.reviews.requests).toHaveLength(1);
    const payload = '{"data":{"productChanged":{"cursor":"shared","product":{"rating":1}}}}';
    expect([...here.texts, ...there.texts].sort()).toEqual(
      ['a', 'b', 'c', 'ü'].map((id) => `{"id":"${id}","type":"next","payload":${payload}}`),
    );
  });

  it('share nothing when a claim, a variable or the selection differs', async () => {
    const wires = await Promise.all([
      connect({ sub: 'anna' }),
      connect({ sub: 'anna', roles: ['buyer'] }),
      connect({ sub: 'anna', scope: 'graph:read graph:write' }),
      connect({ sub: 'anna', tenant: OTHER_TENANT }),
    ]);
    for (const wire of wires) wire.subscribe('a', RATED);
    wires[0].subscribe('b', RATED, { variables: { id: '1' } });
    wires[0].subscribe('c', RATED.replace('rating', 'stars: rating'));
    await gateway.subscribed(6);
    expect(await metric('liveGroups')).toBe(6);
    await shop.heardBy(1);
    await shop.publish({});
    await until(
      () => wires.every(({ texts }, index) => texts.length === [3, 1, 1, 0][index]),
      'they have it',
    );
    expect(subgraphs.reviews.requests).toHaveLength(5);
  });

  it('are asked for with the token that lasts longest, and go on when its owner leaves or it ends', async () => {
    const long = await connect({ sub: 'long' }, {}, 600);
    const longest = await connect({ sub: 'longest' }, {}, 900);
    const short = await connect({ sub: 'short' }, {}, 2);
    for (const wire of [long, longest, short]) wire.subscribe('a', RATED);
    await gateway.subscribed(3);
    await shop.heardBy(1);
    const askedBy = async (): Promise<string> => {
      const token = subgraphs.reviews.requests.at(-1)?.headers.get('authorization')?.slice('Bearer '.length);
      return (await gateway.platform.verifier.verify(token ?? '')).subject;
    };
    await shop.publish({});
    await until(() => long.texts.length === 1, 'the first');
    expect(await askedBy()).toBe('longest');
    longest.socket.close();
    expect(await short.closed).toBe(4403);
    await gateway.subscribed(1);
    await shop.publish({});
    await until(() => long.texts.length === 2, 'the second');
    expect(await askedBy()).toBe('long');
  });

  it('are each recorded to have seen what is sensitive, once and not for each event', async () => {
    const { reviews } = subgraphs;
    reviews.behaviour = (request) => {
      const tells = request.headers.get(TELL_READS_HEADER) === 'on';
      const read = { action: 'Product.rating', rule: 'ratings', reason: 'it is theirs', more: 'ignored' };
      const extensions = tells ? { [READS_EXTENSION]: [read, read, 'nonsense', { action: 7 }] } : {};
      return Response.json({ data: { _entities: [{ rating: 5 }] }, extensions });
    };
    const longest = await connect({ sub: 'longest' }, {}, 900);
    const anna = await connect({ sub: 'anna' }, {}, 600, { 'x-request-id': 'annas' });
    const ben = await connect({ sub: 'ben' });
    for (const wire of [longest, anna, ben]) wire.subscribe('a', RATED);
    await gateway.subscribed(3);
    await shop.heardBy(1);
    gateway.audited.length = 0;
    const seen = (): (string | undefined)[] => gateway.audited.map(({ caller }) => caller?.subject);
    const from = await shop.publish({});
    for (const _ of [1, 2]) await shop.publish({});
    await until(() => [longest, anna, ben].every(({ texts }) => texts.length === 3), 'all have all');
    await until(() => gateway.audited.length >= 2, 'it is recorded');
    // Whose token was used is recorded by the subgraph.
    expect(seen().sort()).toEqual(['anna', 'ben']);
    expect(gateway.audited.find(({ caller }) => caller?.subject === 'anna')).toMatchObject({
      kind: 'READ',
      action: 'Product.rating',
      rule: 'ratings',
      reason: 'it is theirs',
      facts: { subscription: 'productChanged', subgraph: 'reviews', from },
      origin: { correlationId: 'annas', service: 'gateway', address: '127.0.0.1' },
    });
    // Who comes later, by another way in, and who is no longer the one that is asked for.
    longest.socket.close();
    await gateway.subscribed(2);
    const late = await subscribeByEvents(gateway.url, await gateway.token({ sub: 'late' }, 900), RATED);
    leaving.push(() => late.leave());
    await gateway.subscribed(3);
    for (const _ of [1, 2]) await shop.publish({});
    await until(() => anna.texts.length === 5, 'she has them');
    await late.received(2);
    const fresh = await connect({ sub: 'fresh' }, {}, 1_200);
    fresh.subscribe('a', RATED);
    await gateway.subscribed(4);
    await shop.publish({});
    await late.received(3);
    await until(() => gateway.audited.length >= 3, 'it is recorded');
    expect(seen().sort()).toEqual(['anna', 'ben', 'late']);
    // Nobody else's answers are asked for in this way.
    await gateway.ask('{ product(id: 1) { rating } }');
    expect(reviews.requests.at(-1)?.headers.get(TELL_READS_HEADER)).toBeNull();
  });

  it('share nothing with those who are in another region, which subgraphs are told', async () => {
    const wires = await Promise.all(
      [{ 'x-geo': 'EU' }, { 'x-geo': 'EU' }, { 'x-geo': 'NA' }, {}].map((headers) =>
        connect({}, {}, 600, headers),
      ),
    );
    for (const wire of wires) wire.subscribe('a', RATED);
    await gateway.subscribed(4);
    await shop.heardBy(1);
    await shop.publish({});
    await until(() => wires.every(({ texts }) => texts.length === 1), 'all have it');
    const told = subgraphs.reviews.requests.map(({ headers }) => headers.get('x-client-region'));
    expect(told.sort()).toEqual(['EU', 'NA', null]);
    wires[2]?.subscribe('q', '{ product(id: "1") { rating } }');
    await until(() => wires[2]?.texts.length === 3, 'a query is answered');
    expect(subgraphs.reviews.requests.at(-1)?.headers.get('x-client-region')).toBe('NA');
  });

  it('share nothing with others where the schema says that a field is personal', async () => {
    const query = 'subscription { productChanged { product { reviews(first: 1) { author { nickname } } } } }';
    const anna = [await connect({ sub: 'anna' }), await connect({ sub: 'anna' })];
    const ben = await connect({ sub: 'ben' });
    for (const wire of [...anna, ben]) wire.subscribe('a', query);
    await gateway.subscribed(3);
    expect(await metric('liveGroups')).toBe(2);
    await shop.heardBy(1);
    await shop.publish({});
    await until(() => [...anna, ben].every(({ texts }) => texts.length === 1), 'all have it');
    expect(subgraphs.users.requests).toHaveLength(2);
  });

  it('who come back together are answered what they missed together', async () => {
    const after = await shop.publish({});
    for (let index = 0; index < 10; index += 1) await shop.publish({ match: { id: String(index) } });
    const query =
      'subscription($after: String) { productChanged(after: $after) { cursor product { rating } } }';
    const wires = await Promise.all(Array.from({ length: 10 }, () => connect()));
    for (const wire of wires) wire.subscribe('a', query, { variables: { after } });
    await until(() => wires.every(({ texts }) => texts.length === 10), 'all have caught up');
    expect(subgraphs.reviews.requests).toHaveLength(10);
  });
});

describe('a client that reads too slowly', () => {
  const QUERY =
    'subscription($after: String) { productChanged(after: $after) { cursor product { id name } note } }';
  const NOTE = 'x'.repeat(100_000);
  const ENTITIES = 4;
  let published = 0;

  /** More than the system's buffers take. */
  async function publish(count: number, entities = ENTITIES): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      const id = String(published % entities);
      const product = productOne({ id, name: `Name ${published}` });
      await shop.publish({ match: { id }, cursor: String(published), data: { product, note: NOTE } });
      published += 1;
    }
  }
  const numbers = ({ answers }: Pick<Subscriber, 'answers'>): number[] =>
    answers.map((answer) => Number(changeOf(answer).cursor));

  it('gets the latest of each entity by default, in order, and holds nobody up', async () => {
    published = 0;
    const [slow, keen] = [await connect(), await connect()];
    for (const wire of [slow, keen]) wire.subscribe('a', QUERY);
    await gateway.subscribed(2);
    await shop.heardBy(1);
    slow.socket.pause();
    await publish(200);
    await until(() => keen.answers.length === 200, 'the other has all of it');
    expect(await metric('liveUpdates', 'conflated')).toBeGreaterThan(0);
    slow.socket.resume();
    await until(() => numbers(slow).at(-1) === 199, 'it has the last one');
    const seen = numbers(slow);
    expect(seen.length).toBeLessThan(200);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.slice(-ENTITIES)).toEqual([196, 197, 198, 199]);
    expect(numbers(keen)).toEqual(Array.from({ length: 200 }, (_, index) => index));
  });

  it('is led on from the log when more waits than may, and misses nothing but what was overtaken', async () => {
    published = 0;
    const entities = 60;
    const slow = await connect();
    slow.subscribe('a', QUERY);
    await gateway.subscribed(1);
    await shop.heardBy(1);
    slow.socket.pause();
    await publish(180, entities);
    await until(async () => (await metric('liveSlowClients', 'fell_back')) > 0, 'it falls back to the log');
    slow.socket.resume();
    await until(() => numbers(slow).at(-1) === 179, 'it has the last one');
    const seen = numbers(slow);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(Array.from({ length: entities }, (_, index) => 120 + index)));
    await publish(1);
    await until(() => numbers(slow).at(-1) === 180, 'it goes on live');
  });

  it('that resumes gets all of it at its own pace, however slow it is', async () => {
    const after = await shop.publish({});
    published = 0;
    await publish(150, 1);
    const slow = await connect();
    slow.subscribe('a', QUERY, { variables: { after } });
    await gateway.subscribed(1);
    slow.socket.pause();
    await publish(50, 1);
    slow.socket.resume();
    await until(() => slow.answers.length >= 200, 'it has all of it');
    expect(numbers(slow)).toEqual(Array.from({ length: 200 }, (_, index) => index));
  });

  it('is cut off when it has chosen so, over WebSocket by a code and over HTTP by an error', async () => {
    published = 0;
    const slow = await connect({}, { whenSlow: 'disconnect' });
    slow.subscribe('a', QUERY);
    const chosen = await connect();
    chosen.subscribe('a', QUERY, { extensions: { whenSlow: 'disconnect' } });
    await gateway.subscribed(2);
    await shop.heardBy(1);
    for (const { socket } of [slow, chosen]) socket.pause();
    await publish(200, 1);
    await gateway.subscribed(0);
    for (const { socket } of [slow, chosen]) socket.resume();
    expect([await slow.closed, await chosen.closed]).toEqual([TOO_SLOW, TOO_SLOW]);
    expect(numbers(slow)).toEqual(slow.answers.map((_, index) => index));
  });

  it('must make a choice that there is', async () => {
    const wrong = await connect({}, { whenSlow: 'wait' });
    expect(await wrong.closed).toBe(4400);
    const wire = await connect();
    wire.subscribe('a', QUERY, { extensions: { whenSlow: 7 } });
    await until(() => wire.texts.length === 1, 'it is refused');
    expect(JSON.parse(wire.texts[0] ?? '')).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'BAD_REQUEST' } }],
    });
  });
});

describe('parts', () => {
  const QUERY = 'subscription { productChanged { cursor product { rating } } }';
  const ACCEPT = 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0",application/json';

  it("are what Apollo's clients expect, heartbeats and the end included", async () => {
    const quick = await startTestGateway({
      services: Object.values(subgraphs),
      env: { REDIS_URL: shop.url, HEARTBEAT_MS: '200' },
    });
    const response = await fetch(quick.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: ACCEPT,
        authorization: `Bearer ${await quick.token()}`,
      },
      body: JSON.stringify({ query: QUERY }),
    });
    expect(response.headers.get('content-type')).toBe(
      'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"',
    );
    let text = '';
    const read = (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
        text += decoder.decode(chunk, { stream: true });
    })();
    await shop.heardBy(1);
    const part = (json: string): string => `\r\ncontent-type: application/json\r\n\r\n${json}\r\n--graphql`;
    expect(text.startsWith(`\r\n--graphql${part('{}')}`)).toBe(true);
    await shop.publish({ cursor: 'one' });
    const answer = '{"payload":{"data":{"productChanged":{"cursor":"one","product":{"rating":1}}}}}';
    await until(() => text.includes(part(answer)), 'the update is there, whole');
    await until(() => text.includes(part(answer) + part('{}') + part('{}')), 'it is kept alive');
    await quick.close();
    await read;
    const end = text.slice(text.lastIndexOf('content-type'));
    expect(end).toMatch(/\{"payload":null,"errors":\[\{.*"UNAVAILABLE".*\}\]\}\r\n--graphql--\r\n$/s);
  });

  it('are refused as JSON where the operation is', async () => {
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: ACCEPT,
        authorization: `Bearer ${await gateway.token()}`,
      },
      body: JSON.stringify({ query: 'subscription { tick }' }),
    });
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  it('and events are told to those who read too slowly and chose to be cut off', async () => {
    const controller = new AbortController();
    leaving.push(() => controller.abort());
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        'x-when-slow': 'disconnect',
        authorization: `Bearer ${await gateway.token()}`,
      },
      body: JSON.stringify({ query: 'subscription { productChanged { note } }' }),
      signal: controller.signal,
    });
    await gateway.subscribed(1);
    await shop.heardBy(1);
    const note = 'x'.repeat(500_000);
    await until(async () => {
      await shop.publish({ data: { note } });
      const { values } = await gateway.platform.metrics.liveSubscriptions.get();
      return values.every(({ value }) => value === 0);
    }, 'it is cut off');
    expect(await response.text()).toMatch(
      /event: next\ndata: \{"errors":\[\{.*"RATE_LIMITED".*\}\]\}\n\nevent: complete\ndata:\n\n$/s,
    );
  });

  it('keep nothing for a client that accepts neither', async () => {
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        authorization: `Bearer ${await gateway.token()}`,
      },
      body: JSON.stringify({ query: QUERY }),
    });
    expect(response.status).toBe(406);
    await gateway.subscribed(0);
  });
});

it('an event stream stays in order while a burst comes', async () => {
  const subscriber = await subscribeByEvents(
    gateway.url,
    await gateway.token(),
    'subscription { productChanged { cursor product { rating } } }',
  );
  leaving.push(() => subscriber.leave());
  await gateway.subscribed(1);
  await shop.heardBy(1);
  const cursors = Array.from({ length: 300 }, (_, index) => `n${index}`);
  await Promise.all(cursors.map((cursor, index) => shop.publish({ cursor, match: { id: String(index) } })));
  await subscriber.received(300);
  expect(subscriber.answers.map((answer) => changeOf(answer).cursor)).toEqual(cursors);
});

describe('records of who was served something sensitive', () => {
  const read = { subgraph: 'reviews', action: 'Product.rating', rule: 'ratings', reason: 'it is theirs' };
  const update = new Update('1-0', '1', Buffer.from('{}'), { reads: [read], askedFor: null });
  const identity = (subject: string): ServedIdentity => ({
    caller: { subject, tenant: 'a' } as ServedIdentity['caller'],
    requestId: 'r',
    address: null,
  });

  it('are made again after an hour', () => {
    const events: AuditEvent[] = [];
    let now = 0;
    const reads = new ServedReads({ record: (event) => void events.push(event) }, () => now);
    let known: Map<string, number> | null = null;
    for (const minute of [0, 1, 59, 60, 61, 119, 120]) {
      now = minute * 60_000;
      known = reads.sent(update, identity('anna'), 'productChanged', known);
    }
    reads.close();
    expect(events).toHaveLength(3);
  });

  it('hold an event for 10,000 people up by little, and reach the trail in portions', async () => {
    let recorded = 0;
    const reads = new ServedReads({ record: () => void (recorded += 1) });
    const people = Array.from({ length: 10_000 }, (_, index) => identity(`person ${index}`));
    const begun = process.cpuUsage();
    for (const person of people) reads.sent(update, person, 'productChanged', null);
    // 20 µs each at most.
    expect(process.cpuUsage(begun).user).toBeLessThan(200_000);
    expect(recorded).toBe(0);
    await until(() => recorded > 0, 'the first are recorded');
    expect(recorded).toBeLessThan(10_000);
    reads.close();
    expect(recorded).toBe(10_000);
  });
});
