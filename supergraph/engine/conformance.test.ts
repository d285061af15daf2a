import { parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { ConformanceCase } from '#supergraph/test/conformance/case.ts';
import { ABSTRACTIONS } from '#supergraph/test/conformance/abstractions.ts';
import { CUSTOMS } from '#supergraph/test/conformance/customs.ts';
import { IDENTITIES } from '#supergraph/test/conformance/identities.ts';
import { REQUIREMENTS } from '#supergraph/test/conformance/requirements.ts';
import { Random } from '#supergraph/test/oracle/random.ts';
import { randomOperation } from '#supergraph/test/oracle/random-operation.ts';
import { RecordGraph } from '#supergraph/test/records/record-graph.ts';

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
