import type { Get, Thing } from '#supergraph/test/records/records.ts';
import { fed2, type ConformanceCases } from './case.ts';

/** Older ways of writing subgraphs, hidden parts, conditions and type names. */

const people = (): { entities: Thing[]; Query: Thing } => {
  const users = ['u1', 'u2'].map((id, n) => ({ __typename: 'User', id, rid: `r${n}`, name: `name ${id}`, nickname: `nick ${id}` })); // prettier-ignore
  return { entities: users, Query: { randomUser: users[0], userById: (_: unknown, { id }: Thing) => users.find((one) => one.id === id) ?? null, providedRandomUser: users[1] } }; // prettier-ignore
};

const EXTENSION_OPERATIONS = [
  '{ randomUser { id rid } }',
  '{ userById(id: "u2") { id nickname name rid } }',
  '{ providedRandomUser { name nickname } none: userById(id: "x") { name } }',
];

const OWNER = `type Query { randomUser: User userById(id: ID): User } type User @key(fields: "id") { id: ID! name: String! nickname: String }`;

export const CUSTOMS: ConformanceCases = {
  'extensions with @extends in the first version': {
    subgraphs: {
      a: 'type Query { providedRandomUser: User @provides(fields: "name") } type User @extends @key(fields: "id") { id: ID! @external name: String! @external rid: ID }',
      b: OWNER,
    },
    records: people,
    operations: EXTENSION_OPERATIONS,
  },
  'extensions with extend in the first version': {
    subgraphs: {
      a: 'type Query { providedRandomUser: User @provides(fields: "name") } extend type User @key(fields: "id") { id: ID! @external name: String! @external rid: ID }',
      b: OWNER,
    },
    records: people,
    operations: EXTENSION_OPERATIONS,
  },
  'extensions with @extends in the second version': {
    subgraphs: {
      a: fed2('type Query { providedRandomUser: User @provides(fields: "name") } type User @extends @key(fields: "id") { id: ID! @external name: String! @external rid: ID }'),
      b: fed2(OWNER.replace('name: String!', 'name: String! @shareable')),
    }, // prettier-ignore
    records: people,
    operations: EXTENSION_OPERATIONS,
  },
  'extensions with extend in the second version': {
    subgraphs: {
      a: fed2('type Query { providedRandomUser: User @provides(fields: "name") } extend type User @key(fields: "id") { id: ID! @external name: String! @external rid: ID }'),
      b: fed2(OWNER.replace('name: String!', 'name: String! @shareable')),
    }, // prettier-ignore
    records: people,
    operations: EXTENSION_OPERATIONS,
  },
  'external keys that resolve': {
    subgraphs: {
      a: 'type Query { productInA: Product } extend type Product @key(fields: "id upc") { id: ID @external upc: String @external name: String @external }',
      b: 'type Product @key(fields: "upc") @key(fields: "id") { id: ID upc: String name: String price: Float }',
      c: fed2('type Query { mysterious: Mystery } type Mystery @key(fields: "id") { id: ID! price: Float! }'),
      d: 'type Query { none: Int } type Mystery @key(fields: "id") { id: ID! name: String! @external } extend type Other @key(fields: "id") { id: ID! @external }  type Product @key(fields: "id") { id: ID }'.replace('name: String! @external', 'name: String!').replace('extend type Other @key(fields: "id") { id: ID! @external }', ''),
    }, // prettier-ignore
    records: () => {
      const product = { __typename: 'Product', id: 'p1', upc: 'x', name: 'P', price: 3 };
      const mystery = { __typename: 'Mystery', id: 'm1', price: 5, name: 'M' };
      return {
        entities: [product, mystery],
        Query: { productInA: product, mysterious: mystery, none: null },
      };
    },
    operations: ['{ productInA { id name price upc } }', '{ mysterious { id name price } }'],
  },
  'fields that are hidden': {
    subgraphs: {
      age: fed2(`
        type Query { usersInAge: [User!]! friends(type: Friend = FAMILY): [User] @inaccessible }
        type User @key(fields: "id") { id: ID age: Int friends(type: Friend): [User!]! @shareable }
        enum Friend { FAMILY FRIEND }
      `),
      friends: fed2(`
        type Query { usersInFriends: [User!]! }
        type User @key(fields: "id") { id: ID @shareable friends(type: Friend = FAMILY @inaccessible): [User!]! @shareable type: Friend @inaccessible label: String @requires(fields: "age") age: Int @external }
        enum Friend { FAMILY FRIEND }
      `),
      secret: fed2(`type Secret @inaccessible { x: Int } type User @key(fields: "id") { id: ID secret: Secret @inaccessible }`),
    },
    records: () => {
      const users: Record<string, unknown>[] = ['u1', 'u2'].map((id, n) => ({
        __typename: 'User', id, age: n * 20, type: 'FRIEND', secret: { x: 1 }, label: (me: unknown, _: unknown, get: Get) => `is ${String(get(me, 'age'))}`,
      })); // prettier-ignore
      users.forEach((one) => (one.friends = users.filter((other) => other !== one)));
      return { entities: users, Query: { usersInAge: users, usersInFriends: users } };
    },
    operations: ['{ usersInAge { id friends { id label } } usersInFriends { id age label friends { age } } }', '{ __type(name: "User") { fields { name args { name } } } }'],
  }, // prettier-ignore
  'conditions on what is required': {
    subgraphs: {
      a: fed2(`type Query { product: Product } type Product @key(fields: "id") { id: ID! price: Float! name: String! }`),
      b: fed2(`type Product @key(fields: "id") { id: ID! price: Float! @external isDear: Boolean! @requires(fields: "price") never: Boolean! @requires(fields: "price") }`),
      c: fed2(`type Product @key(fields: "id") { id: ID! isDear: Boolean! @external include: Boolean! @requires(fields: "isDear") skip: Boolean! @requires(fields: "isDear") }`),
    }, // prettier-ignore
    records: () => {
      const product = {
        __typename: 'Product', id: 'p1', price: 699, name: 'P',
        isDear: (me: unknown, _: unknown, get: Get) => Number(get(me, 'price')) > 500,
        never: () => true,
        include: (me: unknown, _: unknown, get: Get) => get(me, 'isDear'),
        skip: (me: unknown, _: unknown, get: Get) => !get(me, 'isDear'),
      }; // prettier-ignore
      return { entities: [product], Query: { product } };
    },
    operations: ([true, false] as const).flatMap((bool) => [
      ['query($bool: Boolean!) { product { price include @include(if: $bool) } }', { bool }] as const,
      [
        'query($bool: Boolean = false) { product { price skip @skip(if: $bool) isDear @skip(if: $bool) ... @include(if: $bool) { include never } } }',
        { bool },
      ] as const,
      [
        'query($bool: Boolean!) { product @skip(if: $bool) { name } ... @include(if: $bool) { other: product { skip } } }',
        { bool },
      ] as const,
      [
        'query($bool: Boolean!) { product { ...F @include(if: $bool) ...F @skip(if: $bool) } } fragment F on Product { include name }',
        { bool },
      ] as const,
    ]),
  },
  'names of types': {
    subgraphs: {
      a: fed2(`
        type Query { users: [User!]! union: Product interface: Node @shareable }
        union Product = Oven | Toaster
        interface Node { id: ID! }
        type Oven implements Node @key(fields: "id") { id: ID! warranty: Int }
        type Toaster implements Node @key(fields: "id") { id: ID! warranty: Int }
        interface User @key(fields: "id") { id: ID! name: String }
        type Admin implements User @key(fields: "id") { id: ID! name: String isAdmin: Boolean }
      `),
      b: fed2(`
        type Query { interface: Node @shareable }
        interface Node { id: ID! }
        type Oven implements Node @key(fields: "id") { id: ID! size: Int }
        type Toaster implements Node @key(fields: "id") { id: ID! size: Int }
        type User @key(fields: "id") @interfaceObject { id: ID! email: String }
      `),
    },
    records: () => {
      const oven = { __typename: 'Oven', id: 'o1', warranty: 1, size: 2 };
      const toaster = { __typename: 'Toaster', id: 't1', warranty: 3, size: 4 };
      const admin = { __typename: 'Admin', id: 'ad', name: 'A', isAdmin: true, email: 'e' };
      return { entities: [oven, toaster, admin], Query: { users: [admin], union: oven, interface: toaster } };
    },
    operations: [
      '{ __typename t: __typename union { __typename ... on Oven { typename: __typename size t2: __typename } } }',
      '{ interface { __typename id ... on Toaster { __typename size x: __typename } } users { __typename email a: __typename ... on Admin { isAdmin __typename } } }',
      '{ users { ... on User { t: __typename email } id: __typename } }',
    ],
  },
};
