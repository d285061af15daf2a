import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SHOP_SUBGRAPHS } from '#supergraph/test/shop.ts';
import { testSubgraph } from '#supergraph/test/shop-subgraph.ts';
import { socketClient } from '#supergraph/test/subscribers.ts';
import { startTestGateway, until, type TestGateway } from '#supergraph/test/test-gateway.ts';
import { startRedis } from '#tools/services/redis.ts';
import { hashOf } from './known-documents.ts';

const ME = '{ me { name } }';
const OTHER = '{ me { id } }';
const DATA = { data: { me: { name: 'User u1' } } };
const services = SHOP_SUBGRAPHS.map(testSubgraph);
let directory: string;
let redis: Awaited<ReturnType<typeof startRedis>>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'documents-'));
  redis = await startRedis({ directory, appendOnly: false });
});

afterAll(async () => {
  await redis.stop();
  await rm(directory, { recursive: true, force: true });
});

const named = (text: string, hash = hashOf(text)): Record<string, unknown> => ({
  extensions: { persistedQuery: { version: 1, sha256Hash: hash } },
});

async function post(to: TestGateway, body: unknown, headers: Record<string, string> = {}): Promise<unknown> {
  const authorization = `Bearer ${await to.token()}`;
  const response = await fetch(to.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization, ...headers },
    body: JSON.stringify(body),
  });
  return response.json();
}

async function get(to: TestGateway, parameters: Record<string, string>): Promise<Response> {
  const address = `${to.url}?${new URLSearchParams(parameters).toString()}`;
  return fetch(address, { headers: { authorization: `Bearer ${await to.token()}` } });
}

async function bySocket(to: TestGateway, payload: Record<string, unknown>): Promise<unknown> {
  const client = socketClient(to.socketUrl, await to.token());
  try {
    return await new Promise<unknown>((resolve, reject) => {
      client.subscribe(
        { query: '', ...payload },
        { next: resolve, error: resolve, complete: () => reject(new Error('no answer')) },
      ); // prettier-ignore
    });
  } finally {
    await client.dispose();
  }
}

const code = (value: string, message: unknown = expect.any(String)): unknown =>
  expect.objectContaining({ message, extensions: { code: value } });
const NOT_FOUND = { errors: [code('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound')] };

describe('automatic persisted queries', () => {
  it('are run by their hash once the text was sent, by POST, GET and WebSocket, without Redis', async () => {
    const gateway = await startTestGateway({ services });
    try {
      expect(await post(gateway, named(ME))).toEqual(NOT_FOUND);
      const missed = await get(gateway, { extensions: JSON.stringify(named(ME).extensions) });
      expect([missed.status, await missed.json()]).toEqual([200, NOT_FOUND]);
      expect(await post(gateway, { query: ME, ...named(ME) })).toEqual(DATA);
      expect(await post(gateway, named(ME))).toEqual(DATA);
      expect(await (await get(gateway, { extensions: JSON.stringify(named(ME).extensions) })).json()).toEqual(
        DATA,
      );
      expect(await bySocket(gateway, named(ME))).toEqual(DATA);
      expect(await post(gateway, { documentId: `sha256:${hashOf(ME)}` })).toEqual(DATA);
      // Sent by GET, named by POST.
      expect(await (await get(gateway, { query: OTHER, extensions: JSON.stringify(named(OTHER).extensions) })).json()).toHaveProperty('data'); // prettier-ignore
      expect(await post(gateway, named(OTHER))).toEqual({ data: { me: { id: 'u1' } } });
      const { values } = await gateway.platform.metrics.documentLookups.get();
      expect(Object.fromEntries(values.map(({ labels, value }) => [labels.outcome, value]))).toMatchObject({ stored: 2 }); // prettier-ignore
    } finally {
      await gateway.close();
    }
  });

  it('are refused with a wrong hash, and texts that are not valid are not kept', async () => {
    const gateway = await startTestGateway({ services });
    try {
      expect(await post(gateway, { query: ME, ...named(OTHER) })).toEqual({ errors: [code('BAD_REQUEST')] });
      expect(await post(gateway, named('x', 'short'))).toEqual({ errors: [code('BAD_REQUEST')] });
      expect(await post(gateway, { query: '{ nope }', ...named('{ nope }') })).toEqual({
        errors: [expect.objectContaining({ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } })],
      });
      expect(await post(gateway, named('{ nope }'))).toEqual(NOT_FOUND);
      expect(await post(gateway, { variables: {} })).toEqual({ errors: [code('BAD_REQUEST')] });
    } finally {
      await gateway.close();
    }
  });

  it('are known to every gateway over Redis, and to each by itself while Redis is away', async () => {
    const env = { REDIS_URL: redis.url };
    const [one, other] = await Promise.all([
      startTestGateway({ services, env }),
      startTestGateway({ services, env }),
    ]);
    const client = new Redis(redis.url);
    client.on('error', () => undefined);
    try {
      await post(one, { query: ME, ...named(ME) });
      const key = `document:sent:${hashOf(ME)}`;
      await until(async () => (await client.exists(key)) === 1, 'the text is in Redis');
      expect(await client.ttl(key)).toBeGreaterThan(3_600);
      expect(await post(other, named(ME))).toEqual(DATA);
      // Whoever can write into Redis can't make a hash mean something else.
      await client.set(`document:sent:${hashOf(OTHER)}`, 'mutation { rename(id: "1", name: "x") { name } }');
      expect(await post(other, named(OTHER))).toEqual(NOT_FOUND);
      const { port } = new URL(redis.url);
      await redis.stop();
      expect(await post(other, named(ME))).toEqual(DATA);
      expect(await post(other, named('{ me { id name } }'))).toEqual(NOT_FOUND);
      expect(await post(other, { query: OTHER, ...named(OTHER) })).toEqual({ data: { me: { id: 'u1' } } });
      expect(await post(other, named(OTHER))).toEqual({ data: { me: { id: 'u1' } } });
      redis = await startRedis({ directory, appendOnly: false, port: Number(port) });
    } finally {
      client.disconnect();
      await Promise.all([one.close(), other.close()]);
    }
  });

  it('are told to nobody without a token in production', async () => {
    const gateway = await startTestGateway({
      services,
      env: {
        NODE_ENV: 'production',
        AUTH_ISSUER: 'https://issuer.test',
        AUTH_AUDIENCE: 'shop',
        AUTH_JWKS_URL: 'http://127.0.0.1:1/jwks',
      },
    });
    try {
      for (const body of [named(ME), { query: ME, ...named(ME) }, { documentId: hashOf(ME) }]) {
        const headers = { 'content-type': 'application/json' };
        const response = await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify(body) });
        expect([response.status, await response.json()]).toEqual([
          401,
          { errors: [code('UNAUTHENTICATED')] },
        ]);
      }
      expect((await fetch(`${gateway.url}?documentId=${hashOf(ME)}`)).status).toBe(401);
    } finally {
      await gateway.close();
    }
  });

  it('can be switched off', async () => {
    const gateway = await startTestGateway({ services, env: { PERSISTED_QUERIES: 'off' } });
    try {
      expect(await post(gateway, { query: ME, ...named(ME) })).toEqual({ errors: [code('PERSISTED_QUERY_NOT_SUPPORTED', 'PersistedQueryNotSupported')] }); // prettier-ignore
      expect(await post(gateway, { query: ME })).toEqual(DATA);
    } finally {
      await gateway.close();
    }
  });
});

describe('trusted documents', () => {
  it('of a file are all that is run, and the file is followed', async () => {
    const file = join(directory, 'manifest.json');
    const operations = [{ id: 'me', name: 'Me', type: 'query', body: ME }];
    await writeFile(
      file,
      JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations }),
    );
    const gateway = await startTestGateway({ services, env: { TRUSTED_DOCUMENTS: file } });
    try {
      for (const body of [{ query: ME }, named(ME), { documentId: 'me' }, { documentId: hashOf(ME) }]) {
        expect(await post(gateway, body)).toEqual(DATA);
        expect(await bySocket(gateway, body)).toEqual(DATA);
      }
      expect(await (await get(gateway, { documentId: 'me' })).json()).toEqual(DATA);
      const refused = await get(gateway, { query: OTHER });
      expect([refused.status, await refused.json()]).toEqual([
        403,
        { errors: [code('DOCUMENT_NOT_TRUSTED')] },
      ]);
      for (const body of [{ query: OTHER }, { query: `${ME} ` }, { query: OTHER, ...named(ME) }]) {
        expect(await post(gateway, body)).toEqual({ errors: [code('DOCUMENT_NOT_TRUSTED')] });
        expect(await bySocket(gateway, body)).toEqual([code('DOCUMENT_NOT_TRUSTED')]);
      }
      expect(await post(gateway, { query: OTHER, ...named(OTHER) })).toEqual({ errors: [code('DOCUMENT_NOT_TRUSTED')] }); // prettier-ignore
      expect(await post(gateway, named(OTHER))).toEqual(NOT_FOUND);
      const events = await fetch(gateway.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${await gateway.token()}` },
        body: JSON.stringify({ query: 'subscription { productChanged { name } }' }),
      }); // prettier-ignore
      expect(await events.text()).toContain('DOCUMENT_NOT_TRUSTED');
      await writeFile(`${file}.new`, JSON.stringify({ [hashOf(OTHER)]: OTHER }));
      await rename(`${file}.new`, file);
      await until(
        async () => JSON.stringify(await post(gateway, named(OTHER))).includes('"id":"u1"'),
        'the new manifest is used',
      );
      expect(await post(gateway, { query: ME })).toEqual({ errors: [code('DOCUMENT_NOT_TRUSTED')] });
    } finally {
      await gateway.close();
    }
  });

  it('of Redis are all that is run', async () => {
    const env = { REDIS_URL: redis.url, TRUSTED_DOCUMENTS: 'redis' };
    const gateway = await startTestGateway({ services, env });
    const client = new Redis(redis.url);
    try {
      await client.set(`document:trusted:${hashOf(ME)}`, ME);
      expect(await post(gateway, named(ME))).toEqual(DATA);
      expect(await post(gateway, { query: ME })).toEqual(DATA);
      expect(await post(gateway, { query: OTHER, ...named(OTHER) })).toEqual({ errors: [code('DOCUMENT_NOT_TRUSTED')] }); // prettier-ignore
      expect(await post(gateway, named(OTHER))).toEqual(NOT_FOUND);
    } finally {
      client.disconnect();
      await gateway.close();
    }
  });

  it('that cannot be read stop the start', async () => {
    const missing = startTestGateway({ services, env: { TRUSTED_DOCUMENTS: join(directory, 'none.json') } });
    await expect(missing).rejects.toThrow('TRUSTED_DOCUMENTS');
    await expect(startTestGateway({ services, env: { TRUSTED_DOCUMENTS: 'redis' } })).rejects.toThrow(
      'REDIS_URL',
    );
  });
});

describe('the plan of an operation', () => {
  it('is shown to those who may see it and ask for it', async () => {
    const gateway = await startTestGateway({
      services,
      env: { QUERY_PLANS: 'role:admin, scope:graph:plans' },
    });
    try {
      const ask = async (claims: Record<string, unknown>, form: string): Promise<unknown> =>
        post(
          gateway,
          { query: ME },
          { 'x-query-plan': form, authorization: `Bearer ${await gateway.token(claims)}` },
        );
      expect(await ask({ roles: ['viewer'] }, 'text')).toEqual(DATA);
      const text = expect.stringMatching(/^QueryPlan \{[^]*Fetch\(service: "users"\)/) as string;
      expect(await ask({ roles: ['admin'] }, 'text')).toEqual({ ...DATA, extensions: { queryPlan: text } });
      expect(await ask({ scope: 'graph:plans' }, 'json')).toMatchObject({
        ...DATA,
        extensions: { queryPlan: { kind: 'QueryPlan', node: { kind: 'Fetch', serviceName: 'users' } } },
      });
      expect(await post(gateway, { query: ME })).toEqual(DATA);
    } finally {
      await gateway.close();
    }
  });
});
