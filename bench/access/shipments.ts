import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { register } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse, print, visit } from 'graphql';
import pg from 'pg';
import { issueDevelopmentToken } from '#platform/auth/development-issuer.ts';
import { personaClaims, PERSONAS } from '#platform/auth/personas.ts';
import { readConfig } from '#platform/config.ts';
import { prepareDatabase } from '#platform/database/prepare-database.ts';
import { createLifecycle } from '#platform/lifecycle.ts';
import { createPlatform } from '#platform/process.ts';
import type { Platform, Service } from '#platform/service.ts';
import { createLog } from '#platform/telemetry/log.ts';
import { startGateway } from '#supergraph/server.ts';
import { SHIPMENT_PAGE } from '#test/harness/shipment-page.ts';
import { startPostgres } from '#tools/services/postgres.ts';
import { startRedis } from '#tools/services/redis.ts';
import { FREIGHT_ROWS } from '../freight-rows.ts';

const SHIPMENTS = 100;

/** The whole system in this process, with some of what decides who sees what. */
interface System {
  /** The page's text. */
  page(): Promise<string>;
  close(): Promise<void>;
}

interface Protection {
  /** Rules in the subgraphs, directives at the gateway. */
  readonly rules: boolean;
  readonly rowLevelSecurity: boolean;
}

const CONTESTANTS: Readonly<Record<string, Protection>> = {
  'neither rules nor row-level security': { rules: false, rowLevelSecurity: false },
  'rules off': { rules: false, rowLevelSecurity: true },
  'rules on': { rules: true, rowLevelSecurity: true },
};

/**
 * Latency of a page of a hundred shipments with carriers, ports, ETA, emissions, bookings and awards, from the request at
 * the gateway to the text of the answer, with the rules of all subgraphs and the gateway's directives and without, in
 * turns, over the same rows. Options: `--rounds 200`.
 */
export async function runShipmentsBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { rounds: { type: 'string', default: '200' } } });
  const rounds = Number(values.rounds);
  register('./without-rules.mjs', import.meta.url);
  const directory = await mkdtemp(join(tmpdir(), 'supercargo-bench-'));
  const postgres = await startPostgres({ directory: join(directory, 'postgres') });
  const redis = await startRedis({ directory: join(directory, 'redis') });
  const systems: System[] = [];
  try {
    await prepareDatabase({ databaseUrl: postgres.url, migrationsDirectory: 'prisma/migrations' });
    await insertRows(postgres.url);
    const env = { DATABASE_URL: postgres.url, REDIS_URL: redis.url, DATA_DIR: directory };
    for (const protection of Object.values(CONTESTANTS)) systems.push(await startSystem(env, protection));
    const times = await inTurns(systems, rounds);
    console.log(`a page of ${SHIPMENTS} shipments, median of ${rounds} requests each, in turns`);
    const medians = times.map(median);
    for (const [place, name] of Object.keys(CONTESTANTS).entries()) {
      const [mine = NaN, before = NaN] = [medians[place], medians[place - 1]];
      const more = place === 0 ? '' : `${percent(mine / before - 1)} of the line above`;
      console.log(`${name.padEnd(38)} ${mine.toFixed(2).padStart(8)} ms  ${more}`);
    }
    const [neither = NaN, off = NaN, on = NaN] = medians;
    console.log(
      `rules: ${percent(on / off - 1)} (goal: at most 15 %); all together: ${percent(on / neither - 1)}`,
    );
  } finally {
    await Promise.all(systems.map((system) => system.close()));
    await Promise.all([postgres.stop(), redis.stop()]);
    await rm(directory, { recursive: true, force: true });
  }
}

async function inTurns(systems: readonly System[], rounds: number): Promise<readonly number[][]> {
  const times: number[][] = systems.map(() => []);
  for (let round = -Math.ceil(rounds / 4); round < rounds; round++) {
    const answers = new Set<string>();
    for (let turn = 0; turn < systems.length; turn++) {
      // Who goes first takes turns, too.
      const place = (turn + Math.abs(round)) % systems.length;
      const begun = performance.now();
      const answer = await (systems[place] as System).page();
      if (round >= 0) times[place]?.push(performance.now() - begun);
      answers.add(answer.replace(VOLATILE, ''));
    }
    if (answers.size !== 1) throw new Error(`the answers differ: ${[...answers].join('\n')}`);
  }
  return times;
}

/** A prediction is made at the moment it is asked for. */
const VOLATILE = /"predictedAt":"[^"]*"/g;

async function startSystem(env: Readonly<Record<string, string>>, protection: Protection): Promise<System> {
  const { rules, rowLevelSecurity } = protection;
  const supergraph = rules ? {} : { SUPERGRAPH: await withoutDirectives(env.DATA_DIR ?? '') };
  const config = readConfig({ ...env, ...supergraph, LOG_LEVEL: 'error' }, process.cwd());
  const log = createLog(config.logLevel);
  const lifecycle = createLifecycle(log);
  const platform = await createPlatform(config, log, lifecycle);
  const guarded = rowLevelSecurity ? platform : { ...platform, openDatabase: openTo(platform) };
  const services: Service[] = [];
  for (const start of await starters(rules)) services.push(await start(guarded));
  const gateway = await startGateway(platform, services);
  const askerOf = async (name: string, claims: object): Promise<() => Promise<string>> => {
    const persona = PERSONAS.find((each) => each.name === name);
    const token = await issueDevelopmentToken(
      config.auth,
      config.dataDirectory,
      { ...(persona && personaClaims(persona)), ...claims },
      3_600,
    );
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ query: SHIPMENT_PAGE, variables: { first: SHIPMENTS } });
    return async () => {
      const request = new Request('http://bench.invalid/graphql', { method: 'POST', headers, body });
      return (await gateway.graphql(request)).text();
    };
  };
  // What is off has to be off.
  const asProgram = await askerOf('integration', {});
  if ((await asProgram()).includes('FORBIDDEN') !== rules)
    throw new Error('the rules are not as they should be');
  const ask = await askerOf('aurora-buyer', { regions: ['EU'] });
  return {
    page: async () => {
      const text = await ask();
      if (text.includes('"errors"')) throw new Error(text.slice(0, 1_000));
      return text;
    },
    close: async () => {
      await gateway.close();
      await Promise.all(services.map((service) => service.close()));
      await lifecycle.stop();
    },
  };
}

type Start = (platform: Platform) => Promise<Service>;

async function starters(rules: boolean): Promise<readonly Start[]> {
  const names = ['tracking', 'procurement', 'carriers', 'eta'];
  return Promise.all(
    names.map(async (name) => {
      const url = new URL(`../../subgraphs/${name}/server.ts${rules ? '' : '?unguarded'}`, import.meta.url);
      const module = (await import(url.href)) as Readonly<Record<string, Start>>;
      return module[`start${name.charAt(0).toUpperCase()}${name.slice(1)}`] as Start;
    }),
  );
}

/** The login that sees all tenants' rows, in the name of nobody, where rows belong to tenants. */
function openTo(platform: Platform): Platform['openDatabase'] {
  return (login, use = login) => {
    if (login === 'carriers') return platform.openDatabase(login, use);
    const database = platform.openDatabase('seed', use);
    return { ...database, forCaller: () => database };
  };
}

const ENFORCED = new Set(['authenticated', 'requiresScopes']);

/** The file of a supergraph that asks nothing of its callers. */
async function withoutDirectives(directory: string): Promise<string> {
  const path = join(directory, 'supergraph.graphql');
  const document = parse(await readFile('supergraph/supergraph.graphql', 'utf8'));
  const open = visit(document, { Directive: ({ name }) => (ENFORCED.has(name.value) ? null : undefined) });
  await writeFile(path, print(open));
  return path;
}

async function insertRows(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(FREIGHT_ROWS);
  } finally {
    await client.end();
  }
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;
}

function percent(share: number): string {
  return `${share < 0 ? '-' : '+'}${Math.abs(share * 100).toFixed(1)} %`;
}
