import { createConnection } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { auditServer } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SHOP_SUBGRAPHS } from './test/shop.ts';
import { testSubgraph } from './test/shop-subgraph.ts';
import { startTestGateway, type Answer, type TestGateway } from './test/test-gateway.ts';
import { MAX_BODY_SIZE } from './http.ts';

const PRODUCTION = {
  NODE_ENV: 'production',
  AUTH_ISSUER: 'https://issuer.test',
  AUTH_AUDIENCE: 'shop',
  // Nothing listens there: no test token comes from it.
  AUTH_JWKS_URL: 'http://127.0.0.1:1/jwks',
};

let gateway: TestGateway;
let open: TestGateway;
let production: TestGateway;
let openProduction: TestGateway;

beforeAll(async () => {
  const services = SHOP_SUBGRAPHS.map(testSubgraph);
  [gateway, open, production, openProduction] = await Promise.all([
    startTestGateway({ services, env: { CORS_ORIGINS: 'https://app.test' } }),
    startTestGateway({ services, env: { PUBLIC_ACCESS: 'on' } }),
    startTestGateway({ services, env: PRODUCTION }),
    startTestGateway({ services, env: { ...PRODUCTION, PUBLIC_ACCESS: 'on' } }),
  ]);
});

afterAll(() => Promise.all([gateway, open, production, openProduction].map((one) => one.close())));

async function post(
  to: TestGateway,
  query: string,
  headers: Record<string, string> = {},
): Promise<Answer & { status: number }> {
  const body = JSON.stringify({ query });
  const response = await fetch(to.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  return { status: response.status, ...((await response.json()) as Answer) };
}

const refused = { message: 'A valid bearer token is required.', extensions: { code: 'UNAUTHENTICATED' } };

describe('a caller without a token', () => {
  it('gets no data', async () => {
    expect(await post(gateway, '{ me { name } }')).toEqual({ status: 401, errors: [refused] });
  });

  it('gets no data hidden beside the schema either', async () => {
    for (const query of [
      '{ __typename me { name } }',
      '{ ...F } fragment F on Query { __typename me { name } }',
      'mutation { __typename }',
    ]) {
      expect(await post(gateway, query)).toEqual({ status: 401, errors: [refused] });
    }
  });

  it('may read the schema outside production', async () => {
    const answer = await post(
      gateway,
      '{ __schema { queryType { name } } __type(name: "Product") { name } }',
    );
    expect(answer).toEqual({
      status: 200,
      data: { __schema: { queryType: { name: 'Query' } }, __type: { name: 'Product' } },
    });
  });

  it('learns nothing at all in production, not even about syntax', async () => {
    for (const query of ['{ __typename }', '{', '{ nope }']) {
      expect(await post(production, query)).toEqual({ status: 401, errors: [refused] });
    }
  });

  it('gets data where access is public, but in production neither the schema nor guesses at it', async () => {
    expect((await post(open, '{ me { nme } }')).errors?.[0]?.message).toContain('Did you mean');
    expect(await post(openProduction, '{ me { name } }')).toEqual({
      status: 200,
      data: { me: { name: 'User u1' } },
    });
    expect(await post(openProduction, '{ me { nme } }')).toEqual({
      status: 200,
      errors: [
        expect.objectContaining({
          message: 'Cannot query field "nme" on type "User".',
          extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
        }),
      ],
    });
    const [error] = (await post(openProduction, '{ __schema { queryType { name } } }')).errors ?? [];
    expect(error).toMatchObject({
      message: expect.stringContaining('introspection') as string,
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
  });
});

describe('an operation', () => {
  it('that may ask for too many objects, or is too long, is refused before anything is asked', async () => {
    const authorization = `Bearer ${await gateway.token()}`;
    const nested = '{ search(text: "") { ... on Product { similar { similar { similar { id } } } } } }';
    expect(await post(gateway, nested, { authorization })).toMatchObject({
      errors: [{ message: expect.stringMatching(/may ask for \d+ objects: at most 100000/) as string }],
    });
    expect((await post(open, nested, {})).errors).toBeUndefined();
    const long = `{ ${'whoami '.repeat(10_001)} }`;
    expect(await post(gateway, long, { authorization })).toMatchObject({
      errors: [{ message: expect.stringContaining('10000 tokens') as string }],
    });
    const deep = `${'{ whoami '.repeat(50_000)}${'}'.repeat(50_000)}`;
    const [error] = (await post(gateway, deep, { authorization })).errors ?? [];
    expect(error?.extensions?.code).toBe('GRAPHQL_PARSE_FAILED');
  });
});

describe('a token', () => {
  it('that is good is let in', async () => {
    const token = await gateway.token();
    expect(await post(gateway, '{ whoami }', { authorization: `Bearer ${token}` })).toEqual({
      status: 200,
      data: { whoami: token },
    });
  });

  it('that is not is refused, whatever it is for and even where access is public', async () => {
    const [header, payload] = (await gateway.token()).split('.');
    const bad = [
      'Bearer nope',
      `Bearer ${header}.${payload}.`,
      'Basic YTpi',
      '',
      `Bearer ${await gateway.token({}, -60)}`,
    ];
    for (const authorization of bad) {
      for (const to of [gateway, open]) {
        expect(await post(to, '{ __typename }', { authorization })).toEqual({
          status: 401,
          errors: [refused],
        });
      }
    }
  });

  it('can be judged later when the issuer is away', async () => {
    const authorization = `Bearer ${await gateway.token()}`;
    expect(await post(production, '{ me { name } }', { authorization })).toMatchObject({
      status: 503,
      errors: [{ extensions: { code: 'UNAVAILABLE' } }],
    });
  });
});

describe('a request', () => {
  it('must be JSON that says so', async () => {
    const bodies: [string, string][] = [
      ['application/x-www-form-urlencoded', 'query=mutation%7B__typename%7D'],
      ['text/plain', '{"query":"{ __typename }"}'],
      ['application/graphql', '{ __typename }'],
      ['application/jsonp', '{"query":"{ __typename }"}'],
      [
        'multipart/form-data; boundary=x',
        '--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{"query":"{ __typename }"}\r\n--x--',
      ],
    ];
    for (const [type, body] of bodies) {
      const response = await fetch(open.url, { method: 'POST', headers: { 'content-type': type }, body });
      expect([type, response.status]).toEqual([type, 415]);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    }
  });

  it('may not mutate by GET', async () => {
    const response = await fetch(`${open.url}?query=mutation{rename(id:"1",name:"x"){name}}`);
    expect(response.status).toBe(405);
    const query = await fetch(`${open.url}?query={me{name}}`);
    expect(await query.json()).toEqual({ data: { me: { name: 'User u1' } } });
  });

  it('may not be a batch', async () => {
    const response = await fetch(open.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ query: '{ __typename }' }, { query: '{ __typename }' }]),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      errors: [{ message: 'Batching is not supported.', extensions: { code: 'BAD_REQUEST' } }],
    });
  });

  it('may not be larger than a megabyte, announced or not', async () => {
    const body = JSON.stringify({ query: '{ __typename }', variables: { pad: 'x'.repeat(MAX_BODY_SIZE) } });
    const headers = { 'content-type': 'application/json' };
    const announced = await fetch(open.url, { method: 'POST', headers, body });
    expect(announced.status).toBe(413);
    expect(await announced.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    const stream = new Blob([body]).stream();
    const streamed = await fetch(open.url, {
      method: 'POST',
      headers,
      body: stream,
      duplex: 'half',
    } as RequestInit);
    expect(streamed.status).toBe(413);
  });

  it('with wrong variables is told which', async () => {
    const response = await fetch(open.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
      body: JSON.stringify({
        query: 'query($first: Int!) { products(first: $first) { id } }',
        variables: { first: 'all' },
      }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      errors: [
        {
          message: expect.stringContaining('"$first" got invalid value "all"') as string,
          extensions: { code: 'BAD_USER_INPUT' },
        },
      ],
    });
  });

  it('from another origin is allowed only for listed ones', async () => {
    const preflight = (origin: string): Promise<Response> =>
      fetch(gateway.url, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization',
        },
      });
    expect((await preflight('https://app.test')).headers.get('access-control-allow-origin')).toBe(
      'https://app.test',
    );
    expect((await preflight('https://evil.test')).headers.get('access-control-allow-origin')).not.toBe(
      'https://evil.test',
    );
    expect(
      (await fetch(open.url, { method: 'OPTIONS', headers: { origin: 'https://app.test' } })).headers.get(
        'access-control-allow-origin',
      ),
    ).toBeNull();
    // The page that a browser loads elsewhere can read why it was refused.
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: { origin: 'https://app.test', authorization: 'Bearer x' },
    });
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([
      401,
      'https://app.test',
    ]);
  });
});

describe('subscriptions that can not be', () => {
  const cases = {
    'two root fields': [
      'subscription { tick productChanged { cursor } }',
      'must select only one top level field',
    ],
    'a condition on the root field': [
      'subscription($a: Boolean!) { productChanged @include(if: $a) { cursor } }',
      '@include is not allowed on the root field',
    ],
    'a condition around the root field': [
      'subscription($a: Boolean!) { ... @skip(if: $a) { productChanged { cursor } } }',
      '@skip is not allowed on the root field',
    ],
  } as const;
  for (const [what, [query, message]] of Object.entries(cases)) {
    it(`${what} are refused`, async () => {
      const answer = await gateway.ask(query, { a: true });
      expect(answer.errors?.map(({ extensions }) => extensions?.code)).toContain('GRAPHQL_VALIDATION_FAILED');
      expect(answer.errors?.[0]?.message).toContain(message);
    });
  }
});

describe('GraphiQL', () => {
  it('is one page, compressed, cached by its tag, and told to load nothing from elsewhere', async () => {
    const headers = { accept: 'text/html,*/*' };
    const response = await fetch(gateway.url, { headers });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toContain("connect-src 'self'");
    expect(await response.text()).toContain('YogaGraphiQL.renderYogaGraphiQL');
    const etag = response.headers.get('etag') ?? '';
    expect((await fetch(gateway.url, { headers: { ...headers, 'if-none-match': etag } })).status).toBe(304);
    // After an edit the address holds the query; loading it again must open the editor.
    const again = await fetch(`${gateway.url}?query=%7Bme%7Bname%7D%7D`, { headers });
    expect(again.headers.get('etag')).toBe(etag);
  });

  it('comes compressed to those who can unpack it', async () => {
    const { port } = new URL(gateway.url);
    const raw = await new Promise<Buffer>((resolve, reject) => {
      const chunks: Buffer[] = [];
      const socket = createConnection(Number(port), '127.0.0.1', () => {
        socket.write(
          'GET /graphql HTTP/1.0\r\nHost: x\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\n\r\n',
        );
      });
      socket
        .on('data', (chunk) => chunks.push(chunk))
        .on('end', () => resolve(Buffer.concat(chunks)))
        .on('error', reject);
    });
    const end = raw.indexOf('\r\n\r\n');
    expect(raw.subarray(0, end).toString().toLowerCase()).toContain('content-encoding: gzip');
    expect(gunzipSync(raw.subarray(end + 4)).length).toBeGreaterThan(raw.length);
  });
});

describe("graphql-http's audit", () => {
  it('finds every MUST and SHOULD kept', async () => {
    const results = await auditServer({ url: open.url, fetchFn: fetch });
    expect(results.length).toBeGreaterThan(50);
    expect(
      results
        .filter(({ status }) => status !== 'ok')
        .map((result) => [result.id, result.name, 'reason' in result ? result.reason : '']),
    ).toEqual([]);
  });

  it('finds the same for a caller with a token where one is needed', async () => {
    const token = await gateway.token();
    const fetchFn: typeof fetch = (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set('authorization', `Bearer ${token}`);
      return fetch(input, { ...init, headers });
    };
    const results = await auditServer({ url: gateway.url, fetchFn });
    expect(results.filter(({ status }) => status !== 'ok').map(({ id, name }) => [id, name])).toEqual([]);
  });

  it('asks for nothing but the schema, so that it finds the same without a token outside production', async () => {
    const results = await auditServer({ url: gateway.url, fetchFn: fetch });
    expect(results.filter(({ status }) => status !== 'ok').map(({ id, name }) => [id, name])).toEqual([]);
  });

  it('finds nothing else than 401 without a token in production, where not even the schema is told', async () => {
    const results = await auditServer({ url: production.url, fetchFn: fetch });
    const refusals = results.filter((result) => result.status !== 'ok');
    expect(refusals.length).toBeGreaterThan(10);
    for (const refusal of refusals) {
      expect([refusal.id, 'response' in refusal && refusal.response.status]).toEqual([refusal.id, 401]);
    }
  });
});
