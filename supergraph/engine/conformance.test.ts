import { parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
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
