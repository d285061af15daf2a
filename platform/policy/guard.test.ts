import {
  buildSchema,
  execute,
  type GraphQLObjectType,
  parse,
  type ExecutionResult,
  type GraphQLFieldResolver,
  type GraphQLSchema,
} from 'graphql';
import { allow } from 'graphql-shield';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../auth/caller.ts';
import { createAccess, type Access, type AccessRecord } from './access.ts';
import { policy } from './decision.ts';
import { guard, type Rules } from './guard.ts';
import { residencyOf } from './residency.ts';
import * as when from './rules.ts';
import { changeRule, closed, open, readRule } from './rules.ts';

const typeDefs = `
  type Query { items: [Item] slow: [Item] schema: String none: String }
  type Mutation { change(id: ID!): Item }
  type Item { id: ID! owner: String price: Int late: Int echo(text: String): String }
`;
const ITEMS = [
  { id: '1', owner: 'us', price: 10, late: 1 },
  { id: '2', owner: 'them', price: 20, late: 2 },
];
const resolvers = {
  Query: { items: () => ITEMS, slow: () => Promise.resolve(ITEMS), schema: () => 'schema', none: () => 'x' },
  Mutation: { change: (_: unknown, { id }: { id: string }) => ITEMS.find((item) => item.id === id) },
  Item: { echo: (_: unknown, { text }: { text: string }) => text },
};
const plain = buildSchema(typeDefs);
for (const [type, fields] of Object.entries(resolvers)) {
  const known = (plain.getType(type) as GraphQLObjectType).getFields();
  for (const [name, resolve] of Object.entries(fields)) {
    (known[name] as (typeof known)[string]).resolve = resolve as GraphQLFieldResolver<unknown, unknown>;
  }
}

const caller = (changes: Partial<Caller> = {}): Caller => ({
  subject: 'somebody',
  tenant: 'us',
  organisation: 'SHIPPER',
  roles: new Set(['viewer']),
  scopes: new Set(['graph:read']),
  regions: new Set(),
  assurance: 'AAL1',
  carrier: null,
  carriers: null,
  expiresAt: 0,
  token: '',
  ...changes,
});

interface Context {
  readonly access: Access;
  readonly owners: { load(id: string): Promise<string> };
}

/** The schema under rules, and how often the rule about the caller was decided. */
function guarded(): { schema: GraphQLSchema; decided: () => number } {
  let times = 0;
  const reading = when.tenant(
    policy({
      rule: 'reading',
      holds: 'the scope',
      test: ({ scopes }) => {
        times += 1;
        return scopes.has('graph:read');
      },
    }),
  );
  const own = policy<{ tenant: string; owner: string }>({
    rule: 'own',
    holds: 'it is ours',
    test: ({ tenant, owner }) => tenant === owner,
  });
  const read = readRule({ name: 'read', to: 'Readers.' }, reading);
  const rules: Rules = {
    Query: { schema: open, items: read, slow: read },
    Mutation: {
      change: changeRule(
        { name: 'change', to: 'Owners.' },
        when.changeWith<{ id: string }, Context>(async ({ actor }, { id }, { owners }) =>
          own({ tenant: actor.id, owner: await owners.load(id) }),
        ),
      ),
    },
    Item: {
      '*': read,
      price: readRule(
        { name: 'price', to: 'The owner.', sensitivity: 'COMMERCIAL' },
        reading,
        when.object(({ tenant }, { owner }: { owner: string }) => own({ tenant, owner })),
      ),
      late: readRule(
        { name: 'late', to: 'The owner.' },
        when.objectWith<{ id: string }, Context>(async ({ tenant }, { id }, { owners }) =>
          own({ tenant, owner: await owners.load(id) }),
        ),
      ),
    },
  };
  return { schema: guard(plain, rules), decided: () => times };
}

async function ask(
  source: string,
  who: Caller | null = caller(),
  regions: Readonly<Record<string, string>> = {},
  failure?: Error,
): Promise<{ result: ExecutionResult; records: AccessRecord[]; decided: number; waited: boolean }> {
  const { schema, decided } = guarded();
  const records: AccessRecord[] = [];
  const owners = {
    load: (id: string) => (failure ? Promise.reject(failure) : Promise.resolve(id === '1' ? 'us' : 'them')),
  };
  const access =
    who &&
    createAccess(who, {
      environment: { time: new Date(), clientRegion: null },
      residency: residencyOf(new Map(Object.entries(regions))),
      record: (record) => records.push(record),
    });
  const contextValue = access === null ? {} : { access, owners };
  const result = execute({ schema, document: parse(source), contextValue });
  const waited = result instanceof Promise;
  return { result: await result, records, decided: decided(), waited };
}

const errorsOf = ({ errors = [] }: ExecutionResult): unknown =>
  errors.map(({ path, extensions }) => [path?.join('.'), extensions.code]);

describe('a guarded schema', () => {
  it('decides about the caller once a request, and makes no promise of what is allowed', async () => {
    const { result, decided, waited, records } = await ask('{ items { id owner echo(text: "x") } schema }');
    expect(result.errors).toBeUndefined();
    expect(result.data).toMatchObject({ items: [{ id: '1', owner: 'us', echo: 'x' }, { id: '2' }] });
    expect([decided, waited, records]).toEqual([1, false, []]);
  });

  it('denies by default, and without a right', async () => {
    const { result, records } = await ask('{ none }');
    expect([result.data, errorsOf(result)]).toEqual([{ none: null }, [['none', 'FORBIDDEN']]]);
    expect(records).toMatchObject([{ rule: 'closed', place: 'Query.none', decision: { allowed: false } }]);
    const blind = await ask('{ items { id } schema }', caller({ scopes: new Set() }));
    expect(blind.result.data).toEqual({ items: null, schema: 'schema' });
    expect(blind.records).toMatchObject([{ rule: 'read', place: 'Query.items' }]);
  });

  it('asks for a token where there is none', async () => {
    const { result } = await ask('{ items { id } schema }', null);
    expect(result.data).toEqual({ items: null, schema: 'schema' });
    expect(errorsOf(result)).toEqual([['items', 'UNAUTHENTICATED']]);
  });

  it('decides by the object, and records what is sensitive', async () => {
    const { result, records } = await ask('{ a: items { price } b: slow { price } }');
    const prices = [{ price: 10 }, { price: null }];
    expect(result.data).toEqual({ a: prices, b: prices });
    expect(errorsOf(result)).toEqual([
      ['a.1.price', 'FORBIDDEN'],
      ['b.1.price', 'FORBIDDEN'],
    ]);
    const told = records.map(({ decision: { allowed, rule }, place }) => `${place} ${allowed} ${rule}`);
    expect(told.toSorted()).toEqual([
      'Item.price false own',
      'Item.price false own',
      'Item.price true own',
      'Item.price true own',
    ]);
  });

  it('decides by what has to be looked up, and by the arguments', async () => {
    const { result } = await ask('{ items { late } }');
    expect(result.data).toEqual({ items: [{ late: 1 }, { late: null }] });
    const changes = 'mutation { mine: change(id: "1") { id } theirs: change(id: "2") { id } }';
    const changed = await ask(changes, caller({ subject: 'us' }));
    expect(changed.result.data).toEqual({ mine: { id: '1' }, theirs: null });
    expect(errorsOf(changed.result)).toEqual([['theirs', 'FORBIDDEN']]);
  });

  it('shows nothing where a look-up fails, and tells that as what it is', async () => {
    const { result, records } = await ask('{ items { late } }', caller(), {}, new Error('away'));
    expect(result.data).toEqual({ items: [{ late: null }, { late: null }] });
    expect(result.errors?.map(({ message }) => message)).toEqual(['away', 'away']);
    expect(records).toEqual([]);
  });

  it('keeps the data of a bound tenant from callers without its region', async () => {
    const bound = { us: 'EU' };
    expect(errorsOf((await ask('{ items { id } }', caller(), bound)).result)).toEqual([
      ['items', 'FORBIDDEN'],
    ]);
    const european = await ask('{ items { id } }', caller({ regions: new Set(['EU']) }), bound);
    expect(european.result.errors).toBeUndefined();
  });
});

describe('rules that would be a mistake stop the start', () => {
  const never = policy({ rule: 'x', holds: 'x', test: () => false });
  const personal = changeRule({ name: 'x', to: 'x' }, when.caller(never));

  it.each<[string, Rules, RegExp]>([
    ['the person in what is read', { Item: personal }, /Item\.id is for changes/],
    ['a rule made elsewhere', { Item: allow as never }, /Item\.id: expected one of/],
    ['a type that is not there', { Nothing: closed }, /Nothing types/],
    ['a field that is not there', { Item: { '*': closed, nothing: closed } }, /Item\.nothing fields/],
  ])('%s', (_, rules, message) => {
    expect(() => guard(plain, rules)).toThrow(message);
  });

  it('a subject has no person in it', async () => {
    const { subjectOf } = await import('./subject.ts');
    expect(Object.keys(subjectOf(caller())).toSorted()).toEqual(
      ['assurance', 'carrier', 'organisation', 'regions', 'roles', 'scopes', 'tenant'].toSorted(),
    );
  });
});
