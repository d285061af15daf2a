import { createSchema } from 'graphql-yoga';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TELL_READS_HEADER } from '#platform/audit/told-reads.ts';
import type { Caller } from '#platform/auth/caller.ts';
import { badUserInput, fault } from '#platform/errors.ts';
import type { Access } from '#platform/policy/access.ts';
import type { Service } from '#platform/service.ts';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform.ts';
import { createSubgraphService } from './subgraph-service.ts';

interface Context {
  readonly caller: Caller;
  readonly access: Access;
}

let platform: TestPlatform;
let service: Service;
beforeAll(async () => {
  platform = await startTestPlatform();
  service = createSubgraphService<Context>({
    name: 'test',
    platform,
    schema: createSchema<Context>({
      typeDefs:
        'type Query { me: String, rate: String, broken: String, away: String, wrong(size: Int): String } type Mutation { change: String }',
      resolvers: {
        Query: {
          rate: (_, __, { access }) => {
            const decision = {
              allowed: true,
              rule: 'buyers',
              reason: 'a role',
              attributes: { state: 'OPEN' },
            };
            access.record({ decision, rule: 'rates', place: 'Query.rate', sensitivity: 'COMMERCIAL' });
            return '7';
          },
          me: (_, __, { caller }) => caller.subject,
          broken: () => {
            throw new Error('password=hunter2 at /srv/secret.ts');
          },
          away: () => {
            throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
          },
          wrong: (_, { size }: { size: number }) => {
            throw badUserInput(fault('size', size, 'expected 1 to 9'));
          },
        },
      },
    }),
    createContext: (caller, access) => ({ caller, access }),
  });
});
afterAll(async () => {
  await service.close();
  await platform.close();
});

interface Answer {
  status: number;
  headers: Headers;
  body: {
    data?: unknown;
    errors?: { message: string; path?: unknown; extensions: Record<string, unknown> }[];
  };
}

async function post(query: string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await service.graphql(
    new Request('http://test/graphql', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json',
        ...headers,
      },
      body: JSON.stringify({ query }),
    }),
  );
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Answer['body'],
  };
}

const bearer = async (): Promise<Record<string, string>> => ({
  authorization: `Bearer ${await platform.token('aurora-viewer')}`,
});

describe('a subgraph', () => {
  it('verifies the token itself and knows the caller', async () => {
    expect((await post('{ me }', await bearer())).body).toEqual({ data: { me: 'aurora-viewer' } });
  });

  it.each([
    ['no token', {}],
    ['a bad token', { authorization: 'Bearer a.b.c' }],
    ['an identity in another header', { 'x-user': 'aurora-admin', 'x-tenant': 'aurora' }],
  ])('answers 401 and no data to %s', async (_, headers) => {
    const { status, body, headers: answered } = await post('{ me }', headers);
    expect(status).toBe(401);
    expect(answered.get('www-authenticate')).toBe('Bearer');
    expect(body).toEqual({
      errors: [{ message: 'A valid bearer token is required.', extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });

  it("takes nobody's word for who calls but the token's", async () => {
    const said = {
      'x-user': 'aurora-admin',
      'x-tenant': '0b000000-0000-4000-8000-00000000000b',
      'x-forwarded-user': 'aurora-admin',
      'x-supercargo-caller': '{"subject":"aurora-admin"}',
      'x-apollo-authenticated': 'true',
    };
    const { body } = await post('{ me }', { ...said, ...(await bearer()) });
    expect(body).toEqual({ data: { me: 'aurora-viewer' } });
  });

  it('tells which sensitive fields it has shown to whoever asks for that, and nothing about them', async () => {
    const asking = { ...(await bearer()), [TELL_READS_HEADER]: 'on' };
    expect((await post('{ rate again: rate me }', asking)).body).toEqual({
      data: { rate: '7', again: '7', me: 'aurora-viewer' },
      extensions: { reads: [{ action: 'Query.rate', rule: 'buyers', reason: 'a role' }] },
    });
    expect((await post('{ me }', asking)).body).toEqual({ data: { me: 'aurora-viewer' } });
    expect((await post('{ rate }', await bearer())).body).toEqual({ data: { rate: '7' } });
  });

  it('tells its schema, and only that, without a token outside production', async () => {
    expect((await post('{ __schema { queryType { name } } }')).body.data).toEqual({
      __schema: { queryType: { name: 'Query' } },
    });
    expect((await post('{ __typename me }')).status).toBe(401);
  });

  it('lets documented errors out with their path', async () => {
    const { body } = await post('{ wrong(size: 12) }', await bearer());
    expect(body.errors).toMatchObject([
      {
        message: 'size is 12: expected 1 to 9',
        path: ['wrong'],
        extensions: {
          code: 'BAD_USER_INPUT',
          faults: [{ field: 'size', value: '12', reason: 'expected 1 to 9' }],
        },
      },
    ]);
  });

  it('hides what else goes wrong', async () => {
    const { body } = await post('{ broken me }', await bearer());
    expect(body.data).toEqual({ broken: null, me: 'aurora-viewer' });
    expect(body.errors).toMatchObject([{ path: ['broken'], extensions: { code: 'INTERNAL' } }]);
    expect(JSON.stringify(body)).not.toMatch(/hunter2|secret\.ts/);
  });

  it('says UNAVAILABLE when a dependency is away', async () => {
    expect((await post('{ away }', await bearer())).body.errors).toMatchObject([
      { path: ['away'], extensions: { code: 'UNAVAILABLE' } },
    ]);
  });

  it('answers 4xx to what is not a valid request', async () => {
    expect((await post('{ nothing }', await bearer())).status).toBe(400);
    expect((await post('{ me', await bearer())).status).toBe(400);
    const get = await service.graphql(
      new Request('http://test/graphql?query=mutation{change}', { headers: await bearer() }),
    );
    expect(get.status).toBe(405);
  });
});
