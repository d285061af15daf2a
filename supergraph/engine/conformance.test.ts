import { isSpecifiedDirective, parse, validate } from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import { fed2, type ConformanceCase } from '#supergraph/test/conformance/case.ts';
import { ABSTRACTIONS } from '#supergraph/test/conformance/abstractions.ts';
import { CUSTOMS } from '#supergraph/test/conformance/customs.ts';
import { IDENTITIES } from '#supergraph/test/conformance/identities.ts';
import { REQUIREMENTS } from '#supergraph/test/conformance/requirements.ts';
import { Random } from '#supergraph/test/oracle/random.ts';
import { randomOperation } from '#supergraph/test/oracle/random-operation.ts';
import { RecordGraph } from '#supergraph/test/records/record-graph.ts';
import { prepare } from './execute.ts';

/** Random operations for each case, beside those that were written for it. */
const RANDOM = Number(process.env.CONFORMANCE_OPERATIONS ?? 6);

async function compare(graph: RecordGraph, query: string, variables: Record<string, unknown>): Promise<void> {
  const document = parse(query);
  expect(validate(graph.supergraph.schema, document), query).toEqual([]);
  const whole = await graph.byWhole(document, variables);
  const divided = await graph.byGateway(document, variables);
  const about = `${query}\n${JSON.stringify(variables)}\n${divided.messages.join('\n')}`;
  expect(divided.data, about).toEqual(whole.data);
  expect(divided.failed, about).toEqual(whole.failed);
}

async function conform({ subgraphs, records, operations }: ConformanceCase): Promise<void> {
  const graph = new RecordGraph(subgraphs, records);
  for (const operation of operations) {
    const [query, variables] = typeof operation === 'string' ? [operation, {}] : operation;
    await compare(graph, query, variables);
  }
  let compared = 0;
  for (let seed = 1; compared < RANDOM && seed < RANDOM * 20; seed += 1) {
    const { query, variables } = randomOperation(graph.supergraph.schema, new Random(seed));
    if (validate(graph.supergraph.schema, parse(query)).length > 0) continue;
    await compare(graph, query, variables);
    compared += 1;
  }
  expect(compared).toBe(RANDOM);
}

/** What a divided graph answers is what the same graph answers whole. */
describe.each([
  ['what subgraphs require of each other', REQUIREMENTS],
  ['keys, roots and overrides', IDENTITIES],
  ['interfaces, unions, enums and inputs', ABSTRACTIONS],
  ['older ways, hidden parts and conditions', CUSTOMS],
] as const)('%s', (_, cases) => {
  for (const [name, one] of Object.entries(cases)) it(name, () => conform(one));
});

describe('a field of an interface that no type implements', () => {
  const graph = new RecordGraph(
    {
      a: fed2(`
        type Query { a: Node all: [Node!]! holder: Holder name: String }
        type Mutation { touch: Node rename: String }
        type Subscription { changed: Node named: String }
        type Holder @key(fields: "id") { id: ID! name: String a: Node all: [Node!]! }
        interface Node @key(fields: "id") { id: ID! }
      `),
      b: fed2('type Node @key(fields: "id", resolvable: false) @interfaceObject { id: ID! field: String }'),
    },
    () => ({
      entities: [],
      Query: { a: null, all: [], holder: { id: 'h', name: 'H', a: null, all: [] }, name: 'N' },
    }),
  );
  const ask = (query: string, variables: Record<string, unknown> = {}): ReturnType<typeof graph.byGateway> =>
    graph.byGateway(parse(query), variables);

  it.each([
    ['{ a { field } }', 'Query.a'],
    ['{ __typename name x: a { field } }', 'Query.a'],
    [
      '{ ...F } fragment F on Query { ... @include(if: true) { name holder { a { field } } } }',
      'Query.holder',
    ],
    ['query ($no: Boolean = false) { name all @skip(if: $no) { field } }', 'Query.all'],
  ])('is no silent null at the root: %s', async (query, field) => {
    const message = `No subgraph can be asked for ${field} as it is selected.`;
    expect(await ask(query)).toEqual({ data: null, failed: [''], messages: [message] });
  });

  it('is no silent null further in', async () => {
    expect(await ask('{ holder { name x: a { field } } name }')).toEqual({
      data: { holder: { name: 'H', x: null }, name: 'N' },
      failed: ['holder.x'],
      messages: ['No subgraph can be asked for field Holder.x as it is selected.'],
    });
    const { data, failed } = await ask('{ holder { name all { field } } name }');
    expect([data, failed]).toEqual([{ holder: null, name: 'N' }, ['holder.all']]);
  });

  it('is no error where it is left out, or where it can be asked for', async () => {
    const query =
      'query ($on: Boolean!) { a @include(if: $on) { field } all @skip(if: true) { field } __schema { __typename } n: name }';
    expect(await ask(query, { on: false })).toMatchObject({ data: { n: 'N' }, failed: [] });
    expect(await ask(query, { on: true })).toMatchObject({ data: null, failed: [''] });
    expect(await ask('{ a { id __typename } all { __typename } holder { a { id } } __typename }')).toEqual({
      data: { a: null, all: [], holder: { a: null }, __typename: 'Query' },
      failed: [],
      messages: [],
    });
  });

  it('makes a mutation run nothing, and a subscription not begin', async () => {
    await expect(ask('mutation { rename touch { field } }')).rejects.toThrow('not able to plan');
    const begin = (query: string): unknown =>
      prepare(graph.supergraph.plan(parse(query), undefined, null), {}).errors?.map(({ message }) => message);
    expect(begin('subscription { changed { field } }')).toEqual([
      'No subgraph can be asked for Subscription.changed as it is selected.',
    ]);
    expect(begin('subscription { changed { id } }')).toBeUndefined();
    expect(begin('subscription { named }')).toBeUndefined();
  });
});

describe('a directive for operations that some subgraphs have composed', () => {
  const composed = (version: string, directive: string): string => `
    extend schema
      @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective"])
      @link(url: "https://example.com/access/${version}", import: ["@access", "@note"])
      @composeDirective(name: "@access")
      @composeDirective(name: "@note")
    directive @access(scope: Scope!${directive} on FIELD_DEFINITION | FIELD | QUERY | FRAGMENT_SPREAD
    directive @note(text: String) on OBJECT`;
  const scope = 'enum Scope { PUBLIC PRIVATE }';
  const make = (edit = (sdl: string): string => sdl): RecordGraph =>
    new RecordGraph(
      {
        a: `${composed('v1.0', ')')} type Query { a: Thing } type Thing @key(fields: "id") @note(text: "n") { id: ID! x: Int @access(scope: PRIVATE) } ${scope}`,
        b: `${composed('v1.1', ' = PUBLIC, depth: Int)')} type Query { b: Int } ${scope}`,
        c: fed2(`type Query { c: Int } type Thing @key(fields: "id") { id: ID! y: Int } ${scope}`),
      },
      () => ({ entities: [THING], Query: { a: THING, b: 2, c: 3 } }),
      // As other composers write it, who join types to the subgraphs that have them only.
      (sdl) =>
        edit(sdl.replace(/^enum Scope[^}]*/m, (type) => type.replaceAll(/ @join__\w+\(graph: C\)/g, ''))),
    );
  const THING = { __typename: 'Thing', id: 't', x: 1, y: 2 };
  /**
   * What came of a query, and what each subgraph was asked.
   * @param silent a subgraph that doesn't tell what it declares
   */
  const run = async (
    graph: RecordGraph,
    query: string,
    variables: Record<string, unknown> = {},
    silent?: string,
  ): Promise<[outcome: unknown, asked: string[]]> => {
    const asked: string[] = [];
    const spies = [...graph.supergraph.subgraphs.values()].map((subgraph) => {
      const { name, ask } = subgraph;
      return vi.spyOn(subgraph, 'ask').mockImplementation(async (request) => {
        const { query: text } = JSON.parse(request.body) as { query: string };
        asked.push(`${name} ${text}`);
        if (name !== silent || !text.includes('_service')) return ask(request);
        return { status: 200, contentType: 'application/json', text: '{"errors":[{"message":"no"}]}' };
      });
    });
    const { data, messages } = await graph.byGateway(parse(query), variables);
    for (const spy of spies) spy.mockRestore();
    return [messages.length > 0 ? messages : data, asked.sort()];
  };

  it.each(['Scope', 'access__Scope'])(
    'is in the schema that clients see, with its type %s, and nothing else is',
    (name) => {
      const { schema } = make(
        (sdl) => `${sdl.replaceAll('Scope', name)} scalar access__Other type access__Note { x: Int }`,
      ).supergraph;
      const shown = schema.getDirectives().filter((directive) => !isSpecifiedDirective(directive));
      expect(shown.map(String)).toEqual(['@access']);
      expect(shown[0]?.locations).toEqual(['FIELD', 'QUERY', 'FRAGMENT_SPREAD']);
      const types = Object.keys(schema.getTypeMap()).filter((type) => !type.startsWith('__'));
      expect(types.sort()).toEqual(['Boolean', 'ID', 'Int', 'Query', 'String', 'Thing', name].sort());
    },
  );

  it('goes to the subgraphs that declare it, with its defaults', async () => {
    const graph = make();
    const query =
      'query ($s: Scope!) { a @access { x @access(scope: $s) y @access(scope: $s) } b @access c @access ...F @access } fragment F on Query { d: b }';
    expect(validate(graph.supergraph.schema, parse(query))).toEqual([]);
    const fetches = [
      'a query($s:Scope!){a@access(scope:PUBLIC){__typename id x@access(scope:$s)}}',
      'b {b@access(scope:PUBLIC)d:b}',
      'c query($representations:[_Any!]!){_entities(representations:$representations){...on Thing{y}}}',
      'c {c}',
    ];
    const data = { a: { x: 1, y: 2 }, b: 2, c: 3, d: 2 };
    const lookups = ['a', 'b', 'c'].map((name) => `${name} {_service{sdl}}`);
    expect(await run(graph, query, { s: 'PRIVATE' })).toEqual([data, [...fetches, ...lookups].sort()]);
    // They are asked what they declare once.
    expect(await run(graph, query, { s: 'PUBLIC' })).toEqual([data, fetches.sort()]);
    expect(validate(graph.supergraph.schema, parse('{ b @access(scope: 1) a @note { x } }'))).toHaveLength(2);
  });

  it('goes to a subgraph that does not tell what it declares, and may be refused there', async () => {
    const graph = make();
    const [refused] = await run(graph, '{ c @access }', {}, 'c');
    expect(refused).toEqual(['Unknown directive "@access".']);
    const [answered] = await run(graph, '{ c @access }');
    expect(answered).toEqual({ c: 3 });
  });
});

it('moves a field for the share of operations that its label says', () => {
  const one = IDENTITIES['fields that move from one subgraph to another step by step'];
  if (!one) throw new Error('there is no such case');
  const { supergraph } = new RecordGraph(one.subgraphs, one.records);
  const share = (field: string): number => {
    const document = parse(`{ things { ${field} } }`);
    const plans = Array.from({ length: 400 }, () => supergraph.plan(document, undefined, null).queryPlan);
    const moved = plans.filter(({ node }) => JSON.stringify(node, ['kind', 'nodes', 'node', 'serviceName']).includes('"b"')); // prettier-ignore
    return moved.length / plans.length;
  };
  expect([share('none'), share('all'), share('other')]).toEqual([0, 1, 0]);
  expect(share('half')).toBeGreaterThan(0.35);
  expect(share('half')).toBeLessThan(0.65);
});
