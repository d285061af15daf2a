import type { Get, Thing } from '#supergraph/test/records/records.ts';
import { fed2, type ConformanceCases } from './case.ts';

/** Interfaces, unions, enums and inputs that subgraphs know differently. */

export const ABSTRACTIONS: ConformanceCases = {
  'interfaces and unions over several subgraphs': {
    subgraphs: {
      products: fed2(`
        type Query { products: [Product!]! similar(id: ID!): [Product] }
        interface Product { id: ID! sku: String dimensions: Dimensions createdBy: User hidden: Boolean reviewsCount: Int! }
        union Publisher = Agency | Self
        type Self { email: String }
        type Dimensions @shareable { size: String weight: Float }
        type Book implements Product @key(fields: "id") { id: ID! sku: String dimensions: Dimensions @shareable createdBy: User hidden: Boolean publisher: Publisher @shareable reviewsCount: Int! @external }
        type Magazine implements Product @key(fields: "id") { id: ID! sku: String dimensions: Dimensions @shareable createdBy: User hidden: Boolean publisher: Publisher @shareable reviewsCount: Int! @external }
        type Agency @key(fields: "id") { id: ID! }
        type User @key(fields: "email") { email: ID! name: String @shareable }
      `),
      agencies: fed2(
        `type Agency @key(fields: "id") { id: ID! name: String email: Mail } type Mail { address: String }`,
      ),
      books: fed2(
        `type Query { books: [Book] } type Book @key(fields: "id") { id: ID! title: String pages: Int }`,
      ),
      magazines: fed2(`type Magazine @key(fields: "id") { id: ID! title: String issue: String! }`),
      inventory: fed2(`
        interface Product { id: ID! dimensions: Dimensions delivery(zip: String): Delivery }
        type Delivery { days: Int zip: String }
        type Dimensions @shareable { size: String weight: Float }
        type Book implements Product @key(fields: "id") { id: ID! dimensions: Dimensions @external delivery(zip: String): Delivery @requires(fields: "dimensions { size weight }") }
        type Magazine implements Product @key(fields: "id") { id: ID! dimensions: Dimensions @external delivery(zip: String): Delivery @requires(fields: "dimensions { size weight }") }
      `),
      reviews: fed2(`
        interface Product { id: ID! reviewsCount: Int! reviewsScore: Float! reviews: [Review!]! }
        type Book implements Product @key(fields: "id") { id: ID! reviewsCount: Int! reviewsScore: Float! @shareable reviews: [Review!]! similar: [Book]! }
        type Magazine implements Product @key(fields: "id") { id: ID! reviewsCount: Int! reviewsScore: Float! @shareable reviews: [Review!]! }
        type Review { id: ID! body: String product: Product }
        type Query { review(id: ID!): Review }
      `),
    },
    records: () => {
      const agency = { __typename: 'Agency', id: 'ag1', name: 'Agency', email: { address: 'a@b' } };
      const self = { __typename: 'Self', email: 'self@x' };
      const user = { __typename: 'User', email: 'u@x', name: 'U' };
      const products: Record<string, unknown>[] = ['Book', 'Magazine', 'Book', 'Magazine'].map((__typename, n) => ({
        __typename, id: `p${n}`, sku: `sku-${n}`, dimensions: { size: `${n}`, weight: n / 2 }, createdBy: n === 3 ? null : user, hidden: n === 0,
        publisher: n % 2 ? self : agency, title: `Title ${n}`, pages: n * 10, issue: `#${n}`, reviewsCount: 2, reviewsScore: n,
        delivery: (me: unknown, { zip }: Thing, get: Get) => {
          const dimensions = get(me, 'dimensions');
          return { days: Math.ceil(Number(get(dimensions, 'weight'))), zip: `${String(zip)}-${String(get(dimensions, 'size'))}` };
        },
      })); // prettier-ignore
      products.forEach((one, n) => {
        one.reviews = [0, 1].map((m) => ({ id: `r${n}${m}`, body: 'ok', product: one }));
        one.similar = products.filter((other) => other.__typename === 'Book' && other !== one);
      });
      const all = products as Thing[];
      return { entities: [agency, user, ...all], Query: { products: all, books: all.filter(({ __typename }) => __typename === 'Book'), similar: () => all.slice(2), review: () => ({ id: 'r1', body: 'b', product: all[1] }) } }; // prettier-ignore
    },
    operations: [
      '{ products { id reviewsCount delivery(zip: "1") { days zip } ... on Book { title pages publisher { ... on Agency { name } ... on Self { email } } } ... on Magazine { issue title } } }',
      '{ products { __typename reviews { product { sku __typename ... on Book { similar { title reviewsScore } } } } createdBy { name } } }',
      '{ similar(id: "p0") { dimensions { size } reviews { id } } books { reviewsCount sku publisher { __typename } } review(id: "r") { product { id ... on Magazine { title } } } }',
    ],
  },
  'unions that subgraphs know different members of': {
    subgraphs: {
      a: fed2(`
        type Query { media: Media @shareable book: Media @shareable song: Media @shareable viewer: Viewer @shareable aMedia: [AMedia] }
        union Media = Book | Song
        union AMedia = Book
        type Book @key(fields: "id") { id: ID! @shareable title: String! @shareable aTitle: String! }
        type Song @key(fields: "id") { id: ID! @shareable title: String! @shareable aTitle: String! }
        type Viewer { media: ViewerMedia @shareable a: Int }
        union ViewerMedia = Book | Song
      `),
      b: fed2(`
        type Query { media: Media @shareable book: Media @shareable song: Media @shareable viewer: Viewer @shareable }
        union Media = Book | Movie | Song
        type Book @key(fields: "id") { id: ID! @shareable title: String! @shareable bTitle: String! }
        type Song @key(fields: "id") { id: ID! @shareable title: String! @shareable bTitle: String! }
        type Movie { id: ID! title: String! @shareable }
        type Viewer { media: ViewerMedia @shareable b: Int }
        union ViewerMedia = Book | Song | Movie
      `),
    },
    records: () => {
      const book = { __typename: 'Book', id: 'b1', title: 'Book', aTitle: 'aBook', bTitle: 'bBook' };
      const song = { __typename: 'Song', id: 's1', title: 'Song', aTitle: 'aSong', bTitle: 'bSong' };
      return { entities: [book, song], Query: { media: book, book, song, viewer: { media: song, a: 1, b: 2 }, aMedia: [book, null] } }; // prettier-ignore
    },
    operations: [
      '{ media { __typename ... on Book { id title bTitle } } }',
      '{ book { ... on Book { aTitle bTitle } ... on Song { title } } song { __typename ... on Song { aTitle bTitle } ... on Movie { title } } }',
      '{ viewer { media { ... on Book { title } ... on Song { bTitle title aTitle } } a b } aMedia { ... on Book { bTitle } } }',
    ],
  },
  'unions of interfaces, spread at several levels': {
    subgraphs: {
      a: fed2(`
        type Query { node(id: ID!): Node toasters: [Toaster] items: [Item!] }
        union Item = Toaster | Oven
        interface Node { id: ID! }
        interface Named implements Node { id: ID! name: String }
        type Oven implements Node @key(fields: "id") { id: ID! warranty: Int @shareable }
        type Toaster implements Named & Node @key(fields: "id") { id: ID! name: String warranty: Int }
      `),
      b: fed2(`
        interface Node { id: ID! }
        type Oven implements Node @key(fields: "id") { id: ID! maker: Maker }
        type Toaster implements Node @key(fields: "id") { id: ID! maker: Maker }
        type Maker implements Node @key(fields: "id") { id: ID! makes: [Node!] }
      `),
    },
    records: () => {
      const maker: Record<string, unknown> = { __typename: 'Maker', id: 'm1' };
      const items = ['Toaster', 'Oven', 'Toaster'].map((__typename, n) => ({ __typename, id: `i${n}`, name: `N${n}`, warranty: n, maker })); // prettier-ignore
      maker.makes = [...items, maker];
      return {
        entities: [maker, ...items],
        Query: { node: items[0], items, toasters: items.slice(0, 1) },
      };
    },
    operations: [
      '{ items { ... on Node { id ... on Named { name } } ... on Oven { warranty maker { id } } ... on Toaster { warranty } } }',
      '{ node(id: "i0") { id __typename ... on Toaster { maker { makes { id ... on Oven { warranty } ... on Maker { makes { __typename } } } } } } toasters { ... on Node { id } } }',
    ],
  },
  'interfaces that refer to themselves': {
    subgraphs: {
      a: fed2(`
        type Query { product: Product }
        interface Product { samePriceProduct: Product }
        type Book implements Product @key(fields: "id") { id: ID! samePriceProduct: Book @provides(fields: "price") price: Float @external }
      `),
      b: fed2(`type Book @key(fields: "id") { id: ID! price: Float @shareable }`),
    },
    records: () => {
      const one: Record<string, unknown> = { __typename: 'Book', id: '1', price: 10 };
      const two = { __typename: 'Book', id: '2', price: 10, samePriceProduct: one };
      one.samePriceProduct = two;
      return { entities: [one, two], Query: { product: one } };
    },
    operations: [
      '{ product { samePriceProduct { ... on Book { id } __typename } } }',
      '{ product { ... on Book { price } samePriceProduct { ... on Book { samePriceProduct { id price } } } } }',
    ],
  },
  'interface objects': {
    subgraphs: {
      users: fed2(`
        type Query { users: [NodeWithName!]! accounts: [Account] }
        interface NodeWithName @key(fields: "id") { id: ID! name: String }
        type User implements NodeWithName @key(fields: "id") { id: ID! name: String age: Int }
        type Robot implements NodeWithName @key(fields: "id") { id: ID! name: String model: String }
        interface Account @key(fields: "id") { id: ID! }
        type Admin implements Account @key(fields: "id") { id: ID! isMain: Boolean! }
        type Regular implements Account @key(fields: "id") { id: ID! isMain: Boolean! }
      `),
      names: fed2(`
        type Query { anotherUsers: [NodeWithName] }
        type NodeWithName @key(fields: "id") @interfaceObject {
          id: ID! username: String name: String @external shout: String @requires(fields: "name")
        }
        type Account @key(fields: "id") @interfaceObject { id: ID! emails: [String!] contact: NodeWithName }
      `),
      more: fed2(`
        type Query { someAccount: Account }
        type Account @key(fields: "id") @interfaceObject { id: ID! level: Int emails: [String!] @external first: String @requires(fields: "emails") }
      `),
    },
    records: () => {
      const people = ['User', 'Robot', 'User'].map((__typename, n) => ({
        __typename, id: `u${n}`, name: `name ${n}`, age: n, model: `M${n}`, username: `user${n}`,
        shout: (me: unknown, _: unknown, get: Get) => String(get(me, 'name')).toUpperCase(),
      })); // prettier-ignore
      const accounts = ['Admin', 'Regular'].map((__typename, n) => ({
        __typename, id: `a${n}`, isMain: n === 0, emails: [`${n}@x`, 'y'], contact: people[n], level: n + 1,
        first: (me: unknown, _: unknown, get: Get) => (get(me, 'emails') as string[])[0],
      })); // prettier-ignore
      return { entities: [...people, ...accounts], Query: { users: people, anotherUsers: people.slice(1), accounts, someAccount: accounts[1] } }; // prettier-ignore
    },
    operations: [
      '{ users { __typename id name username ... on User { age } } anotherUsers { id name username ... on Robot { model } } }',
      '{ anotherUsers { username ... on User { age name } } accounts { emails contact { name shout __typename } ... on Admin { isMain } } }',
      '{ someAccount { __typename first level } anotherUsers { shout ... on NodeWithName { username } } }',
      '{ accounts { first ... on Regular { isMain emails contact { ... on Robot { shout } } } } }',
    ],
  },
  'interface objects that nobody resolves': {
    subgraphs: {
      a: fed2(`
        type Query { product: Product b: Node }
        interface Node { id: ID! }
        interface Product implements Node @key(fields: "id") { id: ID! data: String }
        type Bread implements Product & Node @key(fields: "id") { id: ID! data: String }
      `),
      b: fed2(`
        type Query { a: Int }
        interface Node { id: ID! }
        type Product implements Node @interfaceObject @key(fields: "id", resolvable: false) { id: ID! }
      `),
    },
    records: () => {
      const bread = { __typename: 'Bread', id: '1', data: 'Bread' };
      return { entities: [bread], Query: { product: bread, a: 1, b: bread } };
    },
    operations: ['{ product { __typename id data } b { id __typename ... on Bread { data } } }', '{ b { ... on Product { data } } }'],
  }, // prettier-ignore
  'enums and inputs that subgraphs know different parts of': {
    subgraphs: {
      a: fed2(`
        type Query { users: [User] find(filter: Filter): User kinds: [Kind!] @shareable }
        type User @key(fields: "id") { id: ID! type: Kind @shareable }
        enum Kind { ANONYMOUS REGISTERED @inaccessible }
        input Filter { first: Int! skip: Int only: String }
      `),
      b: fed2(`
        type Query { kinds: [Kind!] @shareable usersB(filter: Filter!): [User!] byKind(kind: In): Int }
        type User @key(fields: "id") { id: ID! type: Kind @shareable name(style: Style = LOUD): String }
        enum Kind { ANONYMOUS REGISTERED }
        enum Style { LOUD QUIET }
        enum In { ONE TWO }
        input Filter { first: Int! sort: In }
      `),
      c: fed2(`type Query { byKindC(kind: In! = ONE): Int } enum In { ONE }`),
    },
    records: () => {
      const users = ['ANONYMOUS', 'REGISTERED'].map((type, n) => ({ __typename: 'User', id: `u${n}`, type, name: (_: unknown, { style }: Thing) => `${String(style)} ${n}` })); // prettier-ignore
      return {
        entities: users,
        Query: { users, kinds: ['ANONYMOUS'], usersB: (_: unknown, { filter }: Thing) => users.slice(0, Number((filter as Thing).first)), find: (_: unknown, { filter }: Thing) => users[Number((filter as Thing | undefined)?.first ?? 0)] ?? null, byKind: () => 1, byKindC: (_: unknown, { kind }: Thing) => (kind === 'ONE' ? 1 : 2) },
      }; // prettier-ignore
    },
    operations: [
      '{ usersB(filter: { first: 1 }) { id type name } kinds byKindC }',
      [
        'query($f: Filter!) { usersB(filter: $f) { name(style: QUIET) } find(filter: $f) { id } }',
        { f: { first: 1 } },
      ],
      '{ users { id type } }',
    ],
  },
  'children whose types differ': {
    subgraphs: {
      a: fed2(`
        type Query { users: [User!]! accounts: [Account!] }
        union Account = User | Admin
        type User @key(fields: "id") { id: ID @shareable name: String! @shareable similar: [User] friends: [User!] }
        type Admin { id: ID name: String photo: String }
      `),
      b: fed2(`type Query { usersB: [User!]! } type User @key(fields: "id") { id: ID! @shareable name: String @shareable }`),
    },
    records: () => {
      const user: Record<string, unknown> = { __typename: 'User', id: 'u1', name: 'U', photo: null };
      Object.assign(user, { similar: [user, null], friends: [user] });
      const admin = { __typename: 'Admin', id: 'a1', name: 'A', photo: 'p' };
      return { entities: [user], Query: { users: [user], usersB: [user], accounts: [user, admin] } };
    },
    operations: ['{ users { id name } usersB { id name } accounts { ... on User { id name similar { id } } ... on Admin { id name photo } } }'],
  }, // prettier-ignore
};
