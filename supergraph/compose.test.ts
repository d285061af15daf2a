import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { composeCommand, composeSupergraph, readSubgraphSchemas } from './compose.ts';
import { SHOP_SDL, SHOP_SUBGRAPHS } from './test/shop.ts';

let root: string;
let printed: string[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'compose-test-'));
  printed = [];
  await mkdir(join(root, 'supergraph'));
  for (const name of SHOP_SUBGRAPHS) await writeSubgraph(name, SHOP_SDL[name]);
});

afterEach(() => rm(root, { recursive: true, force: true }));

async function writeSubgraph(name: string, sdl: string): Promise<void> {
  await mkdir(join(root, 'subgraphs', name), { recursive: true });
  await writeFile(join(root, 'subgraphs', name, 'schema.graphql'), sdl);
}

const run = (...args: string[]): Promise<number> => composeCommand(root, args, (line) => printed.push(line));
const target = (): string => join(root, 'supergraph', 'supergraph.graphql');

it('writes the supergraph, carrying @live, and then finds it current', async () => {
  expect(await run('--check')).toBe(1);
  expect(printed.at(-1)).toBe(
    'supergraph/supergraph.graphql is missing: run `npm run compose` and commit it',
  );
  expect(await run()).toBe(0);
  expect(await readFile(target(), 'utf8')).toContain('@live(topic: "product", presence: "id")');
  expect(await run('--check')).toBe(0);
  expect(printed.at(-1)).toBe('supergraph/supergraph.graphql is current');
});

it('finds a stale file, without touching it', async () => {
  await run();
  await writeSubgraph('users', SHOP_SDL.users.replace('nickname: String', 'nickname: String  email: String'));
  const before = await readFile(target(), 'utf8');
  expect(await run('--check')).toBe(1);
  expect(printed.at(-1)).toContain('is stale');
  expect(await readFile(target(), 'utf8')).toBe(before);
});

it('gives the same text whatever the order in which folders were made', async () => {
  const schemas = await readSubgraphSchemas(join(root, 'subgraphs'));
  expect(schemas.map(({ name }) => name)).toEqual(['products', 'reviews', 'shipping', 'users']);
  expect(composeSupergraph(schemas)).toEqual(
    composeSupergraph(await readSubgraphSchemas(join(root, 'subgraphs'))),
  );
});

it('tells code, subgraph and place of a composition error and leaves the file alone', async () => {
  await run();
  const before = await readFile(target(), 'utf8');
  await writeSubgraph(
    'users',
    SHOP_SDL.users.replace(
      '@key(fields: "id") { id: ID!  country',
      '@key(fields: "nope") { id: ID!  country',
    ),
  );
  expect(await run()).toBe(1);
  expect(printed.join('\n')).toMatch(
    /error KEY_INVALID_FIELDS \[users\]: .*"nope"[\s\S]*at subgraphs\/users\/schema.graphql:\d+:\d+/,
  );
  expect(printed.at(-1)).toBe(
    'the supergraph does not compose: 1 error(s); supergraph/supergraph.graphql is unchanged',
  );
  expect(await readFile(target(), 'utf8')).toBe(before);
});

it('tells where a subgraph is not GraphQL', async () => {
  await writeSubgraph('users', 'type Query {');
  expect(await run()).toBe(1);
  expect(printed[0]).toBe(
    'error GRAPHQL_PARSE_FAILED [users]: Syntax Error: Expected Name, found <EOF>.\n    at subgraphs/users/schema.graphql:1:13',
  );
});

it('tells in the description of a field who may read it', async () => {
  const directive = 'directive @access(rule: String!, to: String!) on FIELD_DEFINITION';
  const type = `type Secret {
    "A price."
    price: Int @access(rule: "price", to: "The owner.")
    plain: Int @access(rule: "plain", to: "All.")
  }`;
  const query = 'extend type Query { secret: Secret }';
  await writeSubgraph('users', [SHOP_SDL.users, directive, type, query].join('\n'));
  expect(await run()).toBe(0);
  const sdl = await readFile(target(), 'utf8');
  expect(sdl).toMatch(/"""\s+A price\.\s+Access: The owner\.\s+"""\n {2}price: Int/);
  expect(sdl).toMatch(/"""\s*Access: All\.\s*"""\n {2}plain: Int/);
});

it('prints hints with their coordinate', async () => {
  await writeSubgraph('users', `${SHOP_SDL.users} type Sku @shareable { code: String!  country: String }`);
  expect(await run()).toBe(0);
  expect(printed[0]).toMatch(/^info [A-Z_]+ \[products, users\]: /);
  expect(printed.join('\n')).toContain('at Sku.country');
});

it('refuses arguments that it does not know', async () => {
  expect(await run('--chekc')).toBe(2);
  expect(printed).toEqual(['unknown argument "--chekc": expected nothing or --check']);
});
