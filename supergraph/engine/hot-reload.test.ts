import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { open, rename, symlink, unlink, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startLiveShop, type LiveShop } from '#supergraph/test/live-shop.ts';
import { shopSupergraph, SHOP_SUBGRAPHS } from '#supergraph/test/shop.ts';
import { testSubgraph, type TestSubgraph } from '#supergraph/test/shop-subgraph.ts';
import { subscribeByEvents } from '#supergraph/test/subscribers.ts';
import { startTestGateway, until, type TestGateway } from '#supergraph/test/test-gateway.ts';
import { readConfig } from '#platform/config.ts';
import { operationLimits } from '../guard/operation-limits.ts';
import { serveSupergraph } from './hot-reload.ts';
import { SharedFetches } from './shared-fetches.ts';
import type { Subgraph } from './subgraph.ts';
import { supergraphSource } from './supergraph-source.ts';

const first = shopSupergraph();
const withoutNickname = shopSupergraph({ users: (sdl) => sdl.replace('nickname: String', '') });
const withoutColor = shopSupergraph({
  products: (sdl) => sdl.replace('productChanged(id: ID, color: Color,', 'productChanged(id: ID,'),
});

const REFUSED = 'the new supergraph is refused; the one in service stays';

let shop: LiveShop;
let gateway: TestGateway;
let subgraphs: TestSubgraph[];

beforeAll(async () => {
  shop = await startLiveShop();
});
afterAll(() => shop.stop());

beforeEach(async () => {
  subgraphs = SHOP_SUBGRAPHS.map(testSubgraph);
  gateway = await startTestGateway({ services: subgraphs, env: { REDIS_URL: shop.url } });
});
afterEach(() => gateway.close());

async function replace(sdl: string): Promise<void> {
  const draft = `${gateway.supergraphFile}.new`;
  await writeFile(draft, sdl);
  await rename(draft, gateway.supergraphFile);
}

const has = async (field: string): Promise<boolean> => !(await gateway.ask(`{ me { ${field} } }`)).errors;
const logged = (message: string): Record<string, unknown> | undefined =>
  gateway.logged.find(({ msg }) => msg === message);

describe('a supergraph file', () => {
  it('that is replaced at once is served, and the old one again after', async () => {
    expect(await has('nickname')).toBe(true);
    await replace(withoutNickname);
    await until(async () => !(await has('nickname')), 'the new one is served');
    await replace(first);
    await until(() => has('nickname'), 'the old one is served again');
  });

  it('that is written slowly, removed or a link is served when it is whole', async () => {
    const file = await open(gateway.supergraphFile, 'w');
    for (let at = 0; at < withoutNickname.length; at += 4_000) {
      await file.write(withoutNickname.slice(at, at + 4_000));
      expect(await has('name')).toBe(true);
    }
    await file.close();
    await until(async () => !(await has('nickname')), 'the written one is served');
    expect(logged(REFUSED)).toBeUndefined();
    await unlink(gateway.supergraphFile);
    expect(await has('name')).toBe(true);
    const target = `${gateway.supergraphFile}.target`;
    await writeFile(target, first);
    await symlink(target, gateway.supergraphFile);
    await until(() => has('nickname'), 'the linked one is served');
  });

  const invalid = {
    empty: '',
    'not GraphQL': 'type Query {',
    'a plain schema': 'type Query { a: Int }',
    truncated: first.slice(0, first.length / 2),
    'without an address for a subgraph': first
      .replaceAll('http://127.0.0.1:4000/users/graphql', '')
      .replaceAll('USERS', 'NOBODY')
      .replaceAll('"users"', '"nobody"'),
  };
  it('that is no supergraph is refused and logged, and the one in service stays', async () => {
    for (const [what, sdl] of Object.entries(invalid)) {
      gateway.logged.length = 0;
      await replace(sdl);
      await until(() => logged(REFUSED) !== undefined, `one that is ${what} is refused`);
      expect([what, logged(REFUSED)?.reason]).toEqual([what, expect.stringMatching(/./)]);
      expect(await has('nickname')).toBe(true);
    }
    await replace(withoutNickname);
    await until(async () => !(await has('nickname')), 'the next valid one is served');
  });

  it('that is missing or invalid at the start ends the start with the reason', async () => {
    await expect(startTestGateway({ supergraph: 'type Query { a: Int }' })).rejects.toThrow(
      /^the supergraph at .* can't be served: /,
    );
    await expect(startTestGateway({ env: { SUPERGRAPH: '/nowhere/supergraph.graphql' } })).rejects.toThrow(
      /\/nowhere\/supergraph.graphql can't be served: ENOENT/,
    );
  });
});

describe('a swap', () => {
  it('fails no request under load', async () => {
    let done = false;
    const failed: unknown[] = [];
    let answered = 0;
    const client = async (): Promise<void> => {
      while (!done) {
        const answer = await gateway.ask(
          '{ products(first: 2) { name rating reviews(first: 1) { author { name } } } me { name } }',
        );
        if (answer.errors) failed.push(answer.errors);
        answered += 1;
      }
    };
    const clients = Array.from({ length: 8 }, client);
    for (const sdl of [withoutNickname, first, withoutNickname, first]) {
      const swaps = gateway.logged.filter(({ msg }) => msg === 'supergraph replaced').length;
      await replace(sdl);
      await until(
        () => gateway.logged.filter(({ msg }) => msg === 'supergraph replaced').length > swaps,
        'it is swapped',
      );
    }
    done = true;
    await Promise.all(clients);
    expect(failed).toEqual([]);
    expect(answered).toBeGreaterThan(50);
  });

  it('lets what is under way end on the old one', async () => {
    const users = subgraphs.find(({ name }) => name === 'users') as TestSubgraph;
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    users.behaviour = async () => {
      await released;
      return Response.json({ data: { me: { nickname: 'Nick' } } });
    };
    const answer = gateway.ask('{ me { nickname } }');
    await until(() => users.requests.length === 1, 'the subgraph is asked');
    await replace(withoutNickname);
    await until(() => logged('supergraph replaced') !== undefined, 'it is swapped');
    release();
    expect(await answer).toEqual({ data: { me: { nickname: 'Nick' } } });
  });

  it('keeps the subscriptions that are still valid and ends the others, telling why', async () => {
    const token = await gateway.token();
    const stays = await subscribeByEvents(
      gateway.url,
      token,
      'subscription { productChanged { cursor product { rating } } }',
    );
    const goes = await subscribeByEvents(
      gateway.url,
      token,
      'subscription { productChanged(color: RED) { cursor } }',
    );
    await gateway.subscribed(2);
    await shop.heardBy(1);
    await replace(withoutColor);
    await until(goes.completed, 'the invalid one ends');
    expect(goes.answers).toEqual([
      {
        errors: [
          {
            message: expect.stringMatching(
              /^The schema has changed and this subscription is not valid any more: Unknown argument "color"/,
            ) as string,
            extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
          },
        ],
      },
    ]);
    await shop.publish({ cursor: 'after' });
    expect(await stays.received(1)).toEqual({
      data: { productChanged: { cursor: 'after', product: { rating: 1 } } },
    });
    expect(stays.completed()).toBe(false);
    stays.leave();
  });
});

describe('a supergraph URL', () => {
  let server: Server;
  let sdl: string;
  let down = false;
  const statuses: number[] = [];

  beforeEach(async () => {
    sdl = first;
    down = false;
    statuses.length = 0;
    server = createServer((request, response) => {
      const etag = `"${createHash('sha256').update(sdl).digest('hex')}"`;
      const status = down ? 503 : request.headers['if-none-match'] === etag ? 304 : 200;
      statuses.push(status);
      response.writeHead(status, { etag }).end(status === 200 ? sdl : undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it('is asked again with the tag of what it gave, and followed', async () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/supergraph`;
    const { log, metrics } = gateway.platform;
    const subgraph = (name: string): Subgraph => ({
      name,
      ask: () => Promise.reject(new Error('nothing is asked here')),
    });
    const served = await serveSupergraph(
      supergraphSource(url),
      {
        production: false,
        limits: operationLimits(readConfig({ PUBLIC_ACCESS: 'on' }, '/')),
        timeout: 100,
        log,
        metrics,
        subgraph,
        shared: new SharedFetches(),
      },
      10,
    );
    const { id } = served.current;
    await until(() => statuses.filter((status) => status === 304).length > 2, 'it is found unchanged');
    sdl = withoutNickname;
    await until(() => served.current.id !== id, 'the new one is served');
    down = true;
    await until(() => statuses.includes(503), 'it is down');
    expect(served.current.sdl).toBe(withoutNickname);
    down = false;
    sdl = first;
    await until(() => served.current.id === id, 'the first is served again');
    served.close();
    expect(
      gateway.logged.filter(({ msg }) => String(msg).startsWith("the supergraph can't be read")),
    ).toHaveLength(1);
  });
});
