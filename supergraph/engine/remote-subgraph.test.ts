import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TELL_READS_HEADER } from '#platform/audit/told-reads.ts';
import { inTrustedRegion } from '#platform/http/client-region.ts';
import { readAddresses } from '#platform/http/trusted-proxy.ts';
import { readAnswer } from './subgraph-answer.ts';
import { connectRemoteSubgraphs, type RemoteSubgraphs } from './remote-subgraph.ts';
import type { Subgraph, SubgraphRequest } from './subgraph.ts';

const LIMIT = 1_000;

let server: Server;
let answer: RequestListener;
let connections: number;
let remote: RemoteSubgraphs;
let subgraph: Subgraph;

beforeEach(async () => {
  connections = 0;
  server = createServer((request, response) => answer(request, response));
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  remote = connectRemoteSubgraphs({ connectTimeout: 500, maxAnswerSize: LIMIT });
  subgraph = remote.at('things', `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`);
});

afterEach(async () => {
  await remote.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function never(): never {
  throw new Error('there are no such addresses');
}

function request(change: Partial<SubgraphRequest> = {}): SubgraphRequest {
  const signal = new AbortController().signal;
  return { body: '{"query":"{ a }"}', token: undefined, requestId: 'r', signal, ...change };
}

async function ask(change: Partial<SubgraphRequest> = {}): Promise<unknown> {
  return JSON.parse((await subgraph.ask(request(change))).text);
}

it('keeps its connection for the next request', async () => {
  answer = (_, response) => response.end('{"data":{"a":1}}');
  for (let count = 0; count < 10; count += 1) {
    expect(await ask()).toEqual({ data: { a: 1 } });
  }
  // The next request may come just before the last answer's connection is free again.
  expect(connections).toBeLessThanOrEqual(2);
});

it('sends the token as it is, and none when there is none', async () => {
  answer = (incoming, response) =>
    response.end(JSON.stringify({ authorization: incoming.headers.authorization }));
  expect(await ask({ token: 'abc' })).toEqual({ authorization: 'Bearer abc' });
  expect(await ask()).toEqual({});
});

it('asks for the sensitive reads to be told where they are wanted', async () => {
  answer = (incoming, response) => response.end(JSON.stringify(incoming.headers[TELL_READS_HEADER] ?? null));
  expect([await ask({ tellsReads: true }), await ask({ tellsReads: false }), await ask()]).toEqual([
    'on',
    null,
    null,
  ]);
});

it('tells the region of the client for whom it asks', async () => {
  const door = { socket: { remoteAddress: '10.0.0.1' }, headers: { 'x-geo': 'EU' } } as never;
  const proxy = { addresses: readAddresses(['10.0.0.1']) ?? never(), regionHeader: 'x-geo' };
  answer = (incoming, response) =>
    response.end(JSON.stringify({ region: incoming.headers['x-client-region'] ?? null }));
  const told = new Promise((resolve) => inTrustedRegion(door, proxy, () => resolve(ask())));
  expect(await told).toEqual({ region: 'EU' });
  expect(await ask()).toEqual({ region: null });
});

it('reads no more than it may of an answer, announced or not', async () => {
  const tooMuch = 'x'.repeat(LIMIT + 1);
  answer = (_, response) => response.end(tooMuch);
  await expect(subgraph.ask(request())).rejects.toThrow(
    'subgraph "things" answered with more than 1000 bytes',
  );
  answer = (_, response) => {
    response.write(tooMuch);
    // The rest never comes: the limit must not wait for it.
  };
  await expect(subgraph.ask(request())).rejects.toThrow('answered with more than 1000 bytes');
  answer = (_, response) => response.end(JSON.stringify('x'.repeat(LIMIT - 2)));
  expect(await ask()).toHaveLength(LIMIT - 2);
});

it('says what came instead of JSON', async () => {
  answer = (_, response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<html>');
  const response = await subgraph.ask(request());
  expect(() => readAnswer('things', response)).toThrow('answered 502 with text/html that is not JSON');
});

it('gives up with the signal', async () => {
  const controller = new AbortController();
  let left = false;
  answer = (incoming) => {
    incoming.socket.once('close', () => (left = true));
    controller.abort();
  };
  await expect(subgraph.ask(request({ signal: controller.signal }))).rejects.toThrow(
    'is not waited for any more',
  );
  await expect.poll(() => left).toBe(true);
});
