import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import { createConnection, Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';
import { decodeJwt } from 'jose';
import { revokeToken } from '#platform/auth/revocations.ts';
import { startLiveShop, type LiveShop } from '../test/live-shop.ts';
import { SHOP_SUBGRAPHS } from '../test/shop.ts';
import { testSubgraph } from '../test/shop-subgraph.ts';
import { subscribeByEvents } from '../test/subscribers.ts';
import { startTestGateway, until, type TestGateway } from '../test/test-gateway.ts';
import { Tally } from './tally.ts';

let shop: LiveShop;
let gateway: TestGateway;
let other: TestGateway;
const services = SHOP_SUBGRAPHS.map(testSubgraph);
const sockets: WebSocket[] = [];

const SMALL = {
  RATE_LIMIT_SUBJECT: '20/60',
  RATE_LIMIT_ADDRESS: '1000/60',
  RATE_LIMIT_OBJECTS: '100',
  MAX_CONNECTIONS_PER_SUBJECT: '3',
  MAX_CONNECTIONS_PER_ADDRESS: '5',
  MAX_SOCKET_OPERATIONS: '4',
  MAX_MESSAGE_KB: '2',
  SOCKET_INIT_TIMEOUT_MS: '60',
  SOCKET_MUTATIONS: 'on',
  TRUSTED_PROXY_ADDRESSES: '127.0.0.1',
  TRUSTED_PROXY_ADDRESS_HEADER: 'X-Forwarded-For',
};

beforeAll(async () => {
  shop = await startLiveShop();
  const env = { ...SMALL, REDIS_URL: shop.url };
  gateway = await startTestGateway({ services, env });
  const { dataDirectory } = gateway.platform.config;
  const closed = { INTROSPECTION: 'off', GRAPHIQL: 'off' };
  other = await startTestGateway({ services, env: { ...env, ...closed }, dataDirectory });
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.terminate();
});
afterAll(async () => {
  await gateway.close();
  await other.close();
  await shop.stop();
});

let subjects = 0;
const newSubject = (): string => `subject-${(subjects += 1)}`;
/** Addresses of one test each, so that none exhausts another's. */
const newAddress = (): string => `198.51.100.${(subjects += 1)}`;

async function ask(
  to: TestGateway,
  token: string | null,
  headers: Record<string, string> = {},
  body: string | Uint8Array<ArrayBuffer> = '{"query":"{ whoami }"}',
): Promise<Response> {
  return fetch(to.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body,
  });
}

interface Wire {
  readonly socket: WebSocket;
  readonly messages: Record<string, unknown>[];
  readonly closed: Promise<[code: number, reason: string]>;
  send(message: unknown): void;
  received(count: number): Promise<Record<string, unknown>>;
}

async function connect(options: ClientOptions = {}): Promise<Wire> {
  const headers = { 'x-forwarded-for': newAddress() };
  const socket = new WebSocket(gateway.socketUrl, 'graphql-transport-ws', { headers, ...options });
  sockets.push(socket);
  const messages: Record<string, unknown>[] = [];
  socket.on('message', (data) =>
    messages.push(JSON.parse((data as Buffer).toString()) as Record<string, unknown>),
  );
  const closed = new Promise<[number, string]>((resolve) =>
    socket.once('close', (code, reason) => resolve([code, String(reason)])),
  );
  await once(socket, 'open');
  return {
    socket,
    messages,
    closed,
    send: (message) => socket.send(JSON.stringify(message)),
    received: async (count) => {
      await until(() => messages.length >= count, `${count} messages arrive`);
      return messages[count - 1] as Record<string, unknown>;
    },
  };
}

async function initialised(token: string, options: ClientOptions = {}): Promise<Wire> {
  const wire = await connect(options);
  wire.send({ type: 'connection_init', payload: { Authorization: `Bearer ${token}` } });
  expect(await wire.received(1)).toEqual({ type: 'connection_ack' });
  return wire;
}

const subscribe = (id: string, query: string): unknown => ({ id, type: 'subscribe', payload: { query } });
const CHANGED = 'subscription { productChanged { cursor } }';

describe('requests of one subject', () => {
  it('are refused beyond the rate, on both ways in, and told how it stands', async () => {
    const token = await gateway.token({ sub: newSubject() });
    const first = await ask(gateway, token);
    expect(first.status).toBe(200);
    expect(first.headers.get('ratelimit-policy')).toBe('"subject";q=20;w=60');
    expect(first.headers.get('ratelimit')).toBe('"subject";r=19;t=3');
    const general = await fetch(`${gateway.url}?query={whoami}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(general.headers.get('ratelimit')).toBe('"subject";r=18;t=6');
    for (let count = 2; count < 20; count += 1) expect((await ask(gateway, token)).status).toBe(200);
    const refused = await ask(gateway, token);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(3);
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] });
    // A fresh token is no fresh bucket, another subject has its own.
    const wire = await initialised(await gateway.token({ sub: decodeJwt(token).sub ?? '' }));
    wire.send(subscribe('1', '{ whoami }'));
    expect(await wire.received(2)).toMatchObject({ payload: [{ extensions: { code: 'RATE_LIMITED' } }] });
    expect((await ask(gateway, await gateway.token({ sub: newSubject() }))).status).toBe(200);
  });

  it('are counted by all processes together', async () => {
    const token = await gateway.token({ sub: newSubject() });
    for (let count = 0; count < 20; count += 1) await ask(gateway, token);
    await until(async () => {
      await ask(other, token);
      return (await ask(other, token)).status === 429;
    }, 'the other process has heard of it');
  });
});

describe('what an operation may ask for', () => {
  // 4 x (1 + 100) objects: five tokens, where one is for a hundred.
  const DEAR = '{ products(first: 4) { similar { id } } }';
  const remaining = (response: Response): number =>
    Number(/r=(\d+)/.exec(response.headers.get('ratelimit') ?? '')?.[1]);

  it('is what it costs, on every way in', async () => {
    const sub = newSubject();
    const token = await gateway.token({ sub });
    const address = newAddress();
    const from = { authorization: `Bearer ${token}`, 'x-forwarded-for': address };
    expect(remaining(await ask(gateway, token, from, JSON.stringify({ query: DEAR })))).toBe(15);
    expect(remaining(await ask(gateway, token, from))).toBe(14);
    const get = await fetch(`${gateway.url}?query=${encodeURIComponent(DEAR)}`, { headers: from });
    expect([get.status, remaining(get)]).toEqual([200, 9]);
    const wire = await initialised(token);
    wire.send(subscribe('1', DEAR));
    expect(await wire.received(2)).toMatchObject({ type: 'next' });
    // Four are left: not enough for it, but for others.
    wire.send(subscribe('2', DEAR));
    await until(() => wire.messages.length >= 4, 'it is refused');
    expect(wire.messages.at(-1)).toMatchObject({ payload: [{ extensions: { code: 'RATE_LIMITED' } }] });
    const refused = await ask(gateway, token, from, JSON.stringify({ query: DEAR }));
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(9);
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] });
    const stream = await fetch(gateway.url, {
      method: 'POST',
      headers: { ...from, 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({
        query: 'subscription { productChanged { product { similar { similar { id } } } } }',
      }),
    });
    expect([stream.status, await stream.text()]).toEqual([429, expect.stringContaining('RATE_LIMITED')]);
    // Refusals cost their one token.
    expect(remaining(await ask(gateway, token, from))).toBe(0);
    expect((await ask(gateway, token, from)).status).toBe(429);
  });

  it('is taken from the bucket of its address as well', async () => {
    const address = newAddress();
    const token = await gateway.token({ sub: newSubject() });
    await ask(gateway, token, { 'x-forwarded-for': address }, JSON.stringify({ query: DEAR }));
    // 60 ms each.
    await until(async () => (await shop.redis.pttl(`tokens:address:${address}`)) > 240, 'five are taken');
  });
});

describe('requests from one address', () => {
  it('are counted by what the trusted proxy says, not by what the client adds', async () => {
    const headers = (from: string): Record<string, string> => ({ 'x-forwarded-for': `1.2.3.4, ${from}` });
    const redis = new Redis(shop.url);
    try {
      const address = newAddress();
      await ask(gateway, null, headers(address));
      await until(async () => (await redis.exists(`tokens:address:${address}`)) === 1, 'it is counted');
      await ask(gateway, null, headers('2001:db8:1:2:3::4'));
      await until(async () => (await redis.exists('tokens:address:2001:db8:1:2::/64')) === 1, 'by 64 bits');
      await redis.set('tokens:address:203.0.113.9', '', 'EX', 100);
      await ask(gateway, null, headers('203.0.113.9'));
      await until(
        async () => (await ask(gateway, null, headers('203.0.113.9'))).status === 429,
        'it is full',
      );
      expect((await ask(gateway, null, headers('203.0.113.10'))).status).toBe(401);
      const refused = new WebSocket(gateway.socketUrl, 'graphql-transport-ws', {
        headers: headers('203.0.113.9'),
      });
      expect(((await once(refused, 'error')) as [Error])[0].message).toContain('429');
    } finally {
      redis.disconnect();
    }
  });
});

describe('tallies', () => {
  it('keeps no more keys than it may', () => {
    const tally = new Tally(2);
    const [first, second] = [tally.enter('a'), tally.enter('a')];
    expect(tally.enter('a')).toBeNull();
    first?.();
    first?.();
    expect(tally.enter('a')).not.toBeNull();
    expect(tally.enter('a')).toBeNull();
    second?.();
    expect(tally.enter('a')).not.toBeNull();
  });
});

describe('WebSockets', () => {
  it('of one address are refused beyond the limit, cheaply, and counted down again', async () => {
    const headers = { 'x-forwarded-for': newAddress() };
    const tokens = await Promise.all([1, 2, 3, 4, 5].map(() => gateway.token({ sub: newSubject() })));
    const wires = await Promise.all(tokens.map((token) => initialised(token, { headers })));
    const refused = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const socket = new WebSocket(gateway.socketUrl, 'graphql-transport-ws', { headers });
        const [error] = (await once(socket, 'error')) as [Error];
        return error.message;
      }),
    );
    expect(new Set(refused)).toEqual(new Set(['Unexpected server response: 429']));
    // Thousands more, without the cost of their clients: what is done to refuse them.
    const handed = new IncomingMessage(new Socket());
    Object.assign(handed, { method: 'GET', url: '/graphql', headers });
    Object.defineProperty(handed.socket, 'remoteAddress', { value: '127.0.0.1' });
    const before = process.memoryUsage().rss;
    const begun = process.cpuUsage();
    const answered: string[] = [];
    for (let count = 0; count < 9_800; count += 1) {
      const stream = new PassThrough();
      gateway.gateway.upgrade(handed, stream, Buffer.alloc(0));
      answered.push(String(stream.read()).slice(0, 12));
    }
    const { user, system } = process.cpuUsage(begun);
    expect(new Set(answered)).toEqual(new Set(['HTTP/1.1 429']));
    // 0.1 ms each at most.
    expect(user + system).toBeLessThan(980_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
    for (const wire of wires) wire.socket.terminate();
    await until(async () => (await connect({ headers }).catch(() => null)) !== null, 'there is room again');
  });

  it('of one subject are refused beyond the limit', async () => {
    const token = await gateway.token({ sub: newSubject() });
    const wires = await Promise.all([1, 2, 3].map(() => initialised(token)));
    const fourth = await connect();
    fourth.send({ type: 'connection_init', payload: { Authorization: `Bearer ${token}` } });
    expect(await fourth.closed).toEqual([4429, 'Too many connections']);
    wires[0]?.socket.close();
    await wires[0]?.closed;
    await initialised(token);
  });

  it('that say nothing or too much are closed', async () => {
    expect(await (await connect()).closed).toEqual([4408, 'Connection initialisation timeout']);
    const wire = await initialised(await gateway.token({ sub: newSubject() }));
    wire.socket.send('x'.repeat(3_000));
    expect((await wire.closed)[0]).toBe(1009);
  });

  it('run no more operations than they may', async () => {
    const wire = await initialised(await gateway.token({ sub: newSubject() }));
    const before = process.memoryUsage().rss;
    const begun = process.cpuUsage();
    for (let id = 1; id <= 5_000; id += 1) wire.send(subscribe(String(id), CHANGED));
    await until(() => wire.messages.length >= 4_997, 'all but four are refused');
    const { user, system } = process.cpuUsage(begun);
    const refused = wire.messages.slice(1) as { type: string; payload: [{ message: string }] }[];
    expect(refused).toHaveLength(4_996);
    expect(refused[0]?.payload[0].message).toContain('More than 4 operations');
    // The client's own cost included: 0.5 ms each at most.
    expect(user + system).toBeLessThan(2_500_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
    await gateway.subscribed(4);
    wire.socket.terminate();
    await gateway.subscribed(0);
  });

  it('take mutations where they may', async () => {
    const wire = await initialised(await gateway.token({ sub: newSubject() }));
    wire.send(subscribe('1', 'mutation { rename(id: "1", name: "X") { name } }'));
    expect(await wire.received(2)).toMatchObject({
      type: 'next',
      payload: { data: { rename: { name: 'X' } } },
    });
  });
});

describe('whoever is refused', () => {
  it('is recorded with where they came from, the same over WebSocket as over HTTP', async () => {
    const address = newAddress();
    const recorded = (id: string): readonly unknown[] =>
      gateway.audited.filter(({ origin }) => origin.correlationId === id);
    const headersOf = (id: string): Record<string, string> => ({
      'x-forwarded-for': address,
      'x-request-id': id,
    });
    const denial = (id: string, reason: string, change: object = {}): unknown => ({
      kind: 'DENIAL',
      caller: null,
      action: 'authenticate',
      rule: 'token',
      reason,
      facts: {},
      origin: { correlationId: id, service: 'gateway', address },
      ...change,
    });
    const init = async (id: string, payload?: object): Promise<number> => {
      const wire = await connect({ headers: headersOf(id) });
      wire.send({ type: 'connection_init', ...(payload && { payload }) });
      return (await wire.closed)[0];
    };
    const forged = { Authorization: 'Bearer a.b.c' };
    const required = 'A valid bearer token is required.';

    expect((await ask(gateway, null, headersOf('http-none'))).status).toBe(401);
    expect((await ask(gateway, 'a.b.c', headersOf('http-forged'))).status).toBe(401);
    expect(await init('socket-none')).toBe(4403);
    expect(await init('socket-forged', forged)).toBe(4403);
    for (const way of ['http', 'socket']) {
      expect(recorded(`${way}-none`)).toEqual([denial(`${way}-none`, 'no token')]);
      expect(recorded(`${way}-forged`)).toEqual([denial(`${way}-forged`, required)]);
    }

    const early = await connect({ headers: headersOf('early') });
    early.send(subscribe('1', '{ whoami }'));
    expect((await early.closed)[0]).toBe(4401);
    expect(recorded('early')).toEqual([denial('early', 'no token')]);

    const page = { ...headersOf('page'), origin: 'https://evil.test' };
    const foreign = new WebSocket(gateway.socketUrl, 'graphql-transport-ws', { headers: page });
    expect(((await once(foreign, 'error')) as [Error])[0].message).toContain('403');
    const fromElsewhere = { action: 'connect', rule: 'origin' };
    expect(recorded('page')).toEqual([denial('page', 'a page of another origin', fromElsewhere)]);

    const sub = newSubject();
    const wire = await initialised(await gateway.token({ sub }), { headers: headersOf('renewal') });
    for (const token of [await gateway.token({ sub: newSubject() }), 'a.b.c', await gateway.token({ sub })])
      wire.send({ type: 'ping', payload: { authorization: `Bearer ${token}` } });
    await wire.received(4);
    expect(recorded('renewal')).toHaveLength(2);
    expect(recorded('renewal')).toEqual(
      expect.arrayContaining([
        denial('renewal', required),
        denial('renewal', 'a token of another subject or tenant', {
          action: 'renew',
          caller: expect.objectContaining({ subject: sub }) as unknown,
        }),
      ]),
    );
    expect(JSON.stringify(gateway.audited.map((event) => ({ ...event, caller: null })))).not.toContain(
      'a.b.c',
    );
  });
});

describe('streams over HTTP', () => {
  it('of one subject are refused beyond the limit', async () => {
    const token = await gateway.token({ sub: newSubject() });
    const leave = new AbortController();
    const open = (): Promise<Response> =>
      fetch(gateway.url, {
        method: 'POST',
        signal: leave.signal,
        headers: {
          'content-type': 'application/json',
          accept: 'text/event-stream',
          authorization: `Bearer ${token}`,
        },
        body: JSON.stringify({ query: CHANGED }),
      });
    for (const _ of [1, 2, 3]) expect((await open()).status).toBe(200);
    expect((await open()).status).toBe(429);
    leave.abort();
    await gateway.subscribed(0);
  });
});

describe('a token that is called back', () => {
  it('is refused everywhere within moments, and ends what it has opened', async () => {
    const sub = newSubject();
    const token = await gateway.token({ sub });
    expect((await ask(gateway, token)).status).toBe(200);
    const wire = await initialised(token);
    wire.send(subscribe('1', CHANGED));
    const stream = await fetch(gateway.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${token}`,
      },
      body: JSON.stringify({ query: CHANGED }),
    });
    await gateway.subscribed(2);
    const { jti = '', exp = 0 } = decodeJwt(token);
    await revokeToken(shop.redis, jti, exp * 1_000);
    expect(await wire.closed).toEqual([4403, 'The token was revoked']);
    expect(await stream.text()).toContain('UNAUTHENTICATED');
    const refused = await ask(gateway, token);
    expect(refused.status).toBe(401);
    expect(await refused.text()).not.toContain('revoked');
    expect((await ask(gateway, await gateway.token({ sub }))).status).toBe(200);
    await until(async () => (await ask(other, token)).status === 401, 'the other process has heard of it');
  });

  it('stays refused when Redis forgets it', async () => {
    const token = await gateway.token({ sub: newSubject() });
    const { jti = '' } = decodeJwt(token);
    await revokeToken(shop.redis, jti, Date.now() + 60_000);
    await until(async () => (await ask(gateway, token)).status === 401, 'it is refused');
    await shop.redis.del('auth:revoked', 'auth:revoked:version');
    await revokeToken(shop.redis, 'another', Date.now() + 60_000);
    const { verifier } = gateway.platform;
    const marker = await gateway.token({ sub: newSubject(), jti: 'another' });
    await until(
      async () =>
        !(await verifier.verify(marker).then(
          () => true,
          () => false,
        )),
      'it has read anew',
    );
    expect((await ask(gateway, token)).status).toBe(401);
  });
});

it('a token that has ended is given nothing more, even when its end comes late', async () => {
  const stream = await subscribeByEvents(gateway.url, await gateway.token({ sub: newSubject() }), CHANGED);
  await gateway.subscribed(1);
  await shop.publish({});
  await stream.received(1);
  // As when the timer is late because the process is busy.
  const late = vi.spyOn(gateway.platform.verifier, 'isCurrent').mockReturnValue(false);
  try {
    await shop.publish({});
    expect((await stream.received(2)).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    await gateway.subscribed(0);
  } finally {
    late.mockRestore();
  }
});

describe('a forged token', () => {
  it('is answered the same on every way in, whatever is wrong with it', async () => {
    const token = await gateway.token({ sub: newSubject() });
    const [head = '', body = '', signature = ''] = token.split('.');
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const replayed = { ...decodeJwt(token), tenant: '0b000000-0000-4000-8000-00000000000b' };
    const forged = [
      `${encode({ alg: 'none' })}.${body}.`,
      `${encode({ alg: 'HS256' })}.${body}.${signature}`,
      `${head}.${encode(replayed)}.${signature}`,
      `${head}.${body}.${signature.slice(0, -8)}AAAAAAAA`,
      await gateway.token({ sub: newSubject(), exp: 1 }),
      await gateway.token({ sub: newSubject(), aud: 'another' }),
    ];
    const get = (each: string): Promise<Response> =>
      fetch(`${gateway.url}?query={whoami}`, { headers: { authorization: `Bearer ${each}` } });
    const answers = await Promise.all(forged.flatMap((each) => [ask(gateway, each), get(each)]));
    const seen = await Promise.all(answers.map(async (answer) => `${answer.status} ${await answer.text()}`));
    expect([...new Set(seen)]).toEqual([
      '401 {"errors":[{"message":"A valid bearer token is required.","extensions":{"code":"UNAUTHENTICATED"}}]}',
    ]);
    for (const each of forged) {
      const wire = await connect();
      wire.send({ type: 'connection_init', payload: { Authorization: `Bearer ${each}` } });
      expect(await wire.closed).toEqual([4403, 'Forbidden']);
    }
  });
});

describe('a fresh token on an open socket', () => {
  const renew = (token: string): unknown => ({ type: 'ping', payload: { authorization: `Bearer ${token}` } });

  it('keeps the socket and its subscriptions beyond the end of the first', async () => {
    const sub = newSubject();
    const first = await gateway.token({ sub }, 2);
    const wire = await initialised(first);
    wire.send(subscribe('1', CHANGED));
    await gateway.subscribed(1);
    const fresh = await gateway.token({ sub });
    wire.send(renew(fresh));
    expect(await wire.received(2)).toEqual({
      type: 'pong',
      payload: {
        authorization: 'renewed',
        expiresAt: new Date((decodeJwt(fresh).exp ?? 0) * 1_000).toISOString(),
      },
    });
    await until(() => Date.now() > (decodeJwt(first).exp ?? 0) * 1_000 + 50, 'the first has ended');
    await shop.publish({});
    expect(await wire.received(3)).toMatchObject({ id: '1', type: 'next' });
    wire.send(subscribe('2', '{ whoami }'));
    expect(await wire.received(4)).toMatchObject({ payload: { data: { whoami: fresh } } });
    wire.socket.terminate();
    await gateway.subscribed(0);
  });

  it('changes nothing unless it is valid and of the same subject and tenant', async () => {
    const sub = newSubject();
    const token = await gateway.token({ sub });
    const wire = await initialised(token);
    const bad = [
      'nonsense',
      await gateway.token({ sub: newSubject() }),
      await gateway.token({ sub, tenant: '0b000000-0000-4000-8000-00000000000b' }),
      await gateway.token({ sub }, -60),
    ];
    for (const [index, each] of bad.entries()) {
      wire.send(renew(each));
      expect(await wire.received(index + 2)).toEqual({ type: 'pong', payload: { authorization: 'refused' } });
    }
    wire.send({ type: 'ping', payload: { any: 'thing' } });
    expect(await wire.received(6)).toEqual({ type: 'pong', payload: { any: 'thing' } });
    wire.send({ type: 'ping' });
    expect(await wire.received(7)).toEqual({ type: 'pong' });
    wire.send(subscribe('1', '{ whoami }'));
    expect(await wire.received(8)).toMatchObject({ payload: { data: { whoami: token } } });
  });

  it('ends the subscriptions of a socket whose access it changes', async () => {
    const sub = newSubject();
    const wire = await initialised(await gateway.token({ sub }));
    wire.send(subscribe('1', CHANGED));
    await gateway.subscribed(1);
    wire.send(renew(await gateway.token({ sub, roles: ['buyer'] })));
    await until(() => wire.messages.length >= 4, 'it ends');
    expect(wire.messages.slice(1)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'pong' }),
        expect.objectContaining({
          id: '1',
          type: 'next',
          payload: { errors: [expect.objectContaining({ extensions: { code: 'CONFLICT' } })] },
        }),
      ]),
    );
    await gateway.subscribed(0);
  });
});

describe('bodies', () => {
  const answered = async (response: Promise<Response>): Promise<number> => (await response).status;

  it('that are compressed, enormous, batched or nested without end are refused', async () => {
    const token = await gateway.token({ sub: newSubject() });
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(50 * 1024 * 1024, 32)));
    const before = process.memoryUsage().rss;
    const begun = process.cpuUsage();
    for (const coding of ['gzip', 'br', 'deflate', 'gzip, gzip'])
      expect(await answered(ask(gateway, token, { 'content-encoding': coding }, bomb))).toBe(415);
    expect(await answered(ask(gateway, token, { 'content-encoding': 'identity' }))).toBe(200);
    const status = await answered(ask(gateway, token, {}, 'x'.repeat(20 * 1024 * 1024))).catch(() => 413);
    expect(status).toBe(413);
    const batch = JSON.stringify(Array.from({ length: 100 }, () => ({ query: '{ whoami }' })));
    expect(await answered(ask(gateway, token, {}, batch))).toBe(400);
    const deep = `{"query":"query ($x: String) { whoami }","variables":{"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`;
    const answer = await ask(gateway, token, { accept: 'application/graphql-response+json' }, deep);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect((await ask(gateway, token)).status).toBe(200);
    // The client's own cost included, which makes and sends them.
    const { user, system } = process.cpuUsage(begun);
    expect(user + system).toBeLessThan(2_000_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  });
});

describe('where introspection and GraphiQL are off', () => {
  it('nobody is told the schema or what a name is like, on any way in', async () => {
    const token = await gateway.token({ sub: newSubject() });
    const tried = async (query: string): Promise<string[]> => {
      const get = fetch(`${other.url}?query=${encodeURIComponent(query)}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      const answers = await Promise.all([ask(other, token, {}, JSON.stringify({ query })), get]);
      return Promise.all(answers.map((answer) => answer.text()));
    };
    for (const text of await tried('{ __schema { types { name } } }')) {
      expect(text).toContain('introspection has been disabled');
      expect(text).not.toContain('"data"');
    }
    for (const text of await tried('{ whoam }')) {
      expect(text).toContain('Cannot query field');
      expect(text).not.toContain('whoami');
    }
    expect(await tried('{ __typename }')).toEqual(Array(2).fill('{"data":{"__typename":"Query"}}'));
    const page = await fetch(other.url, { headers: { accept: 'text/html' } });
    expect(await page.text()).not.toContain('<html');
    expect(page.status).toBeGreaterThanOrEqual(400);
  });
});

describe('answers', () => {
  it('tell browsers to keep, show and guess nothing', async () => {
    for (const response of [
      await ask(gateway, await gateway.token({ sub: newSubject() })),
      await ask(gateway, null),
      await fetch(gateway.url.replace('/graphql', '/elsewhere')),
    ]) {
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      });
    }
  });
});

it('clients that send their headers or bodies slowly are hung up on, and hold nobody up', async () => {
  const { listen } = await import('#platform/http/server.ts');
  const { log } = gateway.platform;
  const patience = { headers: 100, request: 200, looking: 20 };
  const server = await listen({ host: '127.0.0.1', port: 0, log, patience });
  server.mount('/graphql', async (request) => new Response(await request.text()));
  const before = process.memoryUsage().rss;
  const begun = process.cpuUsage();
  const slow = (head: string, more: string): Promise<string> => {
    const socket = createConnection(server.port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    const drip = setInterval(() => socket.write(more), 10);
    socket.on('error', () => undefined);
    socket.write(head);
    return once(socket, 'close').then(() => {
      clearInterval(drip);
      return Buffer.concat(chunks).toString().slice(0, 13);
    });
  };
  const head = 'POST /graphql HTTP/1.1\r\nhost: x\r\n';
  const all = Array.from({ length: 200 }, (_, index) =>
    index % 2 === 0 ? slow(head, 'x-slow: 1\r\n') : slow(`${head}content-length: 100000\r\n\r\n`, 'x'),
  );
  const quick = await fetch(`http://127.0.0.1:${server.port}/graphql`, { method: 'POST', body: 'quick' });
  expect(await quick.text()).toBe('quick');
  expect(new Set(await Promise.all(all))).toEqual(new Set(['HTTP/1.1 408 ']));
  const { user, system } = process.cpuUsage(begun);
  expect(user + system).toBeLessThan(2_000_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  await server.close();
});
