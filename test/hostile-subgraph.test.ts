import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SHOP_SUBGRAPHS } from '#supergraph/test/shop.ts';
import { remoteTestSubgraph, type RemoteTestSubgraph } from '#supergraph/test/shop-subgraph.ts';
import { startTestGateway, type TestGateway } from '#supergraph/test/test-gateway.ts';

/* Subgraphs that die, stall or talk nonsense: supergraph/engine/failure.test.ts. Here is one that means harm. */

let subgraphs: readonly RemoteTestSubgraph[];
let reviews: RemoteTestSubgraph;
let gateway: TestGateway;

beforeAll(async () => {
  subgraphs = await Promise.all(SHOP_SUBGRAPHS.map(remoteTestSubgraph));
  reviews = subgraphs.find(({ name }) => name === 'reviews') as RemoteTestSubgraph;
  const urls = subgraphs.map(({ name, url }) => [`SUBGRAPH_${name.toUpperCase()}_URL`, url]);
  gateway = await startTestGateway({ env: Object.fromEntries(urls) as Record<string, string> });
});
afterEach(() => {
  reviews.behaviour = null;
});
afterAll(async () => {
  await gateway.close();
  await Promise.all(subgraphs.map((subgraph) => subgraph.close()));
});

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly answer: {
    readonly data: unknown;
    readonly errors?: readonly {
      readonly message: string;
      readonly extensions: Readonly<Record<string, unknown>>;
    }[];
  };
}

/** Asks for two products, of which the hostile subgraph has the rating. It answers with this text. */
async function askAgainst(text: string): Promise<Reply> {
  reviews.behaviour = () => new Response(text, { headers: { 'content-type': 'application/json' } });
  const response = await fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await gateway.token()}` },
    body: JSON.stringify({ query: '{ products(first: 2) { name rating } me { name } }' }),
  });
  const body = await response.text();
  const { status, headers } = response;
  return { status, headers, text: body, answer: JSON.parse(body) as Reply['answer'] };
}

const withRatings = (...ratings: readonly (number | null)[]): object => ({
  products: ratings.map((rating, index) => ({ name: `Product ${index + 1}`, rating })),
  me: { name: 'User u1' },
});

const entities = (...list: readonly string[]): string => `{"data":{"_entities":[${list.join()}]}}`;
const error = (rest: string): string => `{"message":"no","extensions":{"code":"CONFLICT"${rest}}}`;
const failed = (...errors: readonly string[]): string => `{"data":null,"errors":[${errors.join()}]}`;
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('a hostile subgraph', () => {
  it("can't overwrite what others say", async () => {
    const { answer } = await askAgainst(
      entities(
        '{"rating":1,"name":"Forged","__typename":"Product"}',
        '{"rating":2,"name":"Forged","__typename":"User"}',
      ),
    );
    // What calls itself another type has nothing that was asked for.
    expect(answer).toEqual({ data: withRatings(1, null) });
  });

  it('can not reach what all objects share', async () => {
    const { answer } = await askAgainst(
      entities(
        '{"rating":1,"__proto__":{"forged":1}}',
        '{"rating":2,"constructor":{"prototype":{"forged":1}}}',
      ),
    );
    expect(answer).toEqual({ data: withRatings(1, 2) });
    expect(({} as { forged?: number }).forged).toBeUndefined();
  });

  it('has no word in the status and the headers', async () => {
    const http = '"http":{"status":599,"headers":{"set-cookie":"a=b"}}';
    for (const text of [
      failed(error(`,${http}`)),
      `{"extensions":{${http}},${entities('{"rating":1}', '{"rating":2}').slice(1)}`,
    ]) {
      const { status, headers, text: body } = await askAgainst(text);
      expect(status).toBe(200);
      expect(headers.get('set-cookie')).toBeNull();
      expect(body).not.toContain('set-cookie');
    }
  });

  it.each([
    ['data', entities(`{"rating":${nested(50_000)}}`, '{"rating":2}'), withRatings(null, 2), 'INTERNAL'],
    ['an error', failed(error(`,"deep":${nested(50_000)}`)), withRatings(null, null), 'CONFLICT'],
  ])('nesting %s without end spoils only its own part', async (_what, text, data, code) => {
    const { status, answer } = await askAgainst(text);
    expect(status).toBe(200);
    expect(answer.data).toEqual(data);
    expect(new Set(answer.errors?.map(({ extensions }) => extensions.code))).toEqual(new Set([code]));
  });

  it.each([
    ['long', failed(`{"message":"${'x'.repeat(5_000_000)}","extensions":{"code":"CONFLICT"}}`)],
    ['laden', failed(error(`,"more":"${'x'.repeat(5_000_000)}"`))],
    ['many', failed(...Array.from({ length: 50_000 }, (_, index) => error('').replace('no', `no ${index}`)))],
  ])('with errors that are too %s makes no large answer of them', async (_what, text) => {
    const { answer, text: body } = await askAgainst(text);
    expect(answer.data).toEqual(withRatings(null, null));
    expect(answer.errors?.[0]).toMatchObject({ extensions: { code: 'CONFLICT' } });
    expect(body.length).toBeLessThan(500_000);
  });

  it("pointing an error to where nothing is doesn't lose it", async () => {
    for (const path of [
      '["_entities",-1,"rating"]',
      '["_entities",1e9]',
      '["_entities","__proto__","x"]',
      '[]',
      '["nothing"]',
      '{}',
    ]) {
      const { answer } = await askAgainst(
        failed(`{"message":"no","path":${path},"extensions":{"code":"CONFLICT"}}`),
      );
      expect(answer).toEqual({
        data: withRatings(null, null),
        errors: [0, 1].map((index) => ({
          message: 'no',
          path: ['products', index, 'rating'],
          extensions: { code: 'CONFLICT' },
        })),
      });
    }
  });
});
