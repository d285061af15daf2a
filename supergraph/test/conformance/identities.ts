import type { Get, Records, Thing } from '#supergraph/test/records/records.ts';
import { fed2, find, type ConformanceCases } from './case.ts';

/** Keys, and how a subgraph gets at what another one knows. */

const composite = (id: string): Thing => ({ one: `${id}.1`, two: `${id}.2`, three: `${id}.3` });

export const IDENTITIES: ConformanceCases = {
  'a single entity call': {
    subgraphs: {
      mail: fed2(`type Query { user: User } type User @key(fields: "email") { id: ID! @shareable email: ID! }`),
      names: fed2(`type User @key(fields: "email") { email: ID! nickname: String age(in: Unit = YEARS): Int } enum Unit { YEARS DAYS }`),
    }, // prettier-ignore
    records: () => {
      const user = { __typename: 'User', id: 'u1', email: 'a@b.c', nickname: 'ann', age: (_: unknown, { in: unit }: Thing) => (unit === 'DAYS' ? 365 : 1) }; // prettier-ignore
      return { entities: [user], Query: { user } };
    },
    operations: ['{ user { id nickname } }', '{ user { age days: age(in: DAYS) email } }'],
  },
  'nested keys over several hops': {
    subgraphs: {
      products: fed2(`
        type Query { topProducts: ProductList! @shareable }
        type ProductList @key(fields: "products { id }") { products: [Product!]! @shareable }
        type Product @key(fields: "id") { id: String! @shareable category: Category @shareable }
        type Category @key(fields: "tag") @key(fields: "id") { id: String @shareable tag: String @shareable main: Product @shareable }
      `),
      link: fed2(`type Product @key(fields: "id") @key(fields: "id pid") { id: String! @shareable pid: String! @shareable }`),
      price: fed2(`
        type Product @key(fields: "id pid category { id tag }") { id: String! @shareable pid: String! @shareable category: Category @shareable price: Price }
        type Category @key(fields: "id tag") { id: String @shareable tag: String @shareable }
        type Price { price: Float! }
      `),
      list: fed2(`
        type ProductList @key(fields: "products { id pid category { id tag } } selected { id }") {
          products: [Product!]! @shareable first: Product @shareable selected: Product @shareable
        }
        type ProductList2 { x: Int }
        type Product @key(fields: "id pid category { id tag }") @key(fields: "id") { id: String! @shareable pid: String! @shareable category: Category @shareable }
        type Category @key(fields: "id tag") { id: String @shareable tag: String @shareable }
        type Query { x: ProductList2 topProducts: ProductList! @shareable }
      `),
    }, // prettier-ignore
    records: () => {
      const categories: Record<string, unknown>[] = ['c1', 'c2'].map((id) => ({ __typename: 'Category', id, tag: `t-${id}` }));
      const products = [1, 2].map((n) => ({ __typename: 'Product', id: `${n}`, pid: `p${n}`, category: categories[n - 1], price: { price: n * 100 } })); // prettier-ignore
      categories.forEach((one, index) => (one.main = products[1 - index]));
      const top = { __typename: 'ProductList', products, first: products[0], selected: products[1] };
      return { entities: [...products, ...categories, top] as Thing[], Query: { topProducts: top, x: null } };
    }, // prettier-ignore
    operations: [
      '{ topProducts { products { id pid price { price } category { main { id price { price } } id tag } } selected { id } first { id pid } } }',
      '{ topProducts { first { price { price } } } }',
    ],
  },
  'keys that resolve nothing beside keys that do': {
    subgraphs: {
      a: fed2(`
        type A @key(fields: "id") @key(fields: "pId", resolvable: false)
          @key(fields: "compositeId { one two }", resolvable: false) @key(fields: "id compositeId { two three }", resolvable: false) {
          id: ID! @shareable pId: ID! @shareable compositeId: Composite! @shareable name: String!
        }
        type Composite @shareable { one: ID! two: ID! three: ID! }
      `),
      b: fed2(`
        type Query { b: B }
        type B @key(fields: "id") { id: ID! a: [A!]! }
        type A @key(fields: "compositeId { one two }", resolvable: false) @key(fields: "id compositeId { two three }")
          @key(fields: "pId", resolvable: false) @key(fields: "id", resolvable: false) {
          id: ID! @shareable pId: ID! @shareable compositeId: Composite! @shareable name: String! @external nameInB: String! @requires(fields: "name")
        }
        type Composite @shareable { one: ID! two: ID! three: ID! }
      `),
    },
    records: () => {
      const a = ['1', '2'].map((id) => ({
        __typename: 'A', id, pId: `p${id}`, compositeId: composite(id), name: `a.${id}`,
        nameInB: (self: unknown, _: unknown, get: Get) => `b knows ${String(get(self, 'name'))}`,
      })); // prettier-ignore
      const b = { __typename: 'B', id: '100', a };
      return { entities: [...a, b], Query: { b } };
    },
    operations: ['{ b { id a { id name nameInB } } }', '{ b { a { nameInB compositeId { one } } } }'],
  },
  'keys that are null': {
    subgraphs: {
      a: fed2(
        `type Query { bookContainers: [BookContainer] } type BookContainer { book: Book } type Book @key(fields: "upc") { upc: ID! }`,
      ),
      b: fed2(`type Book @key(fields: "id") @key(fields: "upc") { id: ID upc: ID! }`),
      c: fed2(`type Book @key(fields: "id") { id: ID author: Author } type Author { id: ID name: String }`),
    },
    records: () => {
      const books = [['b1', 'u1'], [null, 'u2'], ['b3', 'u3']].map(([id, upc]) => ({ __typename: 'Book', id, upc, author: id === null ? null : { id: `a-${id}`, name: 'Alice' } })); // prettier-ignore
      return { entities: books, Query: { bookContainers: books.map((book) => ({ book })) } };
    },
    operations: ['{ bookContainers { book { upc author { name } } } }'],
  },
  'a parent that must be asked again': {
    subgraphs: {
      a: fed2(`type Query { products: [Product] } type Product @key(fields: "id pid") { id: ID! pid: ID! }`),
      b: fed2(`type Product @key(fields: "id pid") { id: ID! pid: ID! category: Category @shareable } type Category { details: String! @shareable only: Int @shareable }`),
      c: fed2(`type Product @key(fields: "id pid") { id: ID! pid: ID! category: Category @shareable } type Category { details: String! @shareable id: ID! }`),
      d: fed2(`type Query { product: Product } type Product @key(fields: "id pid") { id: ID! pid: ID! name: String } `),
    }, // prettier-ignore
    records: () => {
      const products = ['p1', 'p2'].map((id) => ({ __typename: 'Product', id, pid: `x${id}`, name: `n${id}`, category: { id: `c-${id}`, details: `D ${id}`, only: 7 } })); // prettier-ignore
      return { entities: products, Query: { products, product: products[1] } };
    },
    operations: [
      '{ products { category { details only id } } }',
      '{ product { id name category { only id } } }',
    ],
  },
  'nodes by a global id': {
    subgraphs: {
      node: fed2(`
        type Query { node(id: ID!): Node nodes: [Node] a: Account }
        interface Node { id: ID! }
        type Account implements Node @key(fields: "id") { id: ID! username: String! }
        type Chat implements Node @key(fields: "id") { id: ID! account: Account! text: String! }
      `),
      types: fed2(`
        type Query { chats: [Chat!] b: Account @shareable }
        type Account @key(fields: "id") { id: ID! chats: [Chat!]! }
        type Chat @key(fields: "id") { id: ID! length: Int! }
      `),
      shared: fed2(
        `type Query { b: Account @shareable } type Account @key(fields: "id") { id: ID! rank: Int! }`,
      ),
    },
    records: () => {
      const accounts: Record<string, unknown>[] = ['a1', 'a2'].map((id, rank) => ({ __typename: 'Account', id, username: id.toUpperCase(), rank })); // prettier-ignore
      const chats = [0, 1, 2].map((n) => ({ __typename: 'Chat', id: `c${n}`, account: accounts[n % 2], text: 'x'.repeat(n), length: n })); // prettier-ignore
      accounts.forEach((one) => (one.chats = chats.filter(({ account }) => account === one)));
      const all = [...accounts, ...chats] as Thing[];
      return { entities: all, Query: { node: (_: unknown, { id }: Thing) => find(all, { id }), nodes: all, a: accounts[0], b: accounts[1], chats } }; // prettier-ignore
    },
    operations: [
      '{ a: node(id: "a1") { id ... on Account { username chats { id length } } } b: node(id: "c2") { __typename ... on Chat { account { rank } length } } c: node(id: "none") { id } }',
      '{ nodes { __typename id ... on Chat { text } ... on Account { rank } } b { chats { text } } chats { account { username } } }',
    ],
  },
  'overridden fields': {
    subgraphs: {
      a: fed2(`
        type Query { feed: [Post] @override(from: "b") aFeed: [Post] }
        type Post @key(fields: "id") { id: ID! createdAt: String! @override(from: "b") }
      `),
      b: fed2(`
        type Query { feed: [Post] bFeed: [Post] }
        type Post @key(fields: "id") { id: ID! createdAt: String! likes: Int }
      `),
      c: fed2(`
        type Post @key(fields: "id") { id: ID! likes: Int @override(from: "b") gone: Int @override(from: "nowhere") createdAt: String! @external since: String! @requires(fields: "createdAt") }
      `),
      d: fed2(`
        type Query { media: [Media] }
        interface Media { id: ID! title: String! }
        type Image implements Media @key(fields: "id") { id: ID! title: String! url: String }
        type Video implements Media @key(fields: "id") { id: ID! title: String! }
      `),
      e: fed2(`
        interface Media { id: ID! title: String! }
        type Image implements Media @key(fields: "id") { id: ID! title: String! @override(from: "d") width: Int }
      `),
    }, // prettier-ignore
    records: () => {
      const posts = ['p1', 'p2'].map((id, n) => ({
        __typename: 'Post', id, createdAt: `2024-0${n + 1}`, likes: n, gone: -n,
        since: (self: unknown, _: unknown, get: Get) => `since ${String(get(self, 'createdAt'))}`,
      })); // prettier-ignore
      const media = ['i1', 'v1', 'i2'].map((id) => ({ __typename: id.startsWith('i') ? 'Image' : 'Video', id, title: `T ${id}`, url: `u/${id}`, width: 3 })); // prettier-ignore
      return {
        entities: [...posts, ...media],
        Query: { feed: posts, aFeed: posts, bFeed: [posts[1]], media },
      };
    },
    operations: [
      '{ feed { createdAt } bFeed { createdAt since likes } aFeed { since gone } }',
      '{ media { title id ... on Image { url width } } }',
    ],
  },
  'roots that several subgraphs share': {
    subgraphs: {
      category: fed2(`type Query { product: Product! @shareable products: [Product!] @shareable } type Product { id: ID! @shareable category: Category! @shareable } type Category { id: ID! name: String! }`),
      name: fed2(`type Query { product: Product! @shareable products: [Product!] @shareable } type Product { id: ID! @shareable name: Name! } type Name { id: ID! brand: String! model: String! }`),
      price: fed2(`type Query { product: Product! @shareable products: [Product!] @shareable } type Product { id: ID! @shareable price: Price! } type Price { id: ID! amount: Int! currency: Currency } enum Currency { EUR USD }`),
    }, // prettier-ignore
    records: () => {
      const of = (id: string): Thing => ({ id, category: { id: `c${id}`, name: 'C' }, name: { id: `n${id}`, brand: 'B', model: 'M' }, price: { id: `p${id}`, amount: 5, currency: 'EUR' } }); // prettier-ignore
      return { entities: [], Query: { product: of('1'), products: [of('1'), of('2')] } };
    },
    operations: ['{ product { id name { brand } price { amount } category { name } } }', '{ products { category { id } price { currency } } }'], // prettier-ignore
  },
  'mutations in order': {
    subgraphs: {
      a: fed2(`
        type Query { product(id: ID!): Product products: [Product!]! }
        type Mutation { addProduct(input: AddInput!): Product multiply(by: Int!, id: String): Int! addCategory(name: String!): Category! @shareable }
        input AddInput { name: String! price: Float }
        type Product @key(fields: "id") { id: ID! name: String! price: Float! isDear: Boolean! @external isAvailable: Boolean! @requires(fields: "isDear") }
        type Category @key(fields: "id") { id: ID! name: String! @shareable }
      `),
      b: fed2(`
        type Mutation { add(n: Int!): Int! addCategory(name: String!): Category! @shareable remove(id: ID): Boolean }
        type Product @key(fields: "id") { id: ID! price: Float! @external isDear: Boolean! @requires(fields: "price") }
        type Category @key(fields: "id") { id: ID! name: String! @shareable }
        type Query { total: Int! }
      `),
    },
    records: (): Records => {
      let total = 2;
      const products: Thing[] = [];
      const entities: Thing[] = [];
      const make = (name: string, price: number): Thing => ({
        __typename: 'Product', id: `p-${name}`, name, price,
        isDear: (self: unknown, _: unknown, get: Get) => Number(get(self, 'price')) > 100,
        isAvailable: (self: unknown, _: unknown, get: Get) => get(self, 'isDear') === false,
      }); // prettier-ignore
      return {
        entities,
        Query: { products, total: () => total, product: (_: unknown, { id }: Thing) => find(products, { id }) },
        Mutation: {
          add: (_: unknown, { n }: Thing) => (total += Number(n)),
          multiply: (_: unknown, { by }: Thing) => (total *= Number(by)),
          remove: () => true,
          addProduct: (_: unknown, { input }: Thing) => {
            const { name, price } = input as Thing;
            const product = make(String(name), Number(price ?? 0));
            products.push(product);
            entities.push(product);
            return product;
          },
          addCategory: (_: unknown, { name }: Thing) => {
            const category = { __typename: 'Category', id: `c${(total += 1)}`, name };
            entities.push(category);
            return category;
          },
        },
      };
    },
    operations: [
      'mutation { five: add(n: 3) ten: multiply(by: 2) twelve: add(n: 2) final: multiply(by: 3) addCategory(name: "x") { id name } }',
      ['mutation($in: AddInput!) { addProduct(input: $in) { name price isDear isAvailable } other: addProduct(input: { name: "b", price: 3 }) { isAvailable } }', { in: { name: 'a', price: 599.9 } }],
    ],
  }, // prettier-ignore
  'fields that move from one subgraph to another step by step': {
    subgraphs: {
      a: fed2(`type Query { things: [Thing!] } type Thing @key(fields: "id") { id: ID! half: Int none: Int all: Int other: Int }`),
      b: fed2(`
        type Thing @key(fields: "id") {
          id: ID! half: Int @override(from: "a", label: "percent(50)") none: Int @override(from: "a", label: "percent(0)")
          all: Int @override(from: "a", label: "percent(100)") other: Int @override(from: "a", label: "canary")
        }
      `),
    },
    records: () => {
      const things = [1, 2].map((n) => ({ __typename: 'Thing', id: `t${n}`, half: n, none: n, all: n, other: n }));
      return { entities: things, Query: { things } };
    },
    operations: Array.from({ length: 8 }, () => '{ things { half none all other } }'),
  }, // prettier-ignore
  'values that a field is given of the objects around it': {
    subgraphs: {
      a: `
        extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@context", "@fromContext", "@shareable"])
        type Query { shops: [Shop!]! warehouse: Warehouse }
        type Shop @key(fields: "id") @context(name: "place") { id: ID! currency: String items: [Item!]! best: Item shelf: Shelf }
        type Warehouse @key(fields: "id") @context(name: "place") { id: ID! currency: String items: [Item!]! }
        type Shelf { item: Item }
        type Item @key(fields: "id") { id: ID! price(in: String @fromContext(field: "$place { currency }"), round: Boolean): String }
      `,
      b: fed2(`type Item @key(fields: "id") { id: ID! name: String } type Shop @key(fields: "id") { id: ID! more: [Item!] } type Query { none: Int }`),
    },
    // The same things in several places: what they are given differs.
    records: () => {
      const priceIn = (currency: unknown, id: string): Thing => ({
        __typename: 'Item', id, name: `Item ${id}`,
        price: (_: unknown, args: Thing) => `${id} in ${String('in' in args ? args.in : currency)}${args.round === true ? ' about' : ''}`,
      });
      const of = (__typename: string, id: string, currency: string | null): Thing => {
        const items = ['i1', 'i2'].map((item) => priceIn(currency, item));
        return { __typename, id, currency, items, more: items, best: items[1], shelf: { item: items[0] } };
      };
      const shops = [of('Shop', 's1', 'EUR'), of('Shop', 's2', 'USD'), of('Shop', 's3', null)];
      return { entities: [...shops, priceIn('none', 'i1'), priceIn('none', 'i2')], Query: { shops, warehouse: of('Warehouse', 'w1', 'GBP'), none: null } };
    },
    operations: [
      '{ shops { items { price } best { name price(round: true) } shelf { item { price id } } } warehouse { items { price } } }',
      '{ shops { more { name price again: price(round: true) } currency: id } }',
    ],
  }, // prettier-ignore
};
