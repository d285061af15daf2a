import { setMaxListeners } from 'node:events';
import { readFile } from 'node:fs/promises';
import { parse, print, validate, type DocumentNode } from 'graphql';
import { pino } from 'pino';
import { beforeAll, describe, expect, it } from 'vitest';
import { readConfig, SUBGRAPHS } from '#platform/config.ts';
import { createMetrics } from '#platform/telemetry/metrics.ts';
import { askOracle } from '#supergraph/test/oracle/oracle.ts';
import { Random } from '#supergraph/test/oracle/random.ts';
import { READER } from '#supergraph/test/oracle/reader.ts';
import { randomOperation } from '#supergraph/test/oracle/random-operation.ts';
import { FIXTURES, type Fixture } from '#supergraph/test/oracle/supergraphs.ts';
import { makeWorld, type GraphQLRequestBody, type World } from '#supergraph/test/oracle/world.ts';
import { operationLimits } from '../guard/operation-limits.ts';
import { answer } from './execute.ts';
import { SharedFetches } from './shared-fetches.ts';
import { Supergraph } from './supergraph.ts';

/** Milliseconds for each supergraph; `ORACLE_SECONDS` gives all of them together more. */
const TIME = (Number(process.env.ORACLE_SECONDS ?? 8) * 1_000) / ((Object.keys(FIXTURES).length + 1) * 2);
const FIRST_SEED = Number(process.env.ORACLE_SEED ?? 1);

interface Told {
  readonly message: string;
  readonly path: readonly (string | number)[];
}

interface Comparable {
  readonly data: unknown;
  /** What subgraphs told. */
  readonly failures: readonly string[];
  /** What contradicts the schema; Apollo tells it only when there is nothing else to tell. */
  readonly completion: readonly string[];
}

function supergraphOver(world: World): Supergraph {
  return new Supergraph(world.supergraph, {
    production: false,
    limits: operationLimits(readConfig({ PUBLIC_ACCESS: 'on' }, '/')),
    timeout: 5_000,
    log: pino({ level: 'silent' }),
    metrics: createMetrics(false),
    shared: new SharedFetches(),
    subgraph: (name) => ({
      name,
      ask: async ({ body }) => ({
        status: 200,
        contentType: 'application/json',
        text: JSON.stringify(await world.ask(name, JSON.parse(body) as GraphQLRequestBody)),
      }),
    }),
  });
}

type Errors = readonly { message: string; path?: readonly (string | number)[] | undefined }[];

function told(errors: Errors): Told[] {
  return errors.map(({ message, path = [] }) => ({ message, path }));
}

const COMPLETION = /^(?:Cannot return null for non-nullable|Invalid (?:value|__typename) found for) /;

/**
 * Distinct errors as lines. Apollo names the type of the fragment instead of the object's, which is not compared, and
 * gives a subgraph's error the wrong index when some of a list's entities aren't asked for.
 */
function lines(errors: readonly Told[], withIndexes: boolean): string[] {
  const of = ({ message, path }: Told): string => {
    const place = path.filter((key) => withIndexes || typeof key === 'string').join('.');
    return `${place}: ${message.replace(/ field \w+\./, ' field ')}`;
  };
  return [...new Set(errors.map(of))].sort();
}

/**
 * Whether the data has a single value where an error says that there is none. An error of a field that the client didn't
 * select stands at the object around it.
 */
function contradicts(data: unknown, path: readonly (string | number)[]): boolean {
  let value = data;
  for (const key of path) {
    if (value === null || value === undefined) return false;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value !== null && value !== undefined && typeof value !== 'object';
}

async function byEngine(
  supergraph: Supergraph,
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
): Promise<Comparable> {
  const plan = supergraph.plan(document, undefined, READER);
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  const ask = { token: undefined, requestId: 'oracle', signal, variables };
  const { data, errors } = await answer(supergraph, plan, ask);
  const all = told(errors);
  const value: unknown = JSON.parse(data ?? 'null');
  const about = `${print(document)}\n${JSON.stringify(variables)}`;
  expect(
    all.filter(({ path }) => contradicts(value, path)),
    about,
  ).toEqual([]);
  return {
    data: value,
    failures: lines(
      all.filter(({ message }) => !COMPLETION.test(message)),
      false,
    ),
    completion: lines(
      all.filter(({ message }) => COMPLETION.test(message)),
      true,
    ),
  };
}

async function byOracle(
  world: World,
  supergraph: Supergraph,
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
): Promise<Comparable> {
  const { data, errors = [], extensions } = await askOracle(world, supergraph, document, variables);
  const { selection } = supergraph.plan(document, undefined, READER);
  const clip = (all: Errors): Told[] =>
    told(all).map((error) => ({ ...error, path: selection.clip(error.path) }));
  return {
    data: JSON.parse(JSON.stringify(data ?? null)),
    failures: lines(clip(errors), false),
    completion: lines(clip((extensions?.valueCompletion ?? []) as Errors), true),
  };
}

async function compareMany(
  fixture: Fixture,
  faulty: boolean,
): Promise<{ compared: number; withErrors: number }> {
  const world = makeWorld(fixture.subgraphs, faulty, fixture.keyedInterfaces);
  const supergraph = supergraphOver(world);
  const end = performance.now() + TIME;
  let compared = 0;
  let withErrors = 0;
  for (let seed = FIRST_SEED; performance.now() < end || compared < 20; seed += 1) {
    const { query, variables } = randomOperation(supergraph.schema, new Random(seed));
    const document = parse(query);
    if (validate(supergraph.schema, document).length > 0) continue;
    const expected = await byOracle(world, supergraph, document, variables);
    const actual = await byEngine(supergraph, document, variables);
    const about = `seed ${seed}\n${query}\n${JSON.stringify(variables)}`;
    expect(actual.data, about).toEqual(expected.data);
    expect(actual.failures, about).toEqual(expected.failures);
    // Of an object whose type nobody told Apollo says nothing; the engine says that it is missing.
    if (expected.failures.length === 0) {
      expect(actual.completion, about).toEqual(expect.arrayContaining([...expected.completion]));
    }
    compared += 1;
    if (expected.failures.length + expected.completion.length > 0) withErrors += 1;
  }
  return { compared, withErrors };
}

let own: Fixture;

beforeAll(async () => {
  const read = (name: string): Promise<string> =>
    readFile(new URL(`../../subgraphs/${name}/schema.graphql`, import.meta.url), 'utf8');
  const sdl = await Promise.all(SUBGRAPHS.map(async (name) => [name, await read(name)] as const));
  own = { subgraphs: Object.fromEntries(sdl) };
});

describe('random operations get the same data and errors from the engine as from Apollo', () => {
  for (const name of [...Object.keys(FIXTURES), 'own']) {
    for (const faulty of [false, true]) {
      it(
        `over the supergraph "${name}"${faulty ? ' with subgraphs that fail here and there' : ''}`,
        async () => {
          const { compared, withErrors } = await compareMany(FIXTURES[name] ?? own, faulty);
          expect(compared).toBeGreaterThanOrEqual(20);
          if (faulty) expect(withErrors).toBeGreaterThan(0);
        },
        TIME * 3 + 60_000,
      );
    }
  }
});
