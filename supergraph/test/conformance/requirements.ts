import type { Get, Thing } from '#supergraph/test/records/records.ts';
import { fed2, type ConformanceCases } from './case.ts';

/** `@requires` and `@provides`: what one subgraph is sent of another's fields. */

const product = (upc: string, price: number, weight: number): Thing => ({
  __typename: 'Product',
  upc,
  name: `name of ${upc}`,
  weight,
  category: { label: `of ${upc}`, averagePrice: (_: unknown, { currency }: Thing) => price + (currency === 'USD' ? 2 : 20) },
  price: (_: unknown, { currency }: Thing) => (currency === 'USD' ? price : price * 3),
  estimate: (self: unknown, _: unknown, get: Get) =>
    Number(get(self, 'price', { currency: 'USD' })) * Number(get(self, 'weight')),
  estimateEuro: (self: unknown, _: unknown, get: Get) =>
    Number(get(self, 'price', { currency: 'EUR' })) * Number(get(self, 'weight')),
  isDear: (self: unknown, _: unknown, get: Get) =>
    Number(get(get(self, 'category'), 'averagePrice', { currency: 'USD' })) > 14,
}); // prettier-ignore

const priced = (): { entities: Thing[]; Query: Thing } => {
  const entities = [product('p1', 11, 1), product('p2', 13, 4), product('p3', 7, 2)];
  return { entities, Query: { products: entities } };
};

const PRICING = fed2(`
  type Query { products: [Product] }
  type Product @key(fields: "upc") {
    upc: String! name: String weight: Int category: Category price(currency: String!): Int
  }
  type Category { label: String averagePrice(currency: String!): Int }
`);

const SHIPPING = fed2(`
  type Product @key(fields: "upc") {
    upc: String!
    weight: Int @external
    price(currency: String!): Int @external
    category: Category @external
    estimate: Int @requires(fields: "price(currency: \\"USD\\") weight")
    estimateEuro: Int @requires(fields: "price(currency: \\"EUR\\") weight")
    isDear: Boolean @requires(fields: "category { averagePrice(currency: \\"USD\\") }")
  }
  type Category { averagePrice(currency: String!): Int @external }
`);

const comment = (id: string, by: string, body: string): Thing => ({ __typename: 'Comment', id, by, body });

function blog(): { entities: Thing[]; Query: Thing } {
  const comments: Record<string, unknown>[] = [
    { ...comment('c1', 'u1', 'nice') },
    { ...comment('c2', 'u2', 'buy this') },
    { ...comment('c3', 'u3', 'well') },
    { ...comment('c4', 'u1', 'buy this') },
    { ...comment('c5', 'u4', 'hm') },
  ];
  const of: Readonly<Record<string, readonly number[]>> = { post1: [0, 1, 2], post2: [3, 4], post3: [] };
  const posts: Thing[] = Object.entries(of).map(([id, indexes]) => ({
    __typename: 'Post',
    id,
    comments: (_: unknown, { limit }: Thing) =>
      indexes.slice(0, Number(limit)).map((index) => comments[index]),
    lastVoice: (self: unknown, _: unknown, get: Get) => {
      const known = get(self, 'comments', { limit: 3 }) as readonly unknown[];
      return { name: `voice ${known.map((one) => String(get(one, 'by'))).join('+')}` };
    },
  }));
  comments.forEach((one, index) => {
    one.elsewhere = posts.filter((post) => {
      const own = of[String(post.id)] ?? [];
      return !own.includes(index) && own.some((other) => comments[other]?.body === one.body);
    });
    one.isSpam = (self: unknown, _: unknown, get: Get) =>
      (get(self, 'elsewhere') as readonly unknown[])
        .map((post) => (get(post, 'comments', { limit: 50 }) as readonly unknown[]).length)
        .reduce((sum, length) => sum + length, 0);
  });
  return { entities: [...posts, ...(comments as Thing[])], Query: { feed: posts } };
}

export const REQUIREMENTS: ConformanceCases = {
  'requires with arguments': {
    subgraphs: {
      feed: fed2(`
        type Query { feed: [Post] }
        type Post @key(fields: "id") { id: ID! comments(limit: Int!): [Comment] @external }
        type Comment @key(fields: "id") {
          id: ID! by: ID body: String! elsewhere: [Post] @external
          isSpam: Int @requires(fields: "elsewhere { comments(limit: 50) { id } }")
        }
      `),
      comments: fed2(`
        type Post @key(fields: "id") {
          id: ID! comments(limit: Int!): [Comment]
          lastVoice: Voice @requires(fields: "comments(limit: 3) { by }")
        }
        type Comment @key(fields: "id") { id: ID! by: ID @external elsewhere: [Post] }
        type Voice { name: String }
      `),
    },
    records: blog,
    operations: [
      '{ feed { id lastVoice { name } } }',
      '{ feed { lastVoice { name } comments(limit: 1) { id } } }',
      '{ feed { comments(limit: 3) { isSpam body } } }',
      ['query($n: Int = 1) { feed { lastVoice { name } comments(limit: $n) { id } } }', {}],
      'query { feed { lastVoice { name } ...A ...B } } fragment A on Post { comments(limit: 2) { id } } fragment B on Post { comments(limit: 2) { by } }',
      '{ feed { one: comments(limit: 1) { isSpam } two: comments(limit: 2) { isSpam lastWord: body } comments(limit: 5) { id } lastVoice { name } } }',
    ],
  },
  'requires with arguments that contradict each other': {
    subgraphs: { pricing: PRICING, shipping: SHIPPING },
    records: priced,
    operations: [
      '{ products { upc name estimate estimateEuro isDear } }',
      '{ products { price(currency: "GBP") estimate } }',
      '{ products { price: name estimate category { averagePrice(currency: "EUR") } isDear } }',
      '{ products { estimate estimateEuro } again: products { estimateEuro weight: name } }',
    ],
  },
  'names of the client that are names of keys and required fields': {
    subgraphs: { pricing: PRICING, shipping: SHIPPING },
    records: priced,
    operations: [
      '{ products { upc: name estimate } }',
      '{ products { weight: upc upc: weight estimateEuro category: price(currency: "USD") } }',
      '{ products { as_upc: name upc: name name: upc isDear } }',
      '{ products { ...P estimate } } fragment P on Product { category { averagePrice: label } upc: weight }',
    ],
  },
  'requirements of requirements': {
    subgraphs: {
      a: fed2(`
        type Query { product: Product products: [Product!]! }
        type Product @key(fields: "id") { id: ID! price: Float }
      `),
      b: fed2(`
        type Product @key(fields: "id") { id: ID! price: Float @external hasDiscount: Boolean @requires(fields: "price") }
      `),
      c: fed2(`
        type Product @key(fields: "id") {
          id: ID! hasDiscount: Boolean @external price: Float @external
          isCheap: Boolean @requires(fields: "hasDiscount") isCheapest: Boolean @requires(fields: "hasDiscount price")
        }
      `),
      d: fed2(`
        type Product @key(fields: "id") {
          id: ID! isCheap: Boolean @external isCheapest: Boolean @external
          canBuy: Boolean @requires(fields: "isCheap isCheapest")
        }
      `),
    },
    records: () => {
      const of = (id: string, price: number | null): Thing => ({
        __typename: 'Product',
        id,
        price,
        hasDiscount: (self: unknown, _: unknown, get: Get) => Number(get(self, 'price')) < 20,
        isCheap: (self: unknown, _: unknown, get: Get) => get(self, 'hasDiscount') === true,
        isCheapest: (self: unknown, _: unknown, get: Get) =>
          get(self, 'hasDiscount') === true && Number(get(self, 'price')) < 10,
        canBuy: (self: unknown, _: unknown, get: Get) => get(self, 'isCheap') === true && get(self, 'isCheapest') !== null,
      }); // prettier-ignore
      const entities = [of('1', 5), of('2', 15), of('3', 25), of('4', null)];
      return { entities, Query: { product: entities[1], products: entities } };
    },
    operations: [
      '{ product { canBuy } }',
      '{ products { canBuy isCheap hasDiscount } }',
      '{ products { isCheapest p: price } product { isCheap } }',
    ],
  },
  'requirements that cross each other': {
    subgraphs: {
      a: fed2(`
        type Query { feed: [Post] }
        type Post @key(fields: "id") { id: ID! byNovice: Boolean! @external byExpert: Boolean! @requires(fields: "byNovice") }
      `),
      b: fed2(`
        type Post @key(fields: "id") { id: ID! author: Author! @shareable byNovice: Boolean! @requires(fields: "author { yearsOfExperience }") }
        type Author { yearsOfExperience: Int! @external id: ID! @shareable }
      `),
      c: fed2(`
        type Post @key(fields: "id") { id: ID! author: Author! @shareable }
        type Author { yearsOfExperience: Int! id: ID! @shareable }
      `),
    },
    records: () => {
      const entities = [1, 12, 30].map((years, index) => ({
        __typename: 'Post',
        id: `p${index}`,
        author: { id: `a${index}`, yearsOfExperience: years },
        byNovice: (self: unknown, _: unknown, get: Get) => Number(get(get(self, 'author'), 'yearsOfExperience')) < 10,
        byExpert: (self: unknown, _: unknown, get: Get) => get(self, 'byNovice') === false,
      })); // prettier-ignore
      return { entities, Query: { feed: entities } };
    },
    operations: ['{ feed { byExpert } }', '{ feed { byNovice author { id } } }', '{ feed { author { yearsOfExperience } byExpert byNovice } }'], // prettier-ignore
  },
  'requirements with fragments and interfaces': {
    subgraphs: {
      a: fed2(`
        type Query { a: Entity many: [Entity!]! }
        type Entity @key(fields: "id") { id: ID! data: Foo }
        interface Foo { foo: String! }
        interface Bar implements Foo { foo: String! bar: String! }
        type Baz implements Foo & Bar @shareable { foo: String! bar: String! baz: String! }
        type Qux implements Foo & Bar @shareable { foo: String! bar: String! qux: String! }
      `),
      b: fed2(`
        type Query { b: Entity }
        type Entity @key(fields: "id") {
          id: ID! data: Foo @external
          requirer: String! @requires(fields: "data { foo ... on Bar { bar ... on Baz { baz } ... on Qux { qux } } }")
          requirer2: String! @requires(fields: "data { ... on Foo { foo } }")
        }
        interface Foo { foo: String! }
        interface Bar implements Foo { foo: String! bar: String! }
        type Baz implements Foo & Bar @shareable @external { foo: String! bar: String! baz: String! }
        type Qux implements Foo & Bar @shareable @external { foo: String! bar: String! qux: String! }
      `),
    },
    records: () => {
      const of = (id: string, data: Thing | null): Thing => ({
        __typename: 'Entity',
        id,
        data,
        requirer: (self: unknown, _: unknown, get: Get) => {
          const inner = get(self, 'data');
          return inner === null
            ? 'none'
            : ['foo', 'bar', 'baz', 'qux'].map((name) => String(get(inner, name))).join('_');
        },
        requirer2: (self: unknown, _: unknown, get: Get) =>
          `two ${String(get(get(self, 'data') ?? {}, 'foo'))}`,
      });
      const entities = [
        of('1', { __typename: 'Baz', foo: 'f1', bar: 'b1', baz: 'z1' }),
        of('2', { __typename: 'Qux', foo: 'f2', bar: 'b2', qux: 'q2' }),
        of('3', null),
      ];
      return { entities, Query: { a: entities[0], b: entities[1], many: entities } };
    },
    operations: [
      '{ a { requirer } }',
      '{ b { requirer2 data { __typename foo } } }',
      '{ many { id requirer requirer2 data { ... on Bar { bar } ... on Qux { q: qux } } } }',
    ],
  },
  'provided fields': {
    subgraphs: {
      catalog: fed2(`
        type Query { products: [Product] }
        type Product @key(fields: "id") { id: ID! categories: [Category] @shareable name: String }
        type Category @key(fields: "id") { id: ID! @tag(name: "x") name: String @shareable subCategories: [Category!] @shareable }
      `),
      all: fed2(`
        type Query { allProducts: [Product] @provides(fields: "categories { id name subCategories { id name } }") }
        type Product @key(fields: "id") { id: ID! categories: [Category] @external price: Int }
        type Category @key(fields: "id") { id: ID! name: String @external subCategories: [Category!] @external }
      `),
      media: fed2(`
        type Query { media: Media @shareable book: Book @provides(fields: "animals { ... on Dog { name } id }") }
        interface Media { id: ID! }
        type Book implements Media @key(fields: "id") { id: ID! animals: [Animal] @external }
        interface Animal { id: ID! name: String }
        type Dog implements Animal @key(fields: "id") { id: ID! @external name: String @external }
        type Cat implements Animal @key(fields: "id") { id: ID! @external name: String @external }
      `),
      animals: fed2(`
        type Query { media: Media @shareable }
        interface Media { id: ID! }
        type Book implements Media @key(fields: "id") { id: ID! @shareable animals: [Animal] @shareable }
        interface Animal { id: ID! name: String age: Int }
        type Dog implements Animal @key(fields: "id") { id: ID! name: String @shareable age: Int }
        type Cat implements Animal @key(fields: "id") { id: ID! name: String @shareable age: Int }
      `),
    },
    records: () => {
      const leaf: Thing = { __typename: 'Category', id: 'c2', name: 'Category 2', subCategories: null };
      const top: Thing = { __typename: 'Category', id: 'c1', name: 'Category 1', subCategories: [leaf] };
      const products = ['p1', 'p2'].map((id, index) => ({
        __typename: 'Product', id, name: `Product ${id}`, price: index * 5, categories: index ? [leaf, top] : [top],
      })); // prettier-ignore
      const dog = { __typename: 'Dog', id: 'a1', name: 'Fido', age: 3 };
      const cat = { __typename: 'Cat', id: 'a2', name: 'Whiskers', age: 7 };
      const book = { __typename: 'Book', id: 'm1', animals: [dog, cat] };
      return {
        entities: [leaf, top, ...products, dog, cat, book],
        Query: { products, allProducts: products, media: book, book },
      };
    },
    operations: [
      '{ allProducts { id categories { id name subCategories { id name } } price name } }',
      '{ products { id categories { id name } price } }',
      '{ media { id ... on Book { animals { id name } } } book { animals { name age ... on Cat { id } } } }',
      '{ book { id animals { __typename ... on Dog { name id } ... on Cat { n: name } } } }',
    ],
  },
  'requirements beside provided fields': {
    subgraphs: {
      accounts: fed2(`type Query { me: User } type User @key(fields: "id") { id: ID! name: String username: String @shareable }`),
      products: fed2(`
        type Query { products: [Product] }
        type Product @key(fields: "upc") { upc: String! name: String price: Int weight: Int }
      `),
      inventory: fed2(`
        type Product @key(fields: "upc") {
          upc: String! weight: Int @external price: Int @external inStock: Boolean
          shipping: Int @requires(fields: "price weight") tag: String @requires(fields: "weight")
        }
      `),
      reviews: fed2(`
        type Review @key(fields: "id") { id: ID! body: String author: User @provides(fields: "username") product: Product }
        type User @key(fields: "id") { id: ID! username: String @external reviews: [Review] }
        type Product @key(fields: "upc") { upc: String! reviews: [Review] }
      `),
    }, // prettier-ignore
    records: () => {
      const users: Record<string, unknown>[] = ['u1', 'u2'].map((id) => ({ __typename: 'User', id, name: `User ${id}`, username: `@${id}` })); // prettier-ignore
      const products: Record<string, unknown>[] = [1, 2, 3].map((n) => ({
        __typename: 'Product', upc: `p${n}`, name: `Product ${n}`, price: n * 10, weight: n === 3 ? null : n, inStock: n % 2 === 1,
        shipping: (self: unknown, _: unknown, get: Get) => Number(get(self, 'price')) * Number(get(self, 'weight')),
        tag: (self: unknown, _: unknown, get: Get) => `#${String(get(self, 'weight'))}#`,
      })); // prettier-ignore
      const reviews = [0, 1, 2, 3].map((n) => ({ __typename: 'Review', id: `r${n}`, body: `${n} stars`, author: users[n % 2], product: products[n % 3] })); // prettier-ignore
      for (const user of users) user.reviews = reviews.filter(({ author }) => author === user);
      for (const one of products) one.reviews = reviews.filter(({ product: other }) => other === one);
      return { entities: [...users, ...products, ...reviews] as Thing[], Query: { me: users[0], products } };
    },
    operations: [
      '{ products { name shipping tag inStock reviews { author { username name } } } }',
      '{ me { name reviews { body product { shipping } author { username } } } }',
      '{ products { reviews { author { username reviews { product { tag } } } } } }',
    ],
  },
};
