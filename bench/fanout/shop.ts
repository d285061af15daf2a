import { composeSupergraph } from '#supergraph/compose.ts';

/** A supergraph of two subgraphs with one live field: half of an update comes with the event, half has to be fetched. */
const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective"])';

export const SDL = {
  items: `
    ${LINK} @link(url: "https://supercargo.dev/live/v1.0", import: ["@live"]) @composeDirective(name: "@live")
    directive @live(topic: String!) on FIELD_DEFINITION
    type Query { item(id: ID!): Item }
    type Subscription { itemChanged(id: ID, after: String): ItemChange! @live(topic: "item") }
    type ItemChange { cursor: String!  item: Item! }
    type Item @key(fields: "id") { id: ID!  name: String!  text: String! }
  `,
  stock: `
    ${LINK}
    type Query { stocked: Int }
    type Item @key(fields: "id") { id: ID!  price: Float!  stock: Int! }
  `,
} as const;

export type ShopName = keyof typeof SDL;

/** @param port where the subgraphs are served, at `/NAME` */
export function composeShop(port: number): string {
  const composition = composeSupergraph(
    Object.entries(SDL).map(([name, sdl]) => ({ name, path: `${name}.graphql`, sdl })),
  );
  if (composition.errors) throw new Error(composition.errors.join('\n'));
  return composition.sdl.replace(
    /@join__graph\(name: "(\w+)", url: "[^"]*"\)/g,
    (_, name: string) => `@join__graph(name: "${name}", url: "http://127.0.0.1:${port}/${name}")`,
  );
}

/** One of many selections that ask for the same under other names. */
export function selection(variant: number): string {
  const alias = String(variant).padStart(3, '0');
  return `subscription { itemChanged { cursor item { id name text price stock${alias}: stock } } }`;
}

/** @param size characters of the text, which is most of an update */
export function itemOf(id: string, size: number): { id: string; name: string; text: string } {
  return { id, name: `Item ${id}`, text: 'x'.repeat(size) };
}
