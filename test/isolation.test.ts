import { readFile } from 'node:fs/promises';
import { Supergraph, ROUTER_SUPPORTED_SUPERGRAPH_FEATURES } from '@apollo/federation-internals';
import { buildASTSchema, Kind, parse, type GraphQLSchema, type ObjectTypeDefinitionNode } from 'graphql';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Service } from '#platform/service.ts';
import { startCarriers } from '#subgraphs/carriers/server.ts';
import { startEta } from '#subgraphs/eta/server.ts';
import { startProcurement } from '#subgraphs/procurement/server.ts';
import { startTracking } from '#subgraphs/tracking/server.ts';
import { startGateway, type Gateway } from '#supergraph/server.ts';
import { startTestPlatform, type TestPlatform } from './harness/platform.ts';
import { chanceOf, type Chance } from './isolation/chance.ts';
import { OperationWriter, type Guesses, type Operation } from './isolation/operations.ts';
import { readSecrets, secretsIn, type Secrets } from './isolation/secrets.ts';
import { claimsOf, makeCompanies, makeViewers, type Company, type Viewer } from './isolation/viewers.ts';
import { fillWorld } from './isolation/world.ts';

/*
 * Nobody is shown, told or lets slip what belongs to somebody else: companies, people, data and operations at random.
 * Every id, text and amount that is stored is there once, so that an answer which holds one betrays whose it is.
 *
 * ISOLATION_SECONDS=600 searches for longer, ISOLATION_SEED repeats what a failure has named.
 */

const SECONDS = Number(process.env.ISOLATION_SECONDS ?? 8);
const SEED = Number(process.env.ISOLATION_SEED ?? Date.now() % 1_000_000_007);
const SUBGRAPHS = ['procurement', 'tracking', 'carriers', 'eta'] as const;
/** Those with queries of their own. */
const QUERYABLE = ['procurement', 'tracking', 'carriers'] as const;

/** How somebody asks. */
type Way = 'query' | 'mutation' | 'subgraph' | 'entities';

let platform: TestPlatform;
let owner: pg.Client;
let services: Service[];
let gateway: Gateway;
let companies: Company[];
let viewers: Viewer[];
const tokens = new Map<Viewer, string>();
const schemas = new Map<string, GraphQLSchema>();
const keys = new Map<string, (readonly [string, string])[]>();

beforeAll(async () => {
  platform = await startTestPlatform();
  owner = new pg.Client({ connectionString: platform.databaseUrl });
  await owner.connect();
  const chance = chanceOf(SEED);
  companies = makeCompanies(chance);
  viewers = makeViewers(chance, companies);
  for (const { tenant, region } of companies) {
    if (region !== null) await owner.query('INSERT INTO tenancy.tenant VALUES ($1, $2)', [tenant, region]);
  }
  const seed = platform.openDatabase('seed');
  await fillWorld(seed, chance, companies);
  await seed.close();
  for (const viewer of viewers) {
    tokens.set(viewer, await platform.token('aurora-viewer', claimsOf(viewer), 3_600));
  }
  await readSchemas();
  services = await Promise.all([
    startProcurement(platform),
    startTracking(platform),
    startCarriers(platform),
    startEta(platform),
  ]);
  gateway = await startGateway(platform, services);
}, 30_000);
afterAll(async () => {
  await gateway.close();
  await Promise.all(services.map((service) => service.close()));
  await owner.end();
  await platform.close();
});

async function readSchemas(): Promise<void> {
  const sdl = await readFile('supergraph/supergraph.graphql', 'utf8');
  const options = { supportedFeatures: ROUTER_SUPPORTED_SUPERGRAPH_FEATURES };
  schemas.set('gateway', Supergraph.build(sdl, options).apiSchema().toGraphQLJSSchema());
  for (const name of SUBGRAPHS) {
    const document = parse(await readFile(`subgraphs/${name}/schema.graphql`, 'utf8'));
    const types = document.definitions.filter(
      (node): node is ObjectTypeDefinitionNode => node.kind === Kind.OBJECT_TYPE_DEFINITION,
    );
    schemas.set(name, buildASTSchema(document, { assumeValid: true, assumeValidSDL: true }));
    keys.set(
      name,
      types.flatMap(({ name: { value: type }, directives = [] }) =>
        directives.flatMap(({ name: directive, arguments: given = [] }) => {
          const [key] = given.flatMap(({ value }) => (value.kind === Kind.STRING ? [value.value] : []));
          const isResolvable = !given.some(({ name: argument }) => argument.value === 'resolvable');
          return directive.value === 'key' && isResolvable && key ? [[type, key] as const] : [];
        }),
      ),
    );
  }
}

async function ask(target: string, viewer: Viewer, { query, variables }: Operation): Promise<string> {
  const handler = services.find(({ name }) => name === target) ?? gateway;
  const response = await handler.graphql(
    new Request('http://isolation.test/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens.get(viewer) ?? ''}` },
      body: JSON.stringify({ query, variables }),
    }),
  );
  return response.text();
}

/** Searches for what somebody is shown that isn't theirs, for so many seconds. @returns what was asked how often */
async function search(chance: Chance, seconds: number): Promise<Record<Way, number>> {
  let secrets = await readSecrets(owner, companies);
  const guesses = guessesOf(secrets);
  const cursors = new Set<string>();
  const counts = { query: 0, mutation: 0, subgraph: 0, entities: 0 };
  const streams = await subscribeAll(viewers);
  const end = performance.now() + seconds * 1_000;
  while (performance.now() < end) {
    const viewer = chance.of(viewers);
    const way = chance.of(WAYS);
    const name = chance.of(way === 'entities' ? ['procurement', 'tracking'] : QUERYABLE);
    const target = way === 'subgraph' || way === 'entities' ? name : 'gateway';
    const schema = schemas.get(target) as GraphQLSchema;
    const writer = new OperationWriter(schema, { ...guesses, cursors: [...cursors] }, chance);
    const operation =
      way === 'mutation'
        ? writer.mutation()
        : way === 'entities'
          ? writer.entities(keys.get(target) ?? [])
          : writer.query();
    const answer = await ask(target, viewer, operation);
    counts[way] += 1;
    if (way === 'mutation') secrets = await readSecrets(owner, companies);
    expectNothingOfOthers(secrets, viewer, answer, { target, operation, answer });
    if (way !== 'mutation') await expectNoTrace(secrets, target, viewer, operation, answer, chance);
    collectCursors(answer, cursors);
  }
  secrets = await readSecrets(owner, companies);
  for (const { viewer, stop } of streams) {
    const told = await stop();
    expectNothingOfOthers(secrets, viewer, told, {
      target: 'subscription',
      operation: SUBSCRIPTION,
      answer: told,
    });
  }
  return counts;
}

const WAYS: readonly Way[] = ['query', 'query', 'mutation', 'subgraph', 'subgraph', 'entities', 'entities'];

interface Found {
  readonly target: string;
  readonly operation: Operation;
  readonly answer: string;
}

/** An answer holds no stored value that isn't for whoever asked, unless they said it themselves. */
function expectNothingOfOthers(secrets: Secrets, viewer: Viewer, answer: string, found: Found): void {
  const said = new Set(secretsIn(JSON.stringify(found.operation)));
  const leaked = secretsIn(answer + decoded(answer)).filter(
    (value) => !said.has(value) && !secrets.isFor(viewer, value),
  );
  if (leaked.length > 0) {
    throw new Error(`${JSON.stringify(viewer)} was shown ${leaked.join(', ')}: ${described(found)}`);
  }
}

/** What isn't for whoever asks is answered like what nobody ever stored: the same nulls, errors, counts and pages. */
async function expectNoTrace(
  secrets: Secrets,
  target: string,
  viewer: Viewer,
  operation: Operation,
  answer: string,
  chance: Chance,
): Promise<void> {
  const given = JSON.stringify(operation.variables);
  const foreign = secretsIn(given).filter(
    (value) => value.length > 30 && secrets.values.has(value) && !secrets.isFor(viewer, value),
  );
  if (foreign.length === 0) return;
  const made = new Map(foreign.map((value) => [value, chance.uuid()]));
  const text = foreign.reduce((rest, value) => rest.replaceAll(value, made.get(value) ?? ''), given);
  const variables = JSON.parse(text) as Operation['variables'];
  const other = await ask(target, viewer, { ...operation, variables });
  const masked = (given: string, values: Iterable<string>): string =>
    [...values]
      .reduce((rest, value) => rest.replaceAll(value, '<id>'), withErrorsInOrder(given))
      .replace(VOLATILE, '<moment>');
  const [asked, unknown] = [masked(answer, foreign), masked(other, made.values())];
  if (asked !== unknown) {
    throw new Error(
      `${JSON.stringify(viewer)} can tell what is there from what isn't: ${described({ target, operation, answer })}\nrather than ${other}`,
    );
  }
}

interface GivenError {
  readonly path?: readonly (string | number)[];
}

/**
 * An answer without what is chance in its errors: their order, as statements on different connections answer in any, and
 * which of several faults beneath one null are told, as what comes after the first isn't waited for.
 */
function withErrorsInOrder(answer: string): string {
  const { errors, data } = JSON.parse(answer) as {
    readonly errors?: readonly GivenError[];
    readonly data?: unknown;
  };
  const told = errors?.map((error) => {
    const place: (string | number)[] = [];
    let value = data;
    for (const step of error.path ?? []) {
      if (typeof value !== 'object' || value === null) return JSON.stringify({ nothingAt: place });
      value = (value as Record<string | number, unknown>)[step];
      place.push(step);
    }
    return JSON.stringify({ error: { ...error, path: place } });
  });
  return JSON.stringify({ errors: [...new Set(told)].toSorted(), data });
}

/** Predictions are made anew each time, and incidents have ids. */
const VOLATILE = /\d{4}-\d\d-\d\dT[\d:.]+Z|-?\d+\.\d+|(?<=our side \()[0-9a-f-]{36}/g;

function described({ target, operation, answer }: Found): string {
  return `seed ${SEED}, ${target}\n${operation.query}\n${JSON.stringify(operation.variables)}\n${answer}`;
}

const CURSOR = /"(?:endCursor|startCursor|cursor)":"([^"]+)"/g;

function collectCursors(answer: string, into: Set<string>): void {
  for (const [, cursor = ''] of answer.matchAll(CURSOR)) if (into.size < 500) into.add(cursor);
}

/** What the cursors of an answer say. */
function decoded(answer: string): string {
  return [...answer.matchAll(CURSOR)]
    .map(([, cursor = '']) => Buffer.from(cursor, 'base64').toString())
    .join(' ');
}

function guessesOf({ values, ids: idsOf }: Secrets): Guesses {
  const ids = [...values].filter((value) => value.length > 30);
  return { ids, idsOf, texts: [...values].filter((value) => value.startsWith('zq')), cursors: [] };
}

const SUBSCRIPTION: Operation = {
  query: `subscription { shipmentUpdated { cursor shipment { id reference events(first: 3) { edges { cursor node { id documentID } } }
    booking { id ratePerContainer { amount } award { id bid { id } } } } event { id documentID } } }`,
  variables: {},
};

interface Stream {
  readonly viewer: Viewer;
  /** Ends it. @returns all that was told */
  stop(): Promise<string>;
}

async function subscribeAll(all: readonly Viewer[]): Promise<Stream[]> {
  return Promise.all(
    all.map(async (viewer) => {
      const controller = new AbortController();
      const response = await gateway.graphql(
        new Request('http://isolation.test/graphql', {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            accept: 'text/event-stream',
            authorization: `Bearer ${tokens.get(viewer) ?? ''}`,
          },
          body: JSON.stringify(SUBSCRIPTION),
          signal: controller.signal,
        }),
      );
      let told = '';
      const reading = (async () => {
        const decoder = new TextDecoder();
        for await (const chunk of response.body ?? []) told += decoder.decode(chunk);
      })().catch(() => undefined);
      return {
        viewer,
        stop: async () => {
          controller.abort();
          await Promise.race([reading, new Promise((resolve) => setTimeout(resolve, 200).unref())]);
          return told;
        },
      };
    }),
  );
}

describe('nobody is shown what belongs to somebody else', () => {
  it('whatever they ask, by whichever way', { timeout: SECONDS * 1_000 + 20_000 }, async () => {
    const counts = await search(chanceOf(SEED + 1), SECONDS / 2);
    // Whoever may see something does: an empty answer would leak nothing, either.
    await expectOwnToBeShown();
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(0);
  });

  it('nor when the database would show everything', { timeout: SECONDS * 1_000 + 20_000 }, async () => {
    await openPolicies();
    await search(chanceOf(SEED + 2), SECONDS / 2);
  });
});

async function expectOwnToBeShown(): Promise<void> {
  const secrets = await readSecrets(owner, companies);
  const query = `{ shipments(first: 50) { edges { node { id reference } } }
    rfqs(first: 50) { edges { node { id reference bids(first: 50) { edges { node { id ratePerContainer { amount } } } } } } } }`;
  for (const { tenant, region } of companies.slice(0, 3)) {
    const viewer = viewers.find(
      (each) =>
        each.tenant === tenant && each.role === 'buyer' && (region === null || each.regions.includes(region)),
    ) as Viewer;
    const shown = secretsIn(await ask('gateway', viewer, { query, variables: {} }));
    expect(shown.filter((value) => secrets.values.has(value)).length).toBeGreaterThan(12);
  }
}

/** Takes the last layer away: what is kept apart from now on, the subgraphs keep apart themselves. */
async function openPolicies(): Promise<void> {
  await owner.query(`DO $$ DECLARE guarded regclass; BEGIN
    FOR guarded IN SELECT oid FROM pg_class WHERE relrowsecurity AND relkind IN ('r', 'p') LOOP
      EXECUTE format('CREATE POLICY everything ON %s USING (true) WITH CHECK (true)', guarded);
    END LOOP; END $$`);
}
