import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse, type GraphQLSchema } from 'graphql';

/**
 * The supergraph of the public federation benchmark (graphql-hive/graphql-gateways-benchmark): four subgraphs, with data
 * of the same size of our own, and its query.
 */

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3",
  import: ["@key", "@external", "@requires", "@provides", "@shareable"])`;

export const SDL = {
  accounts: `
    ${LINK}
    type Query { me: User  user(id: ID!): User  users: [User] }
    type User @key(fields: "id") { id: ID!  name: String  username: String @shareable  birthday: Int }
  `,
  inventory: `
    ${LINK}
    type Product @key(fields: "upc") {
      upc: String!
      weight: Int @external
      price: Int @external
      inStock: Boolean
      shippingEstimate: Int @requires(fields: "price weight")
    }
  `,
  products: `
    ${LINK}
    type Query { topProducts(first: Int = 5): [Product] }
    type Product @key(fields: "upc") { upc: String!  name: String  price: Int  weight: Int }
  `,
  reviews: `
    ${LINK}
    type Review @key(fields: "id") { id: ID!  body: String  product: Product  author: User @provides(fields: "username") }
    type User @key(fields: "id") { id: ID!  username: String @external  reviews: [Review] }
    type Product @key(fields: "upc") { upc: String!  reviews: [Review] }
  `,
} as const;

export type ShopName = keyof typeof SDL;
export const SHOP_NAMES = Object.keys(SDL) as ShopName[];

export const QUERY = `
  fragment User on User { id username name }
  fragment Review on Review { id body }
  fragment Product on Product { inStock name price shippingEstimate upc weight }
  query TestQuery {
    users {
      ...User
      reviews { ...Review product { ...Product reviews { ...Review author { ...User reviews { ...Review product { ...Product } } } } } }
    }
    topProducts {
      ...Product
      reviews { ...Review author { ...User reviews { ...Review product { ...Product } } } }
    }
  }
`;

/** The same with a variable that another value is given in every request. */
export const QUERY_WITH_VARIABLE = QUERY.replace(
  'query TestQuery {',
  'query TestQuery($id: ID!) { user(id: $id) { id }',
);

const PRODUCTS = [
  ['Table', 899, 100],
  ['Couch', 1299, 1000],
  ['Glass', 15, 20],
  ['Chair', 499, 100],
  ['TV', 1299, 1000],
  ['Lamp', 6999, 300],
  ['Grill', 3999, 2000],
  ['Fridge', 100000, 6000],
  ['Sofa', 9999, 800],
].map(([name, price, weight], index) => ({ upc: String(index + 1), name, price, weight }));

/** Characters of each review, and the product that it is of. */
const REVIEWS = [
  [325, 1],
  [215, 1],
  [205, 1],
  [105, 1],
  [325, 2],
  [215, 2],
  [205, 2],
  [105, 2],
  [105, 3],
  [105, 4],
  [620, 4],
].map(([length = 0, product], index) => ({
  id: String(index + 1),
  body: 'A solid piece that does what it should and has done so for years. '.repeat(14).slice(0, length),
  product: { upc: String(product) },
}));

/** How often the users are there: the answer grows with them. */
const COPIES = Number(process.env.SHOP_COPIES ?? 1);
const NAMES = ['urania', 'dorothea', 'kasimir', 'arabella', 'gilbert', 'laurenz'];

const USERS = Array.from({ length: COPIES }, () => NAMES)
  .flat()
  .map((username, index) => ({
    id: String(index + 1),
    username,
    name: `${username[0]?.toUpperCase()}${username.slice(1)} Example`,
    birthday: 1_234_567_890,
  }));

interface Keyed {
  readonly id: string;
  readonly upc: string;
  readonly price?: number;
  readonly weight?: number;
}

const REVIEWS_OF_USERS = REVIEWS.slice(0, 2);
const author = { id: '1', username: USERS[0]?.username };

const RESOLVERS: Record<ShopName, object> = {
  accounts: {
    Query: {
      me: () => USERS[0],
      user: (_: unknown, { id }: Keyed) => USERS[Number(id) - 1] ?? null,
      users: () => USERS,
    },
    User: { __resolveReference: ({ id }: Keyed) => USERS[Number(id) - 1] },
  },
  inventory: {
    Product: {
      __resolveReference: (key: Keyed) => key,
      inStock: ({ upc }: Keyed) => Number(upc) % 2 === 1,
      shippingEstimate: ({ price = 0, weight = 0 }: Keyed) => (price > 1000 ? 0 : Math.round(weight * 0.5)),
    },
  },
  products: {
    Query: { topProducts: (_: unknown, { first }: { first: number }) => PRODUCTS.slice(0, first) },
    Product: { __resolveReference: ({ upc }: Keyed) => PRODUCTS[Number(upc) - 1] },
  },
  reviews: {
    Review: { __resolveReference: ({ id }: Keyed) => REVIEWS[Number(id) - 1], author: () => author },
    User: { __resolveReference: ({ id }: Keyed) => ({ id }), reviews: () => REVIEWS_OF_USERS },
    Product: {
      __resolveReference: ({ upc }: Keyed) => ({ upc }),
      reviews: ({ upc }: Keyed) => REVIEWS.filter(({ product }) => product.upc === upc),
    },
  },
};

export function shopSchema(name: ShopName): GraphQLSchema {
  return buildSubgraphSchema({ typeDefs: parse(SDL[name]), resolvers: RESOLVERS[name] } as Parameters<
    typeof buildSubgraphSchema
  >[0]);
}
