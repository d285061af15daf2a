import type { Subgraphs } from './world.ts';

/** Supergraphs that between them use every way in which federation divides a graph. */

const LINK = (...names: string[]): string =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${names.map((name) => `"${name}"`).join(', ')}])`;

export interface Fixture {
  readonly subgraphs: Subgraphs;
  readonly keyedInterfaces?: Readonly<Record<string, readonly string[]>>;
}

/** @requires over several subgraphs and over lists, @provides, @shareable, @override, inputs and enums. */
const store: Fixture = {
  subgraphs: {
    catalog: `
      ${LINK('@key', '@shareable', '@external', '@provides', '@inaccessible')}
      type Query {
        product(id: ID!): Product
        products(filter: Filter, order: Order = UP): [Product!]!
        matrix: [[Product]!]
        featured: Product! @provides(fields: "stock")
      }
      input Filter { size: Size! tags: [String!] between: Range }
      input Range { from: Int to: Int = 5 }
      enum Order { UP DOWN }
      enum Size { SMALL LARGE SECRET @inaccessible }
      type Product @key(fields: "id") {
        id: ID!
        name: String!
        size: Size
        weight: Float
        dimensions: Dimensions
        parts: [Product!]
        stock: Int @external
        maker: Maker!
        labels: [Label!]! @shareable
        hidden: String @inaccessible
      }
      type Label { de: String }
      type Dimensions @shareable { width: Int height: Int unit: Unit! }
      type Unit @shareable { name: String! factor: Float! }
      type Maker @key(fields: "id") { id: ID! name: String }
    `,
    warehouse: `
      ${LINK('@key', '@shareable', '@external', '@requires')}
      type Query { warehouses: [Warehouse] }
      type Warehouse @key(fields: "id") { id: ID! holds: [Product!]! tag(of: [Tag!]): String }
      input Tag { key: String! value: String }
      type Product @key(fields: "id") {
        id: ID!
        stock: Int @shareable
        labels: [Label!]! @shareable
        weight: Float @external
        dimensions: Dimensions @external
        name: String! @external
        postage(currency: String = "EUR"): Float @requires(fields: "weight")
        crate: Crate @requires(fields: "dimensions { width unit { name } } name")
      }
      type Crate { label: String! fits: [Product] }
      type Label { en: String! }
      type Dimensions @shareable { width: Int height: Int unit: Unit! }
      type Unit @shareable { name: String! factor: Float! }
    `,
    makers: `
      ${LINK('@key', '@override', '@shareable', '@external', '@requires')}
      type Query { makers(first: Int! = 2): [Maker] }
      type Maker @key(fields: "id") {
        id: ID!
        name: String @external
        best: Product
        score: Int! @requires(fields: "name")
      }
      type Product @key(fields: "id") { id: ID! size: Size @override(from: "catalog") crate: Crate @external insurance: String @requires(fields: "crate { label }") }
      type Crate { label: String! @external }
      enum Size { SMALL LARGE SECRET }
    `,
  },
};

/** Interfaces and unions whose types live in several subgraphs; selections on each. */
const media: Fixture = {
  subgraphs: {
    library: `
      ${LINK('@key', '@shareable')}
      type Query { items: [Item!] search(text: String!): [Result] shelf: Shelf }
      interface Item { id: ID! title: String! related: [Item!] }
      union Result = Book | Film | Shelf
      type Shelf { label: String! top: Item results: [Result!]! }
      type Book implements Item @key(fields: "id") { id: ID! title: String! related: [Item!] pages: Int author: Person }
      type Film implements Item @key(fields: "id") { id: ID! title: String! related: [Item!] cast: [Person!]! }
      type Person @key(fields: "id") { id: ID! name: String @shareable }
    `,
    ratings: `
      ${LINK('@key', '@shareable')}
      type Query { best: Rated worst: [Thing!]! }
      interface Rated { rating: Float }
      union Thing = Book | Person
      type Book implements Rated @key(fields: "id") { id: ID! rating: Float fans(first: Int): [Person] }
      type Film implements Rated @key(fields: "id") { id: ID! rating: Float fans(first: Int): [Person] }
      type Person @key(fields: "id") { id: ID! likes: [Thing] followers: Int! }
    `,
    people: `
      ${LINK('@key', '@shareable')}
      type Query { me: Person }
      type Person @key(fields: "id") { id: ID! name: String @shareable mail: String! friends: [Person!] }
    `,
  },
};

/** An interface with a key, to which a subgraph that doesn't know its types adds fields. */
const interfaceObject: Fixture = {
  keyedInterfaces: { Media: ['Album', 'Song'] },
  subgraphs: {
    media: `
      ${LINK('@key')}
      type Query { media: [Media!]! album: Album }
      interface Media @key(fields: "id") { id: ID! title: String }
      type Album implements Media @key(fields: "id") { id: ID! title: String tracks: [Song] }
      type Song implements Media @key(fields: "id") { id: ID! title: String seconds: Int! }
    `,
    reviews: `
      ${LINK('@key', '@interfaceObject', '@external', '@requires')}
      type Query { reviewed(first: Int = 3): [Media] }
      type Media @key(fields: "id") @interfaceObject {
        id: ID!
        title: String @external
        reviews: [Review!]!
        stars: Float
        blurb: String @requires(fields: "title")
      }
      type Review @key(fields: "id") { id: ID! text: String about: Media! }
    `,
    moderation: `
      ${LINK('@key')}
      type Query { flagged: [Review] }
      type Review @key(fields: "id") { id: ID! flags: [String!] reason: Reason }
      enum Reason { SPAM RUDE }
    `,
  },
};

/** Several keys, nested keys, and a subgraph that can only be reached over another one's key. */
const keys: Fixture = {
  subgraphs: {
    accounts: `
      ${LINK('@key', '@shareable')}
      type Query { user(id: ID!): User users: [User!] }
      type User @key(fields: "id") @key(fields: "email") { id: ID! email: String! name: String profile: Profile }
      type Profile { bio: String links: [String] }
    `,
    mail: `
      ${LINK('@key', '@shareable')}
      type Query { inbox: [Message!] }
      type User @key(fields: "email") { email: String! messages(unread: Boolean): [Message!]! }
      type Message @key(fields: "id thread { id }") { id: ID! thread: Thread! @shareable from: User }
      type Thread { id: ID! @shareable subject: String! }
    `,
    archive: `
      ${LINK('@key', '@shareable')}
      type Query { oldest: Message }
      type Message @key(fields: "id thread { id }") { id: ID! thread: Thread! @shareable size: Int! labels: [Label] }
      type Thread { id: ID! @shareable }
      type Label { name: String! color: Color }
      enum Color { RED BLUE }
    `,
  },
};

export const FIXTURES: Readonly<Record<string, Fixture>> = { store, media, interfaceObject, keys };
