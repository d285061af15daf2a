import { parse, validate } from 'graphql';
import { expect, it } from 'vitest';
import { Random } from '#supergraph/test/oracle/random.ts';
import { randomOperation } from '#supergraph/test/oracle/random-operation.ts';
import { cutAtRandom, cutRecords } from '#supergraph/test/records/cuts.ts';
import { RecordGraph, type Outcome } from '#supergraph/test/records/record-graph.ts';

/** Milliseconds; `CUTS_SECONDS` gives it more, `CUTS_SEED` begins elsewhere. */
const TIME = Number(process.env.CUTS_SECONDS ?? 3) * 1_000;
const FIRST_SEED = Number(process.env.CUTS_SEED ?? 1);
const OPERATIONS = 12;

/**
 * The places where an error left null. Where null is not allowed it spreads upwards, and of several errors below one
 * place GraphQL lets a server report any.
 */
function nulls({ data, failed }: Outcome): readonly string[] {
  const places = failed.map((path) => {
    let value = data;
    const place: string[] = [];
    for (const key of path.split('.')) {
      if (value === null || value === undefined) break;
      place.push(key);
      value = (value as Record<string, unknown>)[key];
    }
    return place.join('.');
  });
  return [...new Set(places)].sort();
}

it(
  'the same query gives the same answer however the same graph is cut into subgraphs',
  async () => {
    const end = performance.now() + TIME;
    const sizes = new Set<number>();
    let compared = 0;
    let withErrors = 0;
    for (let seed = FIRST_SEED; performance.now() < end || sizes.size < 3; seed += 1) {
      const cut = cutAtRandom(new Random(seed));
      const graph = new RecordGraph(cut, cutRecords);
      sizes.add(Object.keys(cut).length);
      for (let index = 0; index < OPERATIONS; index += 1) {
        const { schema } = graph.supergraph;
        const { query, variables } = randomOperation(schema, new Random(seed * 1_000 + index));
        const document = parse(query);
        if (validate(schema, document).length > 0) continue;
        const whole = await graph.byWhole(document, variables);
        const divided = await graph.byGateway(document, variables);
        const about = `cut ${seed}, operation ${index}\n${query}\n${JSON.stringify(variables)}\n${divided.messages.join('\n')}`;
        expect(divided.data, about).toEqual(whole.data);
        expect(nulls(divided), about).toEqual(nulls(whole));
        compared += 1;
        if (whole.failed.length > 0) withErrors += 1;
      }
    }
    expect(compared).toBeGreaterThan(30);
    expect(withErrors).toBeGreaterThan(0);
  },
  TIME + 60_000,
);
