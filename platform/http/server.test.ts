import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createLog } from '../telemetry/log.ts';
import { CLIENT_REGION_HEADER, readClientRegion } from './client-region.ts';
import { readAddresses, type TrustedProxy } from './trusted-proxy.ts';
import { listen, originOf, type HttpServer } from './server.ts';

const log = createLog('silent');
const servers: HttpServer[] = [];
async function start(port = 0, trustedProxy: TrustedProxy | null = null): Promise<HttpServer> {
  const server = await listen({ host: '127.0.0.1', port, log, trustedProxy });
  servers.push(server);
  return server;
}
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

describe('a server', () => {
  it('answers the paths that are mounted and elsewhere 503 before it is open, then 404', async () => {
    const server = await start();
    expect((await fetch(`${originOf(server)}/b`)).status).toBe(503);
    server.opened();
    server.mount('/a', () => new Response('A'));
    expect(await (await fetch(`${originOf(server)}/a?x=1`)).text()).toBe('A');
    expect((await fetch(`${originOf(server)}/b`)).status).toBe(404);
  });

  it('answers 500 without a detail when a handler throws', async () => {
    const server = await start();
    server.mount('/broken', () => {
      throw new Error('secret');
    });
    const response = await fetch(`${originOf(server)}/broken`);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
  });

  it('says in one line that a port is in use', async () => {
    const { port } = await start();
    await expect(start(port)).rejects.toThrow(
      `cannot listen on 127.0.0.1:${port}: another program uses it; stop it or set PORT to another`,
    );
  });

  it('waits for a handler whose client has left', async () => {
    const server = await start();
    let finish = (): void => {};
    let entered = (): void => {};
    const inside = new Promise<void>((resolve) => (entered = resolve));
    let finished = false;
    server.mount('/slow', async () => {
      entered();
      await new Promise<void>((resolve) => (finish = resolve));
      finished = true;
      return new Response('done');
    });
    const controller = new AbortController();
    const asked = fetch(`${originOf(server)}/slow`, { signal: controller.signal }).catch(() => 'left');
    await inside;
    controller.abort();
    expect(await asked).toBe('left');
    const closing = server.close();
    finish();
    await closing;
    expect(finished).toBe(true);
  });

  it('outlives a client that breaks off during an upgrade', async () => {
    const server = await start();
    let closed = Promise.resolve();
    const taken = new Promise<void>((resolve) =>
      server.mountUpgrade('/socket', (_request, socket) => {
        closed = new Promise((left) => socket.once('close', left));
        resolve();
      }),
    );
    const client = connect(server.port, '127.0.0.1');
    client.write('GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await taken;
    // What nobody listens for would be an uncaught exception, which fails the run.
    client.resetAndDestroy();
    await closed;
  });

  it('hangs up on an upgrade of a path that has none, though the client keeps its end open', async () => {
    const server = await start();
    server.opened();
    const client = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    client.write('GET /none HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    let answer = '';
    client.on('data', (data) => (answer += data.toString()));
    await new Promise((resolve) => client.once('end', resolve));
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    const started = performance.now();
    await server.close();
    // Nothing was left to be drained.
    expect(performance.now() - started).toBeLessThan(1_000);
    client.destroy();
  });

  it('closes although a client keeps its connection open without asking anything', async () => {
    const server = await start();
    const socket = connect(server.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const started = performance.now();
    await server.close();
    await closed;
    expect(performance.now() - started).toBeLessThan(4_000);
  });
});

describe('where a client is', () => {
  const trusting = (...addresses: string[]): TrustedProxy => {
    const list = readAddresses(addresses);
    if (list === null) throw new Error(`${addresses.join()} are no addresses`);
    return { addresses: list, regionHeader: 'x-geo' };
  };

  async function toldBy(proxy: TrustedProxy | null, headers: Record<string, string>): Promise<string | null> {
    const server = await start(0, proxy);
    server.mount('/', (request) =>
      Response.json(readClientRegion(request.headers.get(CLIENT_REGION_HEADER))),
    );
    const response = await fetch(originOf(server), { headers });
    return (await response.json()) as string | null;
  }

  it('is told by the trusted proxy alone', async () => {
    const proxy = { 'x-geo': 'EU' };
    const spoofed = { [CLIENT_REGION_HEADER]: 'EU', 'x-geo': 'EU', 'x-forwarded-for': '127.0.0.1' };
    expect(await toldBy(trusting('127.0.0.0/8'), proxy)).toBe('EU');
    expect(await toldBy(trusting('10.0.0.0/8', '::1'), spoofed)).toBeNull();
    expect(await toldBy(null, spoofed)).toBeNull();
  });

  it('goes from process to process', async () => {
    expect(await toldBy(trusting('127.0.0.1'), { [CLIENT_REGION_HEADER]: 'US-CA' })).toBe('US-CA');
  });

  it.each(['eu', 'EU, US', 'Europe', ''])('is not told by %j', async (value) => {
    expect(await toldBy(trusting('127.0.0.1'), { 'x-geo': value })).toBeNull();
  });

  it.each(['localhost', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0', '::1/129', '', '10.0.0.0/x'])(
    '%j is no address',
    (text) => {
      expect(readAddresses([text])).toBeNull();
    },
  );
});
