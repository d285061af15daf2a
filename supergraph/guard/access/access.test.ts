import { parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '#platform/auth/caller.ts';
import { LiveOperation } from '#supergraph/live/live-operation.ts';
import { RecordGraph } from '#supergraph/test/records/record-graph.ts';
import { startTestGateway, type TestGateway } from '#supergraph/test/test-gateway.ts';

const LINK = (...names: string[]): string =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${names.map((name) => `"${name}"`).join(', ')}])`;

const SUBGRAPHS = {
  shop: `
    ${LINK('@key', '@authenticated', '@requiresScopes', '@policy', '@shareable', '@cost', '@listSize')}
    type Query {
      open: Int @cost(weight: 2)
      items: [Item!]! @listSize(assumedSize: 10)
      things: [Thing]
      me: User @authenticated
      user: User
      vault: Vault
      plans: [Plan!]! @policy(policies: [["board"]])
      level: Level
    }
    type Mutation {
      rename(name: String!): User @requiresScopes(scopes: [["write", "users"], ["admin"]])
      touch: User
    }
    type Subscription { changed: User @authenticated touched: User }
    interface Item { id: ID! name: String! price: Float }
    type Book implements Item @key(fields: "id") { id: ID! name: String! price: Float }
    type Secret implements Item @key(fields: "id") @requiresScopes(scopes: [["secrets"]]) { id: ID! name: String! price: Float code: String! }
    type Film implements Item @key(fields: "id") { id: ID! name: String! price: Float @authenticated }
    union Thing = Book | Secret
    type User @key(fields: "id") { id: ID! name: String mail: String! @requiresScopes(scopes: [["mail", "read"], ["admin"]]) born: Day }
    type Vault @authenticated { gold: Int }
    type Plan { title: String }
    scalar Day @authenticated
    enum Level @requiresScopes(scopes: [["levels"]]) { LOW HIGH }
  `,
  more: `
    ${LINK('@key', '@external', '@requires', '@requiresScopes')}
    type User @key(fields: "id") { id: ID! mail: String! @external domain: String @requires(fields: "mail") @requiresScopes(scopes: [["mail", "read"], ["admin"]]) }
    type Book @key(fields: "id") { id: ID! pages: Int }
  `,
};

const renamed: string[] = [];

function records(): ConstructorParameters<typeof RecordGraph>[1] {
  return () => {
    const book = { __typename: 'Book', id: 'b1', name: 'Book', price: 1, pages: 3 };
    const secret = { __typename: 'Secret', id: 's1', name: 'Secret', price: 2, code: 'xyz' };
    const film = { __typename: 'Film', id: 'f1', name: 'Film', price: 3 };
    const user = { __typename: 'User', id: 'u1', name: 'U', mail: 'u@x', born: '2000-01-01', domain: 'x' };
    return {
      entities: [book, secret, film, user],
      Query: { open: 1, items: [book, film], things: [book, secret], me: user, user, vault: { gold: 3 }, plans: [], level: 'LOW' }, // prettier-ignore
      Mutation: {
        rename: (_: unknown, { name }: Readonly<Record<string, unknown>>) => {
          renamed.push(String(name));
          return user;
        },
        touch: user,
      },
    };
  };
}

function callerWith(...scopes: string[]): Caller {
  return {
    subject: 's', tenant: 't', organisation: 'SHIPPER', roles: new Set(), scopes: new Set(scopes), carrier: null, carriers: null, regions: new Set(), assurance: 'AAL1', expiresAt: 0, token: 'x',
  }; // prettier-ignore
}

const graph = new RecordGraph(SUBGRAPHS, records());
/** Composed as before composers asked of an interface what is asked of any of its types. */
const older = new RecordGraph(SUBGRAPHS, records(), (sdl) =>
  sdl.replace(
    /(interface Item\n {2}@join__type\(graph: SHOP\))\n.*\n([^}]*price: Float) @authenticated/,
    '$1\n$2',
  ),
);

async function ask(
  query: string,
  caller: Caller | null,
  of = graph,
): Promise<{ data: unknown; failed: readonly string[] }> {
  const { data, failed } = await of.byGateway(parse(query), {}, caller);
  return { data, failed };
}

describe('a field that not everyone may have', () => {
  it('is null with an error at its place, and the rest of the answer stands', async () => {
    const query = '{ open mine: me { name } user { id who: name born } vault { gold } }';
    expect(await ask(query, null)).toEqual({
      data: { open: 1, mine: null, user: { id: 'u1', who: 'U', born: null }, vault: null },
      failed: ['mine', 'user.born', 'vault'],
    });
    expect(await ask(query, callerWith())).toEqual({
      data: {
        open: 1,
        mine: { name: 'U' },
        user: { id: 'u1', who: 'U', born: '2000-01-01' },
        vault: { gold: 3 },
      },
      failed: [],
    });
  });

  it('needs all scopes of one of the lists', async () => {
    const query = '{ user { name mail } }';
    for (const scopes of [[], ['mail'], ['read', 'levels']]) {
      expect(await ask(query, callerWith(...scopes))).toEqual({
        data: { user: null },
        failed: ['user.mail'],
      });
    }
    for (const scopes of [['read', 'mail'], ['admin']]) {
      expect(await ask(query, callerWith(...scopes))).toEqual({
        data: { user: { name: 'U', mail: 'u@x' } },
        failed: [],
      });
    }
  });

  it('is refused by its type too, also a scalar or an enum', async () => {
    expect(await ask('{ level }', callerWith())).toEqual({ data: { level: null }, failed: ['level'] });
    expect(await ask('{ level }', callerWith('levels'))).toEqual({ data: { level: 'LOW' }, failed: [] });
  });

  it('is refused to everyone where a policy decides', async () => {
    const answer = await ask('{ open plans { title } }', callerWith('board', 'admin'));
    expect(answer).toEqual({ data: null, failed: ['plans'] });
  });

  it('is not asked of any subgraph', () => {
    const plan = graph.supergraph.plan(parse('{ user { name mail } vault { gold } }'), undefined, null);
    expect(JSON.stringify(plan.queryPlan)).not.toMatch(/mail|vault|gold/);
  });
});

describe('an interface or a union', () => {
  it('gives a field to who may have it of every type', async () => {
    expect(older.supergraph.sdl).not.toBe(graph.supergraph.sdl);
    expect(await ask('{ items { id } }', callerWith())).toEqual({ data: null, failed: ['items'] });
    expect(await ask('{ items { __typename id } }', callerWith('secrets'), older)).toEqual({
      data: {
        items: [
          { __typename: 'Book', id: 'b1' },
          { __typename: 'Film', id: 'f1' },
        ],
      },
      failed: [],
    });
    const refused = await ask('{ items { price } }', callerWith(), older);
    expect(refused).toEqual({ data: { items: [{ price: null }, { price: null }] }, failed: ['items.0.price', 'items.1.price'] }); // prettier-ignore
  });

  it('gives what a fragment asks for of a type that the caller may have', async () => {
    const query =
      '{ items { __typename ... on Book { id price pages } ...F } } fragment F on Film { id price }';
    expect(await ask(query, null, older)).toEqual({
      data: {
        items: [
          { __typename: 'Book', id: 'b1', price: 1, pages: 3 },
          { __typename: 'Film', id: 'f1', price: null },
        ],
      },
      failed: ['items.1.price'],
    });
  });

  it('keeps the fields of a refused member back', async () => {
    const query = '{ things { __typename ... on Book { name } ... on Secret { name code } } }';
    expect(await ask(query, callerWith())).toEqual({
      data: { things: [{ __typename: 'Book', name: 'Book' }, null] },
      failed: ['things.1.name'],
    });
    expect((await ask(query, callerWith('secrets'))).failed).toEqual([]);
  });

  it('takes the allowed one of two ways to a field, without what the refused one selects inside', async () => {
    const query = '{ items { ... on Book { name } id: name } }';
    expect((await ask(query, callerWith(), older)).data).toBeNull();
    const both = '{ items { name ... on Book { name } ... on Film { name } } }';
    expect(await ask(both, null, older)).toEqual({
      data: { items: [{ name: 'Book' }, { name: 'Film' }] },
      failed: [],
    });
  });
});

it('does nothing that a caller may not do', async () => {
  const query = 'mutation { rename(name: "no") { id } touch { id mail } t: touch { id } }';
  expect(await ask(query, callerWith('write'))).toEqual({
    data: { rename: null, touch: null, t: { id: 'u1' } },
    failed: ['rename', 'touch.mail'],
  });
  expect(renamed).toEqual([]);
  await ask('mutation { rename(name: "yes") { id } }', callerWith('users', 'write'));
  expect(renamed).toEqual(['yes']);
});

it('follows conditions, and fragments that are spread at an open and at a closed place', async () => {
  const { data, failed } = await ask(
    '{ user { ...U } me { ...U } vault @skip(if: true) { gold } } fragment U on User { id }',
    null,
  );
  expect({ data, failed }).toEqual({ data: { user: { id: 'u1' }, me: null }, failed: ['me'] });
});

it('shows the schema to everyone who may read it', async () => {
  const { data, failed } = await ask(
    '{ __schema { queryType { name } } __type(name: "Vault") { name } }',
    null,
  );
  expect({ data, failed }).toEqual({ data: { __schema: { queryType: { name: 'Query' } }, __type: { name: 'Vault' } }, failed: [] }); // prettier-ignore
});

it('plans once for all callers who may have the same', () => {
  const document = parse('{ me { id } user { mail } open }');
  const plan = (caller: Caller | null): unknown => graph.supergraph.plan(document, undefined, caller);
  expect(plan(callerWith('mail'))).toBe(plan(callerWith('other')));
  expect(plan(callerWith('admin'))).toBe(plan(callerWith('mail', 'read')));
  expect(plan(null)).not.toBe(plan(callerWith()));
});

it('opens no stream that a caller may not have', () => {
  const subscribe = (caller: Caller | null): (() => unknown) => {
    const document = parse('subscription { ...S } fragment S on Subscription { changed { id } }');
    return () => new LiveOperation(graph.supergraph, { document, operationName: undefined, variables: {}, caller, region: null }, (error) => error.toJSON()); // prettier-ignore
  };
  expect(subscribe(null)).toThrow('A valid bearer token is required.');
  // It is no live field: that is found out after the access.
  expect(subscribe(callerWith())).toThrow('@live');
});

describe('over HTTP', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    const { sdl } = graph.supergraph;
    gateway = await startTestGateway({
      services: graph.services(),
      supergraph: sdl,
      env: { PUBLIC_ACCESS: 'on' },
    });
  });
  afterAll(() => gateway.close());

  it('is the same by POST and by GET, with and without a token', async () => {
    const query = '{ open me { id } user { mail } }';
    const send = async (method: string, token?: string): Promise<unknown> => {
      const headers = {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      };
      const url = method === 'GET' ? `${gateway.url}?query=${encodeURIComponent(query)}` : gateway.url;
      const body = method === 'GET' ? {} : { body: JSON.stringify({ query }) };
      return (await fetch(url, { method, headers, ...body })).json();
    };
    const code = (path: string, value: string): unknown =>
      expect.objectContaining({ path: path.split('.'), extensions: { code: value } });
    const withoutToken = {
      data: { open: 1, me: null, user: null },
      errors: [code('me', 'UNAUTHENTICATED'), code('user.mail', 'UNAUTHENTICATED')],
    };
    const reader = await gateway.token({ scope: 'graph:read' });
    const admin = await gateway.token({ scope: 'admin' });
    const withReader = {
      data: { open: 1, me: { id: 'u1' }, user: null },
      errors: [code('user.mail', 'FORBIDDEN')],
    };
    for (const method of ['POST', 'GET']) {
      expect(await send(method)).toEqual(withoutToken);
      expect(await send(method, reader)).toEqual(withReader);
      expect(await send(method, admin)).toEqual({
        data: { open: 1, me: { id: 'u1' }, user: { mail: 'u@x' } },
      });
    }
  });
});
