import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { limitOperationSize } from './operation-size.ts';

const schema = buildSchema(`
  interface Node { id: ID! }
  type Query { order: Order, orders(first: Int! = 20): OrderConnection!, node: Node }
  type OrderConnection { edges: [OrderEdge!]! }
  type OrderEdge { node: Order! }
  type Order implements Node { id: ID!, lines: [Line!]!, tags: [String!]! }
  type Line { id: ID!, order: Order! }
`);

function complaint(text: string, limit = 1_000): string | undefined {
  return validate(schema, parse(text), [limitOperationSize(limit)])[0]?.message;
}

describe('limitOperationSize', () => {
  it.each([
    ['{ order { id tags lines { id } } }', 101],
    ['{ orders { edges { node { id } } } }', 41],
    ['{ orders(first: 3) { edges { node { id lines { id } } } } }', 307],
    ['query ($n: Int!) { orders(first: $n) { edges { node { id } } } }', 201],
    ['query ($n: Int! = 7) { orders(first: $n) { edges { node { id } } } }', 15],
    ['{ order { ...L ...L } } fragment L on Order { lines { id } }', 201],
    ['{ node { ... on Order { lines { id } } } }', 101],
    ['{ a: order { id } b: order { id } }', 2],
    ['{ __schema { types { name } } }', 0],
  ])('reckons %s', (text, size) => {
    expect(complaint(text, size)).toBeUndefined();
    if (size > 0) expect(complaint(text, size - 1)).toContain(`may ask for ${size} objects`);
  });

  it('refuses lists that lead back into themselves', () => {
    expect(complaint('{ order { lines { order { lines { order { id } } } } } }', 10_000)).toContain(
      '20201 objects',
    );
  });

  it('takes no longer for fragments that double at each level, nor for a circle', () => {
    const chain = Array.from(
      { length: 60 },
      (_, i) => `fragment F${i} on Order { ...F${i + 1} ...F${i + 1} }`,
    );
    const text = `{ order { ...F0 } } ${chain.join(' ')} fragment F60 on Order { lines { id } }`;
    const begun = process.cpuUsage();
    expect(complaint(text)).toContain('objects');
    expect(process.cpuUsage(begun).user).toBeLessThan(200_000);
    expect(
      complaint('{ order { ...A } } fragment A on Order { ...B } fragment B on Order { ...A }'),
    ).toBeUndefined();
  });
});
