import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSeaPorts, referencePorts } from '../reference-data/sea-ports.ts';
import { searchText } from '../search-text.ts';
import { startCarriersUnderTest, type CarriersUnderTest } from './carriers-service.ts';

let carriers: CarriersUnderTest;

beforeAll(async () => {
  carriers = await startCarriersUnderTest();
});
afterAll(() => carriers.close());

interface Page {
  readonly edges: readonly { readonly cursor: string; readonly node: Readonly<Record<string, string>> }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

const FIELDS = { carriers: 'name', ports: 'unlocode', vessels: 'name' };
type List = keyof typeof FIELDS;

async function page(list: List, list_arguments: Readonly<Record<string, unknown>> = {}): Promise<Page> {
  const declared = {
    search: 'String',
    countryCode: 'CountryCode',
    operatorScac: 'String',
    first: 'Int',
    after: 'String',
  };
  const given = Object.entries(declared).filter(([name]) => name in list_arguments);
  const variables = given.map(([name, type]) => `$${name}: ${type}${name === 'first' ? '!' : ''}`).join(', ');
  const passed = given.map(([name]) => `${name}: $${name}`).join(', ');
  const { data, errors } = await carriers.query(
    `query ${variables && `(${variables})`} { ${list} ${passed && `(${passed})`} {
      edges { cursor node { ${FIELDS[list]} } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    } }`,
    list_arguments,
  );
  if (errors)
    throw new Error(errors.map(({ message, extensions }) => `${extensions.code} ${message}`).join());
  return data?.[list] as Page;
}

async function found(list: List, list_arguments: Readonly<Record<string, unknown>>): Promise<string[]> {
  const { edges } = await page(list, list_arguments);
  return edges.map(({ node }) => node[FIELDS[list]] as string);
}

/** Page after page, to the end. */
async function walk(list: List, list_arguments: Readonly<Record<string, unknown>>): Promise<string[]> {
  const all: string[] = [];
  for (let after: string | null = null; ;) {
    const { edges, pageInfo }: Page = await page(list, { ...list_arguments, after });
    all.push(...edges.map(({ node }) => node[FIELDS[list]] as string));
    expect(pageInfo.hasPreviousPage).toBe(after !== null);
    expect(pageInfo.startCursor).toBe(edges[0]?.cursor ?? null);
    if (!pageInfo.hasNextPage) return all;
    after = pageInfo.endCursor;
  }
}

describe('ports', () => {
  test.each([
    ['CNSHA', ['CNSHA']],
    ['cnsgh', ['CNSHA']],
    ['cn sha', ['CNSHA']],
    ['shanghai', ['CNSHA']],
    ['HANGHA', ['CNSHA']],
    ['saigon', ['VNSGN']],
    ['göteborg', ['SEGOT']],
    ['gothenburg', ['SEGOT']],
    ['nhava sheva', ['INNSA']],
    ['no such place', []],
    ['sha_ghai', []],
    ['%hanghai%', ['CNSHA']],
  ])('searched for %j: %j', async (search, expected) => {
    expect(await found('ports', { search })).toEqual(expected);
  });

  test.each(['sg', 'port', 'san', 'ha', 'rotterdam', 'ten'])(
    'searched for %j come best match first',
    async (search) => {
      const expected = bestFirst(search);
      expect(expected.length).toBeGreaterThan(1);
      expect(await walk('ports', { search, first: 100 })).toEqual(expected);
      expect(await walk('ports', { search, first: 7 })).toEqual(expected);
    },
  );

  test('can be narrowed to a country', async () => {
    expect(await found('ports', { search: 'port', countryCode: 'NZ' })).toEqual(['NZPOE']);
    expect(await found('ports', { countryCode: 'SG' })).toEqual(['SGJUR', 'SGSIN']);
  });

  test('are all there, each once, by code', async () => {
    const expected = referencePorts(readSeaPorts()).map(({ unlocode }) => unlocode);
    expect(await walk('ports', { first: 100 })).toEqual(expected);
  });
});

describe('carriers', () => {
  test('are found by name and by the start of a code', async () => {
    expect(await found('carriers', { search: 'LLOYD' })).toEqual(['Hapag-Lloyd']);
    expect(await found('carriers', { search: 'hlc' })).toEqual(['Hapag-Lloyd']);
    expect(await found('carriers', { search: 'msk' })).toEqual(['Maersk']);
    expect(await found('carriers', { search: 'lines' })).toEqual([
      'COSCO SHIPPING Lines',
      'Pacific International Lines',
      'Wan Hai Lines',
    ]);
  });

  test('are all there, by name, however it is cased', async () => {
    const all = await found('carriers', {});
    expect(all).toHaveLength(13);
    expect(all).toEqual([...all].sort((one, other) => one.localeCompare(other, 'en')));
    expect(await walk('carriers', { first: 3 })).toEqual(all);
  });
});

describe('vessels', () => {
  test('are found by name, number and operator', async () => {
    expect(await found('vessels', { search: 'gulsun' })).toEqual(['MSC Gülsün']);
    expect(await found('vessels', { search: '932148' })).toEqual(['Emma Maersk']);
    expect(await found('vessels', { search: 'maersk', operatorScac: 'msCu' })).toEqual([]);
    const fleet = await found('vessels', { operatorScac: 'COSU' });
    expect(fleet).toHaveLength(7);
    expect(await walk('vessels', { operatorScac: 'COSU', first: 2 })).toEqual(fleet);
    expect(await found('vessels', { operatorScac: 'XXXX' })).toEqual([]);
  });
});

describe('a list refuses', () => {
  test.each([
    ['a page of none', 'ports', { first: 0 }, 'first is 0: expected 1 to 100'],
    ['a page of too many', 'vessels', { first: 101 }, 'first is 101: expected 1 to 100'],
    [
      'a search that says nothing',
      'carriers',
      { search: ' x' },
      'search is " x": expected 2 to 100 characters',
    ],
    [
      'a cursor that is none',
      'ports',
      { after: 'CNSHA' },
      'after is "CNSHA": expected a cursor that this list returned',
    ],
    ['an empty cursor', 'carriers', { after: '' }, 'after is ""'],
    ['a cursor with what the database cannot take', 'vessels', { after: cursor('a\u0000', '9') }, 'after is'],
    ['a cursor with another kind of id', 'carriers', { after: cursor('a', 'b') }, 'after is'],
    ['the cursor of another list', 'ports', { search: 'port', after: cursor('CNSHA') }, 'after is'],
    ['an operator that cannot be', 'vessels', { operatorScac: 'C0SU' }, 'operatorScac is "C0SU": expected'],
  ] as const)('%s', async (_, list, list_arguments, message) => {
    await expect(page(list, list_arguments)).rejects.toThrow(`BAD_USER_INPUT ${message}`);
  });
});

/** What a search must return, worked out the slow way: code, start of a code, of a name, of a word, anywhere; by name. */
function bestFirst(search: string): string[] {
  const code = search.toUpperCase();
  const ranked = referencePorts(readSeaPorts()).flatMap(({ unlocode, name, aliasCodes, aliasNames }) => {
    const codes = [unlocode, ...aliasCodes];
    const names = [name, ...aliasNames].map(searchText);
    const tests = [
      () => codes.includes(code),
      () => codes.some((one) => one.startsWith(code)),
      () => names.some((one) => one.startsWith(search)),
      () => names.some((one) => one.includes(` ${search}`)),
      () => names.some((one) => one.includes(search)),
    ];
    const rank = tests.findIndex((matches) => matches());
    return rank === -1 ? [] : [{ unlocode, key: `${rank} ${searchText(name)}\u0000${unlocode}` }];
  });
  return ranked.sort((one, other) => (one.key < other.key ? -1 : 1)).map(({ unlocode }) => unlocode);
}

function cursor(...values: readonly string[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}
