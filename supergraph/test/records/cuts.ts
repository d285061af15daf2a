import type { Random } from '#supergraph/test/oracle/random.ts';
import type { Get, Records, Thing } from './records.ts';

/** How one field of a graph may be cut. */
interface Field {
  readonly name: string;
  /** As SDL, with arguments and type. */
  readonly sdl: string;
  /** Types that the subgraph must know for it. */
  readonly uses?: readonly string[];
  /** Fields of the same type that the value is made of. */
  readonly requires?: readonly string[];
}

type Fields = readonly Field[];

/** A graph with entities that can be divided in any way: each field may live in any subgraph. */
const ENTITIES: Readonly<Record<string, Fields>> = {
  Product: [
    { name: 'name', sdl: 'name: String!' },
    { name: 'price', sdl: 'price: Int' },
    { name: 'weight', sdl: 'weight: Float' },
    { name: 'tags', sdl: 'tags: [String!]' },
    { name: 'size', sdl: 'size: Size', uses: ['Size'] },
    { name: 'box', sdl: 'box: Box', uses: ['Box'] },
    { name: 'maker', sdl: 'maker: Maker', uses: ['Maker'] },
    { name: 'related', sdl: 'related(first: Int = 2): [Product!]', uses: ['Product'] },
    { name: 'reviews', sdl: 'reviews: [Review!]!', uses: ['Review'] },
    { name: 'shipping', sdl: 'shipping: Float', requires: ['price', 'weight'] },
    { name: 'label', sdl: 'label: String', requires: ['name', 'box { width }'] },
    { name: 'advice', sdl: 'advice: String', requires: ['shipping'] },
  ],
  Maker: [
    { name: 'title', sdl: 'title(upper: Boolean): String!' },
    { name: 'country', sdl: 'country: String' },
    { name: 'products', sdl: 'products: [Product!]!', uses: ['Product'] },
    { name: 'motto', sdl: 'motto: String', requires: ['founded'] },
    { name: 'founded', sdl: 'founded: Int!' },
  ],
  Review: [
    { name: 'text', sdl: 'text: String!' },
    { name: 'stars', sdl: 'stars: Int' },
    { name: 'product', sdl: 'product: Product!', uses: ['Product'] },
    { name: 'mentions', sdl: 'mentions: [Found]', uses: ['Found'] },
  ],
};

const ROOT: Fields = [
  { name: 'products', sdl: 'products: [Product!]', uses: ['Product'] },
  { name: 'product', sdl: 'product(id: ID!): Product', uses: ['Product'] },
  { name: 'makers', sdl: 'makers: [Maker]', uses: ['Maker'] },
  { name: 'reviews', sdl: 'reviews: [Review!]', uses: ['Review'] },
  { name: 'found', sdl: 'found: [Found!]', uses: ['Found'] },
  { name: 'things', sdl: 'things: [Thing!]', uses: ['Thing'] },
];

const OTHERS: Readonly<Record<string, { readonly sdl: string; readonly uses: readonly string[] }>> = {
  Size: { sdl: 'enum Size { SMALL LARGE }', uses: [] },
  Box: { sdl: 'type Box @shareable { width: Int height: Int! }', uses: [] },
  Found: { sdl: 'union Found = Product | Maker | Review', uses: ['Product', 'Maker', 'Review'] },
  Thing: { sdl: 'interface Thing { id: ID! }', uses: ['Product', 'Maker'] },
};

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires", "@provides"])';

/** What is provided with a field that leads to a type, where the subgraph doesn't have it. */
const PROVIDED: Readonly<Record<string, string>> = { Product: 'price', Maker: 'country', Review: 'stars' };

class Part {
  readonly fields = new Map<string, Set<string>>();
  readonly roots = new Set<string>();
}

/**
 * Cuts the graph at random.
 * @param random decides how many subgraphs there are, which fields each of them has, and which several share
 * @returns the subgraphs' SDL by name
 */
export function cutAtRandom(random: Random): Readonly<Record<string, string>> {
  const parts = Array.from({ length: 1 + random.below(4) }, () => new Part());
  const owners = new Map<string, Part[]>();
  const assign = (place: string): Part[] => {
    const first = random.pick(parts);
    const chosen = new Set([first]);
    while (random.chance(0.2)) chosen.add(random.pick(parts));
    owners.set(place, [...chosen]);
    return [...chosen];
  };
  for (const [type, fields] of Object.entries(ENTITIES)) {
    for (const { name } of fields) {
      for (const part of assign(`${type}.${name}`)) {
        part.fields.set(type, (part.fields.get(type) ?? new Set()).add(name));
      }
    }
  }
  for (const { name } of ROOT) for (const part of assign(`Query.${name}`)) part.roots.add(name);
  const provides = new Set<string>();
  parts.forEach((part, index) => {
    for (const { name, uses = [] } of ROOT) {
      const [type = ''] = uses;
      const field = PROVIDED[type];
      if (field === undefined || !part.roots.has(name) || part.fields.get(type)?.has(field)) continue;
      if (random.chance(0.3)) provides.add(`${index} ${name}`);
    }
  });
  // A root that several share must be the same in all: what one provides the others may not know.
  const isShared = (place: string): boolean =>
    (owners.get(place)?.length ?? 0) > 1 || [...provides].some((one) => providedField(one) === place);
  return Object.fromEntries(
    parts.map((part, index) => [`part${index}`, write(part, index, isShared, provides)]),
  );
}

function providedField(provision: string): string {
  const root = ROOT.find(({ name }) => name === provision.split(' ')[1]);
  const [type = ''] = root?.uses ?? [];
  return `${type}.${PROVIDED[type] ?? ''}`;
}

/** What a subgraph lacks of what is required, also for fields of its own that it makes that of. */
function missingFor(
  type: string,
  requires: readonly string[],
  names: ReadonlySet<string>,
): readonly string[] {
  const missing = requires.flatMap((field) => {
    const [name = ''] = field.split(' ');
    if (!names.has(name)) return [field];
    const own = ENTITIES[type]?.find((one) => one.name === name);
    return missingFor(type, own?.requires ?? [], names);
  });
  return [...new Set(missing)];
}

function write(
  part: Part,
  index: number,
  isShared: (place: string) => boolean,
  provides: ReadonlySet<string>,
): string {
  const known = new Set<string>();
  const know = (name: string): void => {
    if (known.has(name)) return;
    known.add(name);
    (OTHERS[name]?.uses ?? []).forEach(know);
  };
  const external = new Map<string, Set<string>>();
  const lines = new Map<string, string[]>();
  for (const [type, names] of part.fields) {
    know(type);
    for (const { name, sdl, uses = [], requires = [] } of ENTITIES[type] ?? []) {
      if (!names.has(name)) continue;
      uses.forEach(know);
      const missing = missingFor(type, requires, names);
      for (const field of missing) external.set(type, (external.get(type) ?? new Set()).add(field.split(' ')[0] ?? '')); // prettier-ignore
      const shared = isShared(`${type}.${name}`) ? ' @shareable' : '';
      const required = missing.length > 0 ? ` @requires(fields: "${missing.join(' ')}")` : '';
      lines.set(type, [...(lines.get(type) ?? []), `${sdl}${shared}${required}`]);
    }
  }
  const roots = ROOT.filter(({ name }) => part.roots.has(name)).map(({ name, sdl, uses = [] }) => {
    uses.forEach(know);
    const shared = isShared(`Query.${name}`) ? ' @shareable' : '';
    if (!provides.has(`${index} ${name}`)) return `${sdl}${shared}`;
    const [type = ''] = uses;
    const field = PROVIDED[type] ?? '';
    external.set(type, (external.get(type) ?? new Set()).add(field));
    return `${sdl}${shared} @provides(fields: "${field}")`;
  });
  for (const [type, names] of external) {
    for (const name of names) {
      const field = ENTITIES[type]?.find((one) => one.name === name);
      (field?.uses ?? []).forEach(know);
      lines.set(type, [...(lines.get(type) ?? []), `${field?.sdl ?? ''} @external`]);
    }
  }
  const types = [...known].map((name) => {
    if (!ENTITIES[name]) return OTHERS[name]?.sdl ?? '';
    const kind = known.has('Thing') && name !== 'Review' ? ' implements Thing' : '';
    return `type ${name}${kind} @key(fields: "id") { id: ID! ${(lines.get(name) ?? []).join(' ')} }`;
  });
  const query = roots.length > 0 ? [`type Query { ${roots.join(' ')} }`] : [];
  return [LINK, ...query, ...types].join('\n');
}

/** What the graph tells of, whatever way it is cut. One country and one text can't be had. */
export function cutRecords(): Records {
  const makers: Record<string, unknown>[] = [1, 2, 3].map((n) => ({
    __typename: 'Maker',
    id: `m${n}`,
    title: (_: unknown, { upper }: Thing) => (upper === true ? `MAKER ${n}` : `Maker ${n}`),
    country: () => {
      if (n === 2) throw new Error('The country of m2 is disputed.');
      return `C${n}`;
    },
    founded: 1900 + n,
    motto: (self: unknown, _: unknown, get: Get) => `Since ${String(get(self, 'founded'))}`,
  }));
  const products: Record<string, unknown>[] = [1, 2, 3, 4].map((n) => ({
    __typename: 'Product',
    id: `p${n}`,
    name: `Product "${n}"`,
    price: n === 4 ? null : n * 10,
    weight: n / 4,
    tags: n === 3 ? null : Array.from({ length: n - 1 }, (_, index) => `tag ${index}`),
    size: n % 2 ? 'SMALL' : 'LARGE',
    box: n === 2 ? null : { width: n, height: n * 2 },
    maker: n === 4 ? null : makers[n % 3],
    shipping: (self: unknown, _: unknown, get: Get) =>
      Number(get(self, 'price')) * Number(get(self, 'weight')),
    label: (self: unknown, _: unknown, get: Get) => {
      const box = get(self, 'box');
      return `${String(get(self, 'name'))}: ${box === null ? 'no box' : String(get(box, 'width'))}`;
    },
    advice: (self: unknown, _: unknown, get: Get) => (Number(get(self, 'shipping')) > 10 ? 'take the train' : 'post it'), // prettier-ignore
  }));
  const reviews: Record<string, unknown>[] = [1, 2, 3, 4, 5].map((n) => ({
    __typename: 'Review',
    id: `r${n}`,
    text: () => {
      if (n === 5) throw new Error('The text of r5 is lost.');
      return `Review ${n}`;
    },
    stars: n === 1 ? null : n,
    product: products[n % 3],
    mentions: n === 2 ? null : [makers[n % 3], products[n % 4], null],
  }));
  for (const product of products) {
    product.related = (_: unknown, { first }: Thing) =>
      products.filter((other) => other !== product).slice(0, Number(first ?? 2));
    product.reviews = reviews.filter((review) => review.product === product);
  }
  for (const maker of makers) maker.products = products.filter((product) => product.maker === maker);
  const all = [...makers, ...products, ...reviews] as Thing[];
  return {
    entities: all,
    Query: {
      products,
      product: (_: unknown, { id }: Thing) => products.find((product) => product.id === id) ?? null,
      makers: [...makers, null],
      reviews,
      found: [makers[0], products[1], reviews[2]],
      things: [products[2], makers[1]],
    },
  };
}
