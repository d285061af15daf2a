import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SHOP_SUBGRAPHS, type ShopSubgraph } from './test/shop.ts';
import { testSubgraph, type TestSubgraph } from './test/shop-subgraph.ts';
import { startTestGateway, until, type TestGateway } from './test/test-gateway.ts';

let subgraphs: Record<ShopSubgraph, TestSubgraph>;
let gateway: TestGateway;
let without: TestGateway;

beforeAll(async () => {
  const list = SHOP_SUBGRAPHS.map(testSubgraph);
  subgraphs = Object.fromEntries(list.map((subgraph) => [subgraph.name, subgraph])) as typeof subgraphs;
  [gateway, without] = await Promise.all([
    startTestGateway({ services: list }),
    startTestGateway({ services: list, env: { QUERY_SINGLE_FLIGHT: 'off' } }),
  ]);
});

afterAll(() => Promise.all([gateway.close(), without.close()]));

afterEach(() => {
  for (const subgraph of Object.values(subgraphs)) {
    subgraph.behaviour = null;
    subgraph.requests.length = 0;
  }
});

interface Sent {
  readonly token?: string;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

async function post(
  to: TestGateway,
  body: unknown,
  { token, headers, signal }: Sent = {},
): Promise<Response> {
  return fetch(to.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${token ?? (await to.token())}`,
      ...headers,
    },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
}

/** Makes a subgraph wait with its answers. @returns how to let them go */
function hold(subgraph: TestSubgraph): () => void {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  subgraph.behaviour = async () => {
    await released;
    return Response.json({
      data: { me: { __typename: 'User', id: 'u1', name: 'User u1' }, rename: { name: 'x' } },
    });
  };
  return release;
}

const QUERY = { query: '{ me { name } }' };
const ANSWER = { data: { me: { name: 'User u1' } } };

/** Sends requests, waits until as many of them as should have reached the subgraph, and gives the answers. */
async function askAtOnce(
  to: TestGateway,
  name: ShopSubgraph,
  body: unknown,
  sent: readonly Sent[],
  expected: number,
): Promise<unknown[]> {
  const subgraph = subgraphs[name];
  const release = hold(subgraph);
  const answers = sent.map((one) => post(to, body, one));
  await until(() => subgraph.requests.length >= expected, `${expected} requests reach the subgraph`);
  // Each of them has arrived when a later one of another kind is answered.
  await post(to, { query: '{ __typename }' }, {});
  release();
  const read = await Promise.all(answers.map(async (answer) => (await answer).json() as Promise<unknown>));
  expect(subgraph.requests).toHaveLength(expected);
  return read;
}

describe('identical queries under way', () => {
  it('of one caller are run once', async () => {
    const token = await gateway.token();
    const sent = Array.from({ length: 10 }, () => ({ token }));
    expect(await askAtOnce(gateway, 'users', QUERY, sent, 1)).toEqual(sent.map(() => ANSWER));
  });

  it('of different callers are run for each', async () => {
    const tokens = await Promise.all(['a', 'b', 'c'].map((sub) => gateway.token({ sub })));
    const sent = tokens.map((token) => ({ token }));
    expect(await askAtOnce(gateway, 'users', QUERY, sent, 3)).toEqual(sent.map(() => ANSWER));
    const authorizations = subgraphs.users.requests.map(({ headers }) => headers.get('authorization'));
    expect(new Set(authorizations)).toEqual(new Set(tokens.map((token) => `Bearer ${token}`)));
  });

  it('are run one by one when the client or the configuration says so', async () => {
    const token = await gateway.token();
    const headers = { 'x-query-single-flight': 'off' };
    await askAtOnce(
      gateway,
      'users',
      QUERY,
      [
        { token, headers },
        { token, headers },
      ],
      2,
    );
    subgraphs.users.requests.length = 0;
    const other = await without.token();
    await askAtOnce(without, 'users', QUERY, [{ token: other }, { token: other }], 2);
  });

  it('that differ in their variables are not identical', async () => {
    const token = await gateway.token();
    const query = 'query($id: ID!) { product(id: $id) { name } }';
    const names = await Promise.all(
      ['1', '2'].map(
        async (id) =>
          (await post(gateway, { query, variables: { id } }, { token })).json() as Promise<unknown>,
      ),
    );
    expect(names).toEqual(['1', '2'].map((id) => ({ data: { product: { name: `Product ${id}` } } })));
  });

  it('go on for those who stay when one leaves', async () => {
    const token = await gateway.token();
    const release = hold(subgraphs.users);
    const leaving = new AbortController();
    const left = post(gateway, QUERY, { token, signal: leaving.signal });
    const stays = post(gateway, QUERY, { token });
    await until(() => subgraphs.users.requests.length === 1, 'the subgraph is asked');
    await post(gateway, { query: '{ __typename }' });
    leaving.abort();
    await expect(left).rejects.toThrow();
    release();
    expect(await (await stays).json()).toEqual(ANSWER);
  });

  it('never happens to mutations', async () => {
    const token = await gateway.token();
    const mutation = { query: 'mutation { rename(id: "1", name: "x") { name } }' };
    await askAtOnce(gateway, 'products', mutation, [{ token }, { token }], 2);
  });
});

describe('an answer', () => {
  it("has the client's request id, its length and the type that was asked for", async () => {
    const headers = {
      'x-request-id': 'abc-1',
      accept: 'application/graphql-response+json, application/json;q=0.9',
    };
    const response = await post(gateway, QUERY, { headers });
    expect(response.headers.get('x-request-id')).toBe('abc-1');
    expect(response.headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8');
    const text = await response.text();
    expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
    expect((await post(gateway, QUERY)).headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  it('is the same by the other way', async () => {
    const query = '{ search(text: "x") { __typename ... on Named { name } ... on Product { r: rating } } }';
    const address = `${gateway.url}?query=${encodeURIComponent(query)}`;
    const headers = { authorization: `Bearer ${await gateway.token()}` };
    const other = (await (await fetch(address, { headers })).json()) as unknown;
    expect(await (await post(gateway, { query })).json()).toEqual(other);
  });
});

describe('where the client is', () => {
  const MUTATION = { query: 'mutation { rename(id: "1", name: "x") { id } }' };

  /** What a gateway tells a subgraph of it, over either of its ways in. */
  async function told(to: TestGateway, headers: Record<string, string>): Promise<unknown[]> {
    subgraphs.products.requests.length = 0;
    // Pages' requests go the general way.
    for (const way of [
      {},
      { accept: '*/*', 'apollo-require-preflight': '1', origin: new URL(to.url).origin },
    ]) {
      await post(to, MUTATION, { headers: { ...headers, ...way } });
    }
    return subgraphs.products.requests.map((request) => request.headers.get('x-client-region'));
  }

  it('goes on to the subgraphs from a trusted proxy, and is dropped from anybody else', async () => {
    const believing = await startTestGateway({
      services: Object.values(subgraphs),
      env: {
        TRUSTED_PROXY_ADDRESSES: '127.0.0.1',
        TRUSTED_PROXY_REGION_HEADER: 'x-geo',
        CORS_ORIGINS: 'https://app.test',
      },
    });
    const said = { 'x-geo': 'EU' };
    expect(await told(believing, said)).toEqual(['EU', 'EU']);
    expect(await told(gateway, { ...said, 'x-client-region': 'EU' })).toEqual([null, null]);
    await believing.close();
  });
});
