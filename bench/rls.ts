import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { issueDevelopmentToken } from '#platform/auth/development-issuer.ts';
import { personaClaims, PERSONAS } from '#platform/auth/personas.ts';
import { readConfig } from '#platform/config.ts';
import { prepareDatabase } from '#platform/database/prepare-database.ts';
import { createLifecycle } from '#platform/lifecycle.ts';
import { createPlatform } from '#platform/process.ts';
import type { Platform } from '#platform/service.ts';
import { createLog } from '#platform/telemetry/log.ts';
import { startProcurement } from '#subgraphs/procurement/server.ts';
import { startTracking } from '#subgraphs/tracking/server.ts';
import { startPostgres } from '#tools/services/postgres.ts';
import { startRedis } from '#tools/services/redis.ts';
import { FREIGHT_ROWS, SHIPPER_TENANT } from './freight-rows.ts';

/** The same subgraphs over the same rows, with policies or without. */
interface Side {
  ask(subgraph: 'tracking' | 'procurement', persona: string, query: string, variables: object): Promise<void>;
  close(): Promise<void>;
}

/** What there is to ask for. */
interface Sample {
  readonly shipment: string;
  readonly rfq: string;
}

type Work = (side: Side, sample: Sample) => Promise<void>;

/**
 * Latency of requests to the subgraphs, reads and a write transaction, with row-level security and without, in turns, one
 * after the other, on two copies of the same rows in one Postgres. Options: `--turns 300`.
 */
export async function runRlsBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { turns: { type: 'string', default: '300' } } });
  const turns = Number(values.turns);
  const directory = await mkdtemp(join(tmpdir(), 'supercargo-bench-'));
  const postgres = await startPostgres({ directory: join(directory, 'postgres') });
  const redis = await startRedis({ directory: join(directory, 'redis') });
  const sides: Side[] = [];
  try {
    for (const guarded of [true, false]) {
      sides.push(await prepare(postgres.url, redis.url, directory, guarded));
    }
    const samples = await readSamples(postgres.url);
    const sums = [0, 0];
    console.log(`median of ${turns} requests each, in turns`);
    for (const [name, work] of Object.entries(WORKS)) {
      const [guarded = 0, open = 0] = (await inTurns(work, sides, samples, turns)).map(median);
      for (const [place, time] of [guarded, open].entries()) sums[place] = (sums[place] ?? 0) + time;
      console.log(
        `${name.padEnd(44)} ${open.toFixed(2).padStart(7)} ms -> ${guarded.toFixed(2).padStart(7)} ms  ${percent(guarded / open - 1)}`,
      );
    }
    const [guarded = 0, open = 0] = sums;
    console.log(`overhead of all together: ${percent(guarded / open - 1)} (goal: at most 25 %)`);
  } finally {
    await Promise.all(sides.map((side) => side.close()));
    await Promise.all([postgres.stop(), redis.stop()]);
    await rm(directory, { recursive: true, force: true });
  }
}

const BUYER = 'aurora-buyer';
const CARRIER = 'carrier-hlcu';

const WORKS: Readonly<Record<string, Work>> = {
  'a shipment by id': (side, { shipment }) =>
    side.ask('tracking', BUYER, 'query ($id: ID!) { shipment(id: $id) { id reference status } }', {
      id: shipment,
    }),
  '100 shipments with containers and milestones': (side) =>
    side.ask(
      'tracking',
      BUYER,
      `{ shipments(first: 100) { edges { node {
        id reference status containers { equipmentReference } milestones { code planned actual } } } } }`,
      {},
    ),
  'a page of a shipment’s events': (side, { shipment }) =>
    side.ask(
      'tracking',
      BUYER,
      'query ($id: ID!) { shipment(id: $id) { events(first: 20) { edges { node { id eventDateTime } } } } }',
      { id: shipment },
    ),
  '50 requests of a shipper with lanes': (side) => side.ask('procurement', BUYER, REQUESTS, {}),
  '50 requests that a carrier is invited to': (side) => side.ask('procurement', CARRIER, REQUESTS, {}),
  'the bids of a request, to its shipper': (side, { rfq }) =>
    side.ask('procurement', BUYER, BIDS_OF, { id: rfq }),
  'the bids of a request, to a carrier': (side, { rfq }) =>
    side.ask('procurement', CARRIER, BIDS_OF, { id: rfq }),
  'a write transaction: drafting a request': (side) =>
    side.ask(
      'procurement',
      BUYER,
      `mutation ($input: CreateRfqInput!, $key: String!) {
        createRfq(input: $input, idempotencyKey: $key) { __typename ... on RfqCreated { rfq { id } } } }`,
      { input: draft(), key: randomUUID() },
    ),
};

const REQUESTS = '{ rfqs(first: 50) { edges { node { id title state lanes { id containerCount } } } } }';
const BIDS_OF = `query ($id: ID!) { rfq(id: $id) { bids(first: 50) { edges { node {
  id state ratePerContainer { amount currency } } } } } }`;

function draft(): object {
  const lane = {
    origin: 'CNSHA',
    destination: 'NLRTM',
    isoEquipmentCode: '45G1',
    containerCount: 10,
    loadFrom: '2030-01-01',
    loadUntil: '2030-02-01',
  };
  return {
    reference: randomUUID(),
    title: 'Bench',
    incoterm: 'FOB',
    currency: 'USD',
    bidsCloseAt: new Date(Date.now() + 86_400_000),
    lanes: [lane, { ...lane, destination: 'DEHAM' }],
    invitedCarriers: ['HLCU', 'ONEY'],
  };
}

async function inTurns(
  work: Work,
  sides: readonly Side[],
  samples: readonly Sample[],
  turns: number,
): Promise<readonly number[][]> {
  const times: number[][] = sides.map(() => []);
  const warmUp = Math.ceil(turns / 5);
  for (let turn = -warmUp; turn < turns; turn++) {
    const sample = samples[(turn + warmUp) % samples.length] as Sample;
    // Who goes first takes turns, too.
    for (const place of turn % 2 === 0 ? [0, 1] : [1, 0]) {
      const begun = performance.now();
      await work(sides[place] as Side, sample);
      if (turn >= 0) times[place]?.push(performance.now() - begun);
    }
  }
  return times;
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;
}

function percent(share: number): string {
  return `${share < 0 ? '-' : '+'}${Math.abs(share * 100).toFixed(1)} %`;
}

async function prepare(server: string, redisUrl: string, directory: string, guarded: boolean): Promise<Side> {
  const databaseUrl = urlOf(server, guarded);
  await asOwner(server, `CREATE DATABASE ${nameOf(guarded)}`);
  await prepareDatabase({ databaseUrl, migrationsDirectory: 'prisma/migrations' });
  await asOwner(databaseUrl, FREIGHT_ROWS);
  if (!guarded) await asOwner(databaseUrl, WITHOUT_POLICIES);
  const env = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, DATA_DIR: directory, LOG_LEVEL: 'error' };
  const config = readConfig(env, process.cwd());
  const log = createLog(config.logLevel);
  const lifecycle = createLifecycle(log);
  const platform = await createPlatform(config, log, lifecycle);
  const openDatabase: Platform['openDatabase'] = (...login) => {
    const database = platform.openDatabase(...login);
    return guarded ? database : { ...database, forCaller: () => database };
  };
  const services = {
    tracking: await startTracking({ ...platform, openDatabase }),
    procurement: await startProcurement({ ...platform, openDatabase }),
  };
  const tokens = new Map<string, string>();
  for (const persona of PERSONAS) {
    const { auth, dataDirectory } = config;
    const claims = { ...personaClaims(persona), regions: ['EU'] };
    tokens.set(persona.name, await issueDevelopmentToken(auth, dataDirectory, claims, 3_600));
  }
  return {
    ask: async (subgraph, persona, query, variables) => {
      const headers = {
        authorization: `Bearer ${tokens.get(persona) ?? ''}`,
        'content-type': 'application/json',
      };
      const body = JSON.stringify({ query, variables });
      const request = new Request('http://bench.invalid/graphql', { method: 'POST', headers, body });
      const text = await (await services[subgraph].graphql(request)).text();
      if (text.includes('"errors"')) throw new Error(text);
    },
    close: async () => {
      await Promise.all(Object.values(services).map((service) => service.close()));
      await lifecycle.stop();
    },
  };
}

const nameOf = (guarded: boolean): string => (guarded ? 'guarded' : 'open');

function urlOf(server: string, guarded: boolean): string {
  const url = new URL(server);
  url.pathname = `/${nameOf(guarded)}`;
  return url.href;
}

async function readSamples(server: string): Promise<readonly Sample[]> {
  const rows = await asOwner(
    urlOf(server, true),
    `SELECT shipment.id AS shipment, rfq.id AS rfq FROM
       (SELECT id, row_number() OVER () AS place FROM tracking.shipment WHERE tenant_id = '${SHIPPER_TENANT}') AS shipment
       JOIN (SELECT id, row_number() OVER () AS place FROM procurement.rfq WHERE tenant_id = '${SHIPPER_TENANT}'
         AND EXISTS (SELECT FROM procurement.invitation
           WHERE rfq_id = rfq.id AND carrier_scac = 'HLCU' AND sent_at IS NOT NULL)) AS rfq
       USING (place)`,
  );
  return rows as Sample[];
}

async function asOwner(url: string, sql: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<object>(sql)).rows;
  } finally {
    await client.end();
  }
}

const WITHOUT_POLICIES = `
  DO $$ DECLARE guarded regclass; BEGIN
    FOR guarded IN SELECT oid FROM pg_class WHERE relrowsecurity LOOP
      EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', guarded);
    END LOOP;
  END $$`;
