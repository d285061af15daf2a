import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { getIntrospectionQuery, parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '#platform/config.ts';
import { SHOP_SUBGRAPHS, shopSchema } from '../test/shop.ts';
import { testSubgraph } from '../test/shop-subgraph.ts';
import { startTestGateway, type Answer, type TestGateway } from '../test/test-gateway.ts';
import { operationLimits } from './operation-limits.ts';
import { checkShape } from './operation-shape.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const times = (count: number, make: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => make(index)).join(' ');

/** Documents that ask for much with little, and what they are refused for. */
const HOSTILE: readonly (readonly [name: string, text: string, complaint: string])[] = [
  ['1,000 aliases', `{ ${times(1_000, (i) => `a${i}: whoami`)} }`, 'has 1000 aliases: at most 200'],
  ['1,000 aliases of __typename', `{ ${times(1_000, (i) => `a${i}: __typename`)} }`, '1000 aliases'],
  ['500 repeated fields', `{ ${'whoami '.repeat(500)} }`, 'repeats 499 selections: at most 200'],
  ['4,000 repeated fields', `{ ${'whoami '.repeat(4_000)} }`, 'repeats 3999 selections'],
  ['1,000 directives', `{ whoami ${'@include(if: true) '.repeat(1_000)} }`, 'has 1000 directives'],
  ['1,000 unknown directives', `{ whoami ${'@x '.repeat(1_000)} }`, 'has 1000 directives: at most 200'],
  ['200 root fields', `{ ${times(200, (i) => `a${i}: whoami`)} }`, 'has 200 root fields: at most 50'],
  ['200 operations', times(200, (i) => `query Q${i} { whoami }`), 'has 200 operations: at most 50'],
  [
    'depth',
    `{ product(id: 1) { ${'similar { '.repeat(100)} id ${'} '.repeat(100)} } }`,
    'is nested 31 levels deep: at most 30',
  ],
  [
    'depth through fragments',
    `{ product(id: 1) { ...F0 } } ${times(60, (i) => `fragment F${i} on Product { similar { ...F${i + 1} } }`)} fragment F60 on Product { id }`,
    'levels deep: at most 30',
  ],
  [
    'depth through inline fragments',
    `{ product(id: 1) { ${'... on Product { '.repeat(1_500)} id ${'} '.repeat(1_500)} } }`,
    'nested 101 levels deep',
  ],
  ['a depth that the stack would not hold', `{ ${'a { '.repeat(4_900)}`, 'Syntax Error'],
  [
    'fragments that double at each level',
    `{ product(id: 1) { ...F0 } } ${times(25, (i) => `fragment F${i} on Product { a: similar { ...F${i + 1} } b: similar { ...F${i + 1} } }`)} fragment F25 on Product { id }`,
    'aliases: at most 200',
  ],
  [
    'spreads that double at each level',
    `{ product(id: 1) { ...F0 } } ${times(60, (i) => `fragment F${i} on Product { ...F${i + 1} ... on Product { ...F${i + 1} } }`)} fragment F60 on Product { id name }`,
    'selects far too many fields: at most 5000',
  ],
  [
    'circular fragments',
    '{ product(id: 1) { ...A } } fragment A on Product { ...B } fragment B on Product { ...A }',
    'Cannot spread fragment "A" within itself',
  ],
  ['10,001 tokens', `{ ${'whoami, '.repeat(10_001)} }`, 'more that 10000 tokens'],
  [
    'a page of 1,000,000,000',
    '{ products(first: 1000000000) { id } }',
    'products.first is 1000000000: at most 1000',
  ],
  ['a page beyond all numbers', `{ products(first: ${'9'.repeat(400)}) { id } }`, 'at most 1000 is allowed'],
  [
    'nested lists',
    `{ products { ${'similar { '.repeat(8)} id ${'} '.repeat(8)} } }`,
    'The operation may ask for',
  ],
  [
    'introspection that leads back into itself',
    '{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }',
    'Maximum introspection depth exceeded',
  ],
];

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ services: SHOP_SUBGRAPHS.map(testSubgraph) });
});
afterAll(() => gateway.close());

const get = async (query: string): Promise<Answer> => {
  const headers = { authorization: `Bearer ${await gateway.token()}`, accept: 'application/json' };
  const response = await fetch(`${gateway.url}?query=${encodeURIComponent(query)}`, { headers });
  return (await response.json()) as Answer;
};

describe('an operation that asks for too much', () => {
  it.each(HOSTILE)('is refused with what it exceeds: %s', async (_, text, complaint) => {
    const answer = await gateway.ask(text);
    expect(answer.data).toBeUndefined();
    expect(answer.errors?.[0]?.message).toContain(complaint);
    expect(answer.errors?.[0]?.extensions?.code).toMatch(/^GRAPHQL_(VALIDATION|PARSE)_FAILED$/);
    if (text.length < 10_000) expect((await get(text)).errors).toEqual(answer.errors);
  });
});

describe('the cost of refusing', () => {
  const schema = shopSchema('products');
  const { parse: parseWithin, rules } = operationLimits(readConfig({}, '/'));
  const judge = (text: string): void => {
    try {
      validate(schema, parseWithin(text), rules);
    } catch {
      // Refused: that is what is measured.
    }
  };
  /** The least processor time of several runs, in microseconds: what else the machine does isn't counted. */
  const cost = (text: string): number => {
    let least = Infinity;
    for (let run = 0; run < 5; run += 1) {
      const begun = process.cpuUsage();
      for (let turn = 0; turn < 4; turn += 1) judge(text);
      const { user, system } = process.cpuUsage(begun);
      least = Math.min(least, (user + system) / 4);
    }
    return least;
  };

  it('stays in proportion to that of a harmless document as long, whatever it says', () => {
    // What the planner and the validator are made for: 9,900 tokens of ordinary fields cost this much to read.
    const harmless = `{ ${times(30, (i) => `p${i}: product(id: ${i}) { ${'... on Product { id name } '.repeat(40)} }`)} }`;
    const reference = Math.max(cost(harmless), 2_000);
    for (const [name, text] of HOSTILE) expect(cost(text) / reference, name).toBeLessThan(4);
  });

  it('takes little memory while it lasts, and none that stays', () => {
    const used = (): number => process.memoryUsage().heapUsed / 1024 ** 2;
    for (const [, text] of HOSTILE) judge(text);
    collectGarbage();
    const before = used();
    for (const [name, text] of HOSTILE) {
      const begun = used();
      judge(`${text} # another`);
      // Nearly always nothing has been collected meanwhile.
      expect(used() - begun, name).toBeLessThan(32);
    }
    for (let turn = 0; turn < 5; turn += 1) for (const [, text] of HOSTILE) judge(`${text} # ${turn}`);
    collectGarbage();
    expect(used() - before).toBeLessThan(4);
  });
});

describe('what a document adds up to', () => {
  const limits = { ...readConfig({}, '/').limits.operation };
  const limited = (text: string, change: Partial<typeof limits>): string => {
    try {
      checkShape(parse(text), { ...limits, ...change });
    } catch (error) {
      return JSON.stringify((error as { extensions: { limit: unknown } }).extensions.limit);
    }
    return 'allowed';
  };

  it.each([
    ['{ a { b { c } } }', 'depth', 3],
    ['{ a { ...F } } fragment F on A { b { c } }', 'depth', 3],
    ['{ a { ... on A { b } } }', 'depth', 2],
    ['{ x: a { ...F ... { ...F } } } fragment F on A { y: b }', 'aliases', 3],
    ['{ a @skip(if: true) { ...F @include(if: true) } } fragment F on A { y @x @y }', 'directives', 4],
    ['query ($a: Int @x) @y { a }', 'directives', 2],
    ['{ a b a ...F ...F } fragment F on Query { c c }', 'repeats', 4],
    ['{ a ...F } fragment F on Query { b c { d } }', 'rootFields', 3],
    ['{ a { b c } ...F } fragment F on Query { b c { d } }', 'fields', 6],
  ] as const)('%s: %s is %i', (text, name, value) => {
    expect(limited(text, { [name]: value })).toBe('allowed');
    expect(JSON.parse(limited(text, { [name]: value - 1 }))).toEqual({ name, value, maximum: value - 1 });
  });

  it('lets GraphiQL ask for the schema', () => {
    expect(limited(getIntrospectionQuery({ descriptions: true, directiveIsRepeatable: true }), {})).toBe(
      'allowed',
    );
  });
});
