import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';
import { startLiveShop, type LiveShop } from './test/live-shop.ts';
import { SHOP_SUBGRAPHS } from './test/shop.ts';
import { testSubgraph } from './test/shop-subgraph.ts';
import { socketClient, subscribeBySocket } from './test/subscribers.ts';
import { startTestGateway, until, type TestGateway } from './test/test-gateway.ts';
import { readConfig } from '#platform/config.ts';

const { operations: MAX_OPERATIONS, messageSize: MAX_MESSAGE_SIZE } = readConfig({}, '/').limits.connections;

let shop: LiveShop;
let gateway: TestGateway;
let open: TestGateway;
const sockets: WebSocket[] = [];

beforeAll(async () => {
  shop = await startLiveShop();
  const services = SHOP_SUBGRAPHS.map(testSubgraph);
  gateway = await startTestGateway({
    services,
    env: { REDIS_URL: shop.url, CORS_ORIGINS: 'https://app.test' },
  });
  open = await startTestGateway({ services, env: { REDIS_URL: shop.url, PUBLIC_ACCESS: 'on' } });
});

afterAll(async () => {
  for (const socket of sockets) socket.terminate();
  await open.close();
  await gateway.close();
  await shop.stop();
});

interface Wire {
  readonly socket: WebSocket;
  readonly messages: Record<string, unknown>[];
  readonly closed: Promise<[code: number, reason: string]>;
  send(message: unknown): void;
  received(count: number): Promise<Record<string, unknown>>;
}

async function connect(
  to: TestGateway,
  options: ClientOptions = {},
  protocol = 'graphql-transport-ws',
): Promise<Wire> {
  const socket = new WebSocket(to.socketUrl, protocol, options);
  sockets.push(socket);
  const messages: Record<string, unknown>[] = [];
  socket.on('message', (data) =>
    messages.push(JSON.parse((data as Buffer).toString()) as Record<string, unknown>),
  );
  socket.on('error', () => undefined);
  const closed = new Promise<[number, string]>((resolve) =>
    socket.once('close', (code, reason) => resolve([code, String(reason)])),
  );
  await once(socket, 'open');
  return {
    socket,
    messages,
    closed,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    received: async (count) => {
      await until(() => messages.length >= count, `${count} messages arrive`);
      return messages[count - 1] as Record<string, unknown>;
    },
  };
}

async function initialised(to: TestGateway = gateway): Promise<Wire> {
  const wire = await connect(to);
  wire.send({ type: 'connection_init', payload: { Authorization: `Bearer ${await to.token()}` } });
  expect(await wire.received(1)).toEqual({ type: 'connection_ack' });
  return wire;
}

const subscribe = (id: string, query: string): unknown => ({ id, type: 'subscribe', payload: { query } });

describe('a connection', () => {
  it('is opened by a token wherever the usual clients put it', async () => {
    const token = await gateway.token();
    const payloads = [
      { Authorization: `Bearer ${token}` },
      { authorization: `Bearer ${token}` },
      { authorization: token },
      { headers: { Authorization: `Bearer ${token}` } },
      { headers: { authorization: `bearer ${token}` } },
    ];
    for (const payload of payloads) {
      const wire = await connect(gateway);
      wire.send({ type: 'connection_init', payload });
      expect(await wire.received(1)).toEqual({ type: 'connection_ack' });
      wire.send(subscribe('1', '{ whoami }'));
      expect(await wire.received(2)).toEqual({ id: '1', type: 'next', payload: { data: { whoami: token } } });
      expect(await wire.received(3)).toEqual({ id: '1', type: 'complete' });
      wire.socket.close();
    }
  });

  it('is refused without a good token', async () => {
    const expired = await gateway.token({}, -60);
    for (const payload of [
      undefined,
      {},
      { Authorization: 'Bearer nope' },
      { Authorization: 7 },
      { Authorization: `Bearer ${expired}` },
    ]) {
      const wire = await connect(gateway);
      wire.send({ type: 'connection_init', payload });
      expect(await wire.closed).toEqual([4403, 'Forbidden']);
      expect(wire.messages).toEqual([]);
    }
  });

  it('needs no token where access is public, but never takes a bad one', async () => {
    const wire = await connect(open);
    wire.send({ type: 'connection_init' });
    await wire.received(1);
    wire.send(subscribe('1', '{ whoami }'));
    expect(await wire.received(2)).toMatchObject({ payload: { data: { whoami: 'nobody' } } });
    const bad = await connect(open);
    bad.send({ type: 'connection_init', payload: { Authorization: 'Bearer nope' } });
    expect(await bad.closed).toEqual([4403, 'Forbidden']);
  });

  it('can do nothing before it is initialised', async () => {
    const wire = await connect(gateway);
    wire.send(subscribe('1', '{ __typename }'));
    expect(await wire.closed).toEqual([4401, 'Unauthorized']);
  });

  it('can be initialised only once', async () => {
    const wire = await initialised();
    wire.send({ type: 'connection_init' });
    expect(await wire.closed).toEqual([4429, 'Too many initialisation requests']);
  });

  it('must speak the protocol', async () => {
    const wire = await initialised();
    wire.send('what?');
    expect(await wire.closed).toEqual([4400, 'Invalid message received']);
    await expect(connect(gateway, {}, 'graphql-ws')).rejects.toThrow();
  });

  it('ends when its token does', async () => {
    const wire = await connect(gateway);
    wire.send({
      type: 'connection_init',
      payload: { Authorization: `Bearer ${await gateway.token({}, 1)}` },
    });
    await wire.received(1);
    expect(await wire.closed).toEqual([4403, 'The token has expired']);
  });

  it('can not be opened by a page from elsewhere', async () => {
    await expect(connect(gateway, { origin: 'https://evil.test' })).rejects.toThrow('403');
    await expect(connect(gateway, { origin: 'null' })).rejects.toThrow('403');
    for (const origin of ['https://app.test', new URL(gateway.url).origin]) {
      const wire = await connect(gateway, { origin });
      wire.socket.close();
    }
  });

  it('takes no message larger than a megabyte', async () => {
    const wire = await initialised();
    wire.send(subscribe('1', `{ __typename } #${'x'.repeat(MAX_MESSAGE_SIZE)}`));
    expect((await wire.closed)[0]).toBe(1009);
  });
});

describe('an operation', () => {
  it('may not be a mutation', async () => {
    const wire = await initialised();
    wire.send(subscribe('1', 'mutation { rename(id: "1", name: "x") { name } }'));
    expect(await wire.received(2)).toEqual({
      id: '1',
      type: 'error',
      payload: [{ message: 'Mutations are taken by HTTP POST only.', extensions: { code: 'BAD_REQUEST' } }],
    });
  });

  it('that is not valid is told why, with the codes that HTTP has', async () => {
    const wire = await initialised();
    const cases = [
      ['{', 'GRAPHQL_PARSE_FAILED'],
      ['{ nope }', 'GRAPHQL_VALIDATION_FAILED'],
      ['query A { __typename } query B { __typename }', 'BAD_REQUEST'],
      ['subscription { tick productChanged { cursor } }', 'GRAPHQL_VALIDATION_FAILED'],
    ] as const;
    for (const [index, [query, code]] of cases.entries()) {
      wire.send(subscribe(String(index), query));
      const message = await wire.received(2 + index);
      expect(message).toMatchObject({
        id: String(index),
        type: 'error',
        payload: [{ extensions: { code } }],
      });
      expect(JSON.stringify(message)).not.toContain('http');
    }
  });

  it('is answered in part when a part fails', async () => {
    const wire = await initialised();
    wire.send(subscribe('1', '{ product(id: "1") { secret } }'));
    expect(await wire.received(2)).toEqual({
      id: '1',
      type: 'next',
      payload: {
        data: { product: { secret: null } },
        errors: [
          {
            message: 'Product 1 keeps its secret.',
            path: ['product', 'secret'],
            extensions: { code: 'FORBIDDEN' },
          },
        ],
      },
    });
  });

  it('is one of a limited number on its socket', async () => {
    const client = socketClient(gateway.socketUrl, await gateway.token());
    const query = 'subscription { productChanged { cursor } }';
    const subscribers = Array.from({ length: MAX_OPERATIONS + 1 }, () => subscribeBySocket(client, query));
    const last = subscribers.at(-1);
    await until(() => last?.failure() !== undefined, 'the last is refused');
    await gateway.subscribed(MAX_OPERATIONS);
    expect(last?.failure()).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }]);
    await shop.heardBy(1);
    await shop.publish({ cursor: 'x' });
    for (const subscriber of subscribers.slice(0, -1))
      expect(await subscriber.received(1)).toEqual({ data: { productChanged: { cursor: 'x' } } });
    await client.dispose();
    await shop.heardBy(0);
  });

  it('holds only its own stream back when its client does not read', async () => {
    const lazy = await initialised();
    lazy.send(subscribe('1', 'subscription { productChanged { note } }'));
    const client = socketClient(gateway.socketUrl, await gateway.token());
    const keen = subscribeBySocket(client, 'subscription { productChanged { cursor } }');
    await gateway.subscribed(2);
    await shop.heardBy(1);
    lazy.socket.pause();
    const note = 'x'.repeat(200_000);
    for (let count = 1; count <= 100; count += 1) {
      await shop.publish({ data: { note } });
      await keen.received(count);
    }
    expect(keen.answers).toHaveLength(100);
    await client.dispose();
  });
});

describe('a gateway that shuts down', () => {
  it('tells its sockets that it goes away', async () => {
    const leaving = await startTestGateway({
      services: SHOP_SUBGRAPHS.map(testSubgraph),
      env: { REDIS_URL: shop.url },
    });
    const wire = await initialised(leaving);
    wire.send(subscribe('1', 'subscription { productChanged { cursor } }'));
    await shop.heardBy(1);
    await leaving.close();
    expect((await wire.closed)[0]).toBe(1001);
    expect(wire.messages.slice(1)).toMatchObject([
      { type: 'next', payload: { errors: [{ extensions: { code: 'UNAVAILABLE' } }] } },
      { type: 'complete' },
    ]);
  });
});
