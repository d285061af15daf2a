import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { remoteTestSubgraph, type RemoteTestSubgraph } from '#supergraph/test/shop-subgraph.ts';
import { SHOP_SUBGRAPHS, type ShopSubgraph } from '#supergraph/test/shop.ts';
import { startTestGateway, until, type Answer, type TestGateway } from '#supergraph/test/test-gateway.ts';

const TIMEOUT = 300;
let subgraphs: Record<ShopSubgraph, RemoteTestSubgraph>;
let gateway: TestGateway;

beforeAll(async () => {
  const list = await Promise.all(SHOP_SUBGRAPHS.map(remoteTestSubgraph));
  subgraphs = Object.fromEntries(list.map((subgraph) => [subgraph.name, subgraph])) as typeof subgraphs;
  const urls = Object.fromEntries(list.map(({ name, url }) => [`SUBGRAPH_${name.toUpperCase()}_URL`, url]));
  gateway = await startTestGateway({ env: { ...urls, SUBGRAPH_TIMEOUT_MS: String(TIMEOUT) } });
});

afterAll(async () => {
  await gateway.close();
  await Promise.all(Object.values(subgraphs).map((subgraph) => subgraph.close()));
});

afterEach(() => {
  for (const subgraph of Object.values(subgraphs)) {
    subgraph.behaviour = null;
    subgraph.requests.length = 0;
  }
  gateway.logged.length = 0;
});

function errorsOf(answer: Answer): unknown[] {
  return (answer.errors ?? []).map(({ path, extensions }) => [path?.join('.'), extensions?.code]);
}

const json = (body: unknown, status = 200): Response => Response.json(body, { status });

describe('an operation over several subgraphs', () => {
  it('is answered as one', async () => {
    const answer = await gateway.ask(
      '{ products(first: 2) { name postage reviews(first: 1) { text author { name } } maker { country } } me { name } }',
    );
    expect(answer).toEqual({
      data: {
        products: [1, 2].map((id) => ({
          name: `Product ${id}`,
          postage: id / 2 + 1,
          reviews: [{ text: `Review 1 of ${id}`, author: { name: 'User u1' } }],
          maker: { country: `Country of m${id % 2}` },
        })),
        me: { name: 'User u1' },
      },
    });
  });

  it("carries the caller's token and a correlation id to the subgraphs, and nothing else of the client's", async () => {
    const token = await gateway.token();
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${token}`,
        'x-request-id': 'abc-123',
        cookie: 'a=b',
        'x-evil': '1',
      },
      body: JSON.stringify({ query: '{ whoami }' }),
    });
    expect(await response.json()).toEqual({ data: { whoami: token } });
    expect(response.headers.get('x-request-id')).toBe('abc-123');
    const [request] = subgraphs.users.requests;
    expect(request?.headers.get('x-request-id')).toBe('abc-123');
    expect(request?.headers.get('cookie')).toBeNull();
    expect(request?.headers.get('x-evil')).toBeNull();
  });
});

describe("a subgraph's errors", () => {
  it("keep listed codes and what comes with them, at the client's path", async () => {
    const answer = await gateway.ask(
      '{ broken(code: "CONFLICT") item: product(id: "1") { s: secret name } }',
    );
    expect(answer.data).toEqual({ broken: null, item: { s: null, name: 'Product 1' } });
    expect(answer.errors).toContainEqual({
      message: 'broken on purpose: CONFLICT',
      path: ['broken'],
      extensions: { code: 'CONFLICT', hint: 'shown' },
    });
    expect(answer.errors).toContainEqual({
      message: 'Product 1 keeps its secret.',
      path: ['item', 's'],
      extensions: { code: 'FORBIDDEN' },
    });
  });

  it('become INTERNAL when their code is not listed', async () => {
    const answer = await gateway.ask('{ broken(code: "SQLSTATE_42P01") }');
    expect(answer.errors).toEqual([
      { message: 'broken on purpose: SQLSTATE_42P01', path: ['broken'], extensions: { code: 'INTERNAL' } },
    ]);
    expect(gateway.logged).toContainEqual(
      expect.objectContaining({ subgraph: 'products', code: 'SQLSTATE_42P01' }),
    );
  });

  it('point at the right item of a list of which only some are of the type', async () => {
    const answer = await gateway.ask(
      '{ search(text: "x") { ... on Named { name } ... on Product { r: rating } } }',
    );
    expect(answer.errors).toEqual([
      { message: 'No rating for 3.', path: ['search', 3, 'r'], extensions: { code: 'NOT_FOUND' } },
    ]);
    expect(answer.data?.search).toEqual([
      { name: 'Acme' },
      { name: 'Product 2', r: 2 },
      { name: 'Zeta' },
      { name: 'Product 3', r: null },
    ]);
  });

  it('without a path or data fail what was asked for', async () => {
    subgraphs.reviews.behaviour = () =>
      json({ errors: [{ message: 'Who are you?', extensions: { code: 'UNAUTHENTICATED' } }] }, 401);
    const answer = await gateway.ask('{ latestReviews { text } product(id: "1") { name rating } }');
    expect(answer.data).toEqual({ latestReviews: null, product: { name: 'Product 1', rating: null } });
    expect(errorsOf(answer)).toEqual([
      ['latestReviews', 'UNAUTHENTICATED'],
      ['product.rating', 'UNAUTHENTICATED'],
    ]);
  });
});

describe('a subgraph that is', () => {
  const query = '{ products(first: 2) { name rating stars: reviews(first: 1) { id } } me { name } }';
  const partial = {
    products: [
      { name: 'Product 1', rating: null, stars: null },
      { name: 'Product 2', rating: null, stars: null },
    ],
    me: { name: 'User u1' },
  };
  const paths = ['products.0.rating', 'products.0.stars', 'products.1.rating', 'products.1.stars'];
  const unavailable = paths.map((path) => [path, 'UNAVAILABLE']);

  const cases: Record<string, NonNullable<RemoteTestSubgraph['behaviour']>> = {
    'answering 502 with a page': () =>
      new Response('<html>', { status: 502, headers: { 'content-type': 'text/html' } }),
    'answering JSON that is no GraphQL answer': () => json(['hello']),
    'answering errors that are no errors': () => json({ errors: 'yes' }),
    'answering neither data nor errors': () => json({ data: null }),
    'answering too few entities': () => json({ data: { _entities: [{}] } }),
    'answering nothing': () => new Response(null, { status: 204 }),
    'redirecting elsewhere': () => new Response(null, { status: 302, headers: { location: gateway.url } }),
    silent: () => new Promise<Response>(() => undefined),
    'stopping in the middle': () =>
      new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode('{"data":')),
        }),
      ),
  };
  for (const [what, behaviour] of Object.entries(cases)) {
    it(`${what} makes the answer partial`, async () => {
      subgraphs.reviews.behaviour = behaviour;
      const start = performance.now();
      const answer = await gateway.ask(query);
      expect(answer.data).toEqual(partial);
      expect(errorsOf(answer)).toEqual(unavailable);
      expect(performance.now() - start).toBeLessThan(TIMEOUT + 700);
      expect(gateway.logged).toContainEqual(
        expect.objectContaining({ subgraph: 'reviews', msg: 'a subgraph is unavailable' }),
      );
    });
  }

  it('dead makes the answer partial, and is used again when it is back', async () => {
    const dead = await startTestGateway({
      env: { SUBGRAPH_REVIEWS_URL: 'http://127.0.0.1:1/graphql' },
      services: [subgraphs.products, subgraphs.users, subgraphs.shipping],
    });
    try {
      const answer = await dead.ask(query);
      expect(answer.data).toEqual(partial);
      expect(errorsOf(answer)).toEqual(unavailable);
      await expect(dead.gateway.checks.subgraphs?.()).rejects.toThrow(/subgraph "reviews" can't be reached/);
    } finally {
      await dead.close();
    }
    expect((await gateway.ask(query)).errors).toBeUndefined();
    await gateway.gateway.checks.subgraphs?.();
  });

  it('of another opinion on the shape of the data makes only that part null', async () => {
    subgraphs.products.behaviour = () =>
      json({
        data: {
          products: 'many',
          product: { name: ['x'], weight: 1 },
          search: [7, { __typename: 'Brand', name: 'Acme' }],
        },
      });
    const answer = await gateway.ask(
      '{ product(id: "1") { weight } search(text: "") { __typename } products { name } }',
    );
    expect(answer.data).toBeNull();
    expect(errorsOf(answer)).toEqual([
      ['search.0', 'UNAVAILABLE'],
      ['products', 'UNAVAILABLE'],
    ]);
    subgraphs.reviews.behaviour = () => json({ data: { latestReviews: 'good', topRated: [] } });
    const other = await gateway.ask('{ latestReviews { text } topRated { id } }');
    expect(other.data).toEqual({ latestReviews: null, topRated: null });
    expect(errorsOf(other)).toEqual([
      ['latestReviews', 'UNAVAILABLE'],
      ['topRated', 'UNAVAILABLE'],
    ]);
  });

  it('delivering null where it promised a value says so', async () => {
    subgraphs.users.behaviour = () => json({ data: { me: { name: null, nickname: 'N' } } });
    const answer = await gateway.ask('{ me { name nickname } }');
    expect(answer).toEqual({
      data: { me: null },
      errors: [
        {
          message: 'Cannot return null for non-nullable field User.name.',
          path: ['me', 'name'],
          extensions: { code: 'INTERNAL' },
        },
      ],
    });
  });

  it('failing to give what another one requires is told where the client can see it', async () => {
    subgraphs.products.behaviour = () => new Response('no', { status: 500 });
    const answer = await gateway.ask('{ best: topRated { postage } }');
    expect(answer.data).toEqual({ best: { postage: null } });
    expect(errorsOf(answer)).toEqual([['best', 'UNAVAILABLE']]);
  });
});

describe('a client that leaves', () => {
  it('takes its fetches with it', async () => {
    let aborted = false;
    subgraphs.users.behaviour = (request) => {
      request.signal.addEventListener('abort', () => (aborted = true));
      return new Promise<Response>(() => undefined);
    };
    const slow = await startTestGateway({
      env: { SUBGRAPH_USERS_URL: subgraphs.users.url, SUBGRAPH_TIMEOUT_MS: '60000' },
    });
    try {
      const controller = new AbortController();
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${await slow.token()}` };
      const answer = fetch(slow.url, {
        method: 'POST',
        headers,
        body: '{"query":"{ me { name } }"}',
        signal: controller.signal,
      });
      await until(() => subgraphs.users.requests.length === 1, 'the subgraph is asked');
      controller.abort();
      await expect(answer).rejects.toThrow();
      await until(() => aborted, 'the fetch is given up');
      expect(slow.logged.filter(({ level }) => Number(level) >= 40)).toEqual([]);
    } finally {
      await slow.close();
    }
  });
});
