import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createLog } from '../telemetry/log.ts';
import { listen, originOf, type HttpServer } from './server.ts';

const log = createLog('silent');
const servers: HttpServer[] = [];
async function start(port = 0): Promise<HttpServer> {
  const server = await listen({ host: '127.0.0.1', port, log });
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
