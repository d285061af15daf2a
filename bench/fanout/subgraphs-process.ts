import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { createYoga } from 'graphql-yoga';
import { itemOf, SDL } from './shop.ts';

/**
 * The subgraphs: as any other gateway knows them, `items` with a subscription of its own over Server-Sent Events, to
 * which its parent publishes.
 */
export interface PublishItems {
  readonly kind: 'publish';
  readonly ids: readonly string[];
  readonly size: number;
}

/** Streams of the subscription; each takes whatever comes, however much waits. */
const streams = new Set<(value: object) => void>();

function changes(): AsyncIterableIterator<object> {
  const waiting: object[] = [];
  let wake = (): void => undefined;
  let ended = false;
  const take = (value: object): void => {
    waiting.push(value);
    wake();
  };
  streams.add(take);
  return {
    next: async () => {
      while (waiting.length === 0 && !ended) await new Promise<void>((resolve) => (wake = resolve));
      const value = waiting.shift();
      return value && !ended ? { done: false, value } : { done: true, value: undefined };
    },
    // A generator could not be left while it waits.
    return: () => {
      ended = true;
      streams.delete(take);
      wake();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const resolvers = {
  items: {
    Query: { item: (_: unknown, { id }: { id: string }) => itemOf(id, 10) },
    Subscription: {
      itemChanged: {
        subscribe: changes,
      },
    },
  },
  stock: {
    Query: { stocked: () => 1 },
    Item: {
      __resolveReference: (key: { id: string }) => key,
      price: () => 12.5,
      stock: () => 7,
    },
  },
};
const yogas = new Map(
  (['items', 'stock'] as const).map((name) => [
    `/${name}`,
    createYoga({
      schema: buildSubgraphSchema({ typeDefs: parse(SDL[name]), resolvers: resolvers[name] }),
      graphqlEndpoint: `/${name}`,
      logging: false,
    }),
  ]),
);
/** Answers to what was asked before, so that gateways are measured and not this. */
const answers = new Map<string, Buffer>();

async function answerStock(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const key = body.toString();
  let answer = answers.get(key);
  if (!answer) {
    const made = await yogas.get('/stock')?.fetch('http://stock/stock', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    answer = Buffer.from((await made?.text()) ?? '');
    answers.set(key, answer);
  }
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length });
  response.end(answer);
}

const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const yoga = yogas.get(path);
  if (path === '/stock') void answerStock(request, response);
  else if (yoga) void yoga(request, response);
  else response.end(String(streams.size));
});
process.on('message', ({ kind, ids = [], size = 0 }: Partial<PublishItems>) => {
  if (kind !== 'publish') return;
  for (const id of ids) {
    const value = { itemChanged: { cursor: '1700000000000-0', item: itemOf(id, size) } };
    for (const take of streams) take(value);
  }
});
server.listen(0, '127.0.0.1', () => {
  process.send?.({ kind: 'ready', port: (server.address() as AddressInfo).port });
});
