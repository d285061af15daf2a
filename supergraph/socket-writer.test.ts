import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { Update } from './live/update.ts';
import { SocketWriter } from './socket-writer.ts';
import { until } from './test/test-gateway.ts';

const level = { inc: () => undefined, dec: () => undefined };
const PREFIX = '{"id":"1","type":"next","payload":';

let server: Server;
let client: WebSocket;
let socket: WebSocket;
let stream: Duplex;
const received: string[] = [];

beforeAll(async () => {
  server = createServer();
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const upgraded = new Promise<void>((resolve) => {
    server.on('upgrade', (request, connection, head) => {
      stream = connection;
      sockets.handleUpgrade(request, connection, head, (opened) => {
        socket = opened;
        resolve();
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  client.on('message', (data) => received.push((data as Buffer).toString()));
  await Promise.all([upgraded, once(client, 'open')]);
});
afterAll(() => {
  client.terminate();
  server.close();
});

/** A payload with which the whole message has so many bytes, not all of them ASCII. */
function payloadOf(length: number): string {
  const begin = '"é😀';
  const rest = length - PREFIX.length - Buffer.byteLength(begin) - '"}'.length;
  return `${begin}${'x'.repeat(rest)}"`;
}

it('writes frames of every length as they are, between those that ws writes', async () => {
  const writer = new SocketWriter(socket, stream, level, () => undefined);
  const lengths = [60, 125, 126, 127, 32_767, 32_768, 32_769, 65_535, 65_536, 300_000];
  const expected: string[] = [];
  for (const length of lengths) {
    const json = Buffer.from(payloadOf(length));
    expect(PREFIX.length + json.length + 1).toBe(length);
    writer.send(PREFIX, new Update('1-0', 'e', json));
    socket.ping();
    socket.send(`after ${length}`);
    expected.push(`${PREFIX}${json.toString()}}`, `after ${length}`);
  }
  await until(() => received.length === expected.length, 'all have arrived');
  expect(received).toEqual(expected);
});

it('calls back when everything has left, in turn, and tells that the client has read', async () => {
  let progress = 0;
  const writer = new SocketWriter(socket, stream, level, () => (progress += 1));
  const update = new Update('1-0', 'e', Buffer.from(`"${'x'.repeat(1_000_000)}"`));
  client.pause();
  while (writer.isFree()) writer.send(PREFIX, update);
  const calls: string[] = [];
  writer.whenFree(() => {
    calls.push('first');
    while (writer.isFree()) writer.send(PREFIX, update);
  });
  writer.whenFree(() => calls.push('second'));
  await new Promise((resolve) => setImmediate(resolve));
  expect([calls, progress]).toEqual([[], 0]);
  client.resume();
  await until(() => calls.length === 2, 'both are called back');
  expect(calls).toEqual(['first', 'second']);
  expect(progress).toBeGreaterThan(1);
});
