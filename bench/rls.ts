import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import type { Caller } from '#platform/auth/caller.ts';
import { DEMO_TENANTS } from '#platform/auth/personas.ts';
import type { DatabaseLogin } from '#platform/config.ts';
import { openDatabase, type Database, type Rows } from '#platform/database/database.ts';
import { prepareDatabase } from '#platform/database/prepare-database.ts';
import { loginRole } from '#platform/database/urls.ts';
import { createLog } from '#platform/telemetry/log.ts';
import { createMetrics } from '#platform/telemetry/metrics.ts';
import type { ProcurementContext } from '#subgraphs/procurement/context.ts';
import { draftRfq } from '#subgraphs/procurement/draft-rfq.ts';
import { listBids, listRfqs } from '#subgraphs/procurement/lists.ts';
import { createLoaders as procurementLoaders } from '#subgraphs/procurement/loaders.ts';
import type { TrackingContext } from '#subgraphs/tracking/context.ts';
import { createLoaders as trackingLoaders } from '#subgraphs/tracking/loaders.ts';
import { listEvents, listShipments } from '#subgraphs/tracking/shipment-lists.ts';
import { startPostgres } from '#tools/services/postgres.ts';

const TENANTS = 5;
const SHIPMENTS = 1_000;
const EVENTS = 10;
const RFQS = 200;
const BIDS = 12;

/** The same work, with policies and without. */
interface Side {
  readonly tracking: Rows;
  readonly procurement: (caller: Caller) => Rows;
  readonly close: () => Promise<void>;
}

type Work = (side: Side, sample: Sample) => Promise<unknown>;

/** What there is to ask for. */
interface Sample {
  readonly shipment: string;
  readonly rfq: string;
}

/**
 * Latency of the subgraphs' own reads and of a write transaction, with row-level security and without, in turns, one
 * after the other, on two copies of the same rows in one Postgres. Options: `--turns 300`.
 */
export async function runRlsBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { turns: { type: 'string', default: '300' } } });
  const turns = Number(values.turns);
  const directory = await mkdtemp(join(tmpdir(), 'supercargo-bench-'));
  const postgres = await startPostgres({ directory: join(directory, 'postgres') });
  const sides: Side[] = [];
  try {
    const on = await prepare(postgres.url, 'guarded', true);
    const off = await prepare(postgres.url, 'open', false);
    sides.push(on, off);
    const samples = await readSamples(postgres.url, 'guarded');
    const overheads: number[] = [];
    console.log(`median of ${turns} calls each, in turns`);
    for (const [name, work] of Object.entries(WORKS)) {
      const times = await inTurns(work, [on, off], samples, turns);
      const [guarded = 0, open = 0] = times.map(median);
      overheads.push(guarded / open - 1);
      console.log(
        `${name.padEnd(44)} ${open.toFixed(2).padStart(7)} ms -> ${guarded.toFixed(2).padStart(7)} ms  ${percent(guarded / open - 1)}`,
      );
    }
    const mean = overheads.reduce((sum, each) => sum + each, 0) / overheads.length;
    console.log(
      `overhead: mean ${percent(mean)}, highest ${percent(Math.max(...overheads))} (goal: at most 25 %)`,
    );
  } finally {
    await Promise.all(sides.map((side) => side.close()));
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

const BUYER: Caller = {
  subject: 'bench',
  tenant: DEMO_TENANTS.aurora,
  organisation: 'SHIPPER',
  roles: new Set(['buyer']),
  scopes: new Set(['graph:read', 'graph:write']),
  carrier: null,
  carriers: null,
  expiresAt: Infinity,
  token: '',
};
const CARRIER: Caller = {
  ...BUYER,
  tenant: DEMO_TENANTS.hapagLloyd,
  organisation: 'CARRIER',
  carrier: 'HLCU',
};

const following = ({ tracking }: Side): TrackingContext =>
  ({
    caller: BUYER,
    database: tracking,
    loaders: trackingLoaders(tracking, BUYER),
  }) as unknown as TrackingContext;
const buying = (side: Side, caller: Caller): ProcurementContext => {
  const database = side.procurement(caller);
  return { caller, audit: NO_AUDIT, database, loaders: procurementLoaders(database, caller) };
};

const WORKS: Readonly<Record<string, Work>> = {
  'a shipment by id': (side, { shipment }) => following(side).loaders.shipment.load(shipment),
  '100 shipments with containers and milestones': async (side) => {
    const context = following(side);
    const { edges } = await listShipments(context, { first: 100 }, {});
    const ids = edges.map(({ node }) => node.id);
    const { containersOfShipment, milestonesOfShipment } = context.loaders;
    await Promise.all([containersOfShipment.loadMany(ids), milestonesOfShipment.loadMany(ids)]);
  },
  'a page of a shipment’s events': (side, { shipment }) =>
    listEvents(following(side), shipment, { first: 20 }),
  '50 requests of a shipper with lanes': async (side) => {
    const context = buying(side, BUYER);
    const { edges } = await listRfqs(context, { first: 50 }, null);
    await context.loaders.lanesOfRfq.loadMany(edges.map(({ node }) => node.id));
  },
  '50 requests that a carrier is invited to': (side) => listRfqs(buying(side, CARRIER), { first: 50 }, null),
  'the bids of a request, to its shipper': (side, { rfq }) =>
    listBids(buying(side, BUYER), rfq, { first: 50 }),
  'the bids of a request, to a carrier': (side, { rfq }) =>
    listBids(buying(side, CARRIER), rfq, { first: 50 }),
  'a write transaction: drafting a request': (side) => draftRfq(buying(side, BUYER), draft(), randomUUID()),
};

function draft(): Parameters<typeof draftRfq>[1] {
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

async function prepare(server: string, name: string, guarded: boolean): Promise<Side> {
  const url = new URL(server);
  await asOwner(server, `CREATE DATABASE ${name}`);
  url.pathname = `/${name}`;
  const databaseUrl = url.href;
  await prepareDatabase({ databaseUrl, migrationsDirectory: 'prisma/migrations' });
  await asOwner(databaseUrl, ROWS);
  if (!guarded) await asOwner(databaseUrl, WITHOUT_POLICIES);
  const metrics = createMetrics(false);
  const log = createLog('error');
  const open = (login: DatabaseLogin): Database => {
    const role = loginRole(databaseUrl, login);
    const own = new URL(databaseUrl);
    own.username = role.name;
    own.password = role.password;
    return openDatabase({ url: own.href, subgraph: login, metrics, log });
  };
  const [tracking, procurement] = [open('tracking'), open('procurement')];
  return {
    tracking: guarded ? tracking.forCaller(BUYER) : tracking,
    procurement: (caller) => (guarded ? procurement.forCaller(caller) : procurement),
    close: async () => {
      await Promise.all([tracking.close(), procurement.close()]);
    },
  };
}

async function readSamples(server: string, name: string): Promise<readonly Sample[]> {
  const url = new URL(server);
  url.pathname = `/${name}`;
  const rows = await asOwner(
    url.href,
    `SELECT shipment.id AS shipment, rfq.id AS rfq FROM
       (SELECT id, row_number() OVER () AS place FROM tracking.shipment WHERE tenant_id = '${BUYER.tenant}') AS shipment
       JOIN (SELECT id, row_number() OVER () AS place FROM procurement.rfq WHERE tenant_id = '${BUYER.tenant}') AS rfq
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

// Ids follow from their place, so that both copies have the same.
const ROWS = `
  CREATE FUNCTION pg_temp.id(text) RETURNS uuid LANGUAGE sql AS 'SELECT md5($1)::uuid';
  CREATE TEMP TABLE tenant AS SELECT n, CASE n WHEN 1 THEN '${BUYER.tenant}' ELSE pg_temp.id('tenant' || n) END::uuid AS id
    FROM generate_series(1, ${TENANTS}) AS n;
  INSERT INTO tracking.shipment (id, tenant_id, reference, carrier_scac, origin, destination, created_at)
    SELECT pg_temp.id('s' || n || '-' || s), id, 'PO-' || s, 'HLCU', 'CNSHA', 'NLRTM', now() - s * interval '1 minute'
    FROM tenant, generate_series(1, ${SHIPMENTS}) AS s;
  INSERT INTO tracking.container (id, tenant_id, shipment_id, equipment_reference)
    SELECT gen_random_uuid(), tenant_id, id, 'CSQU30543' || n FROM tracking.shipment, generate_series(10, 11) AS n;
  INSERT INTO tracking.milestone (tenant_id, shipment_id, ordinal, code, planned)
    SELECT tenant_id, id, n, 'GATE_IN', now() FROM tracking.shipment, generate_series(0, 7) AS n;
  INSERT INTO tracking.event (id, tenant_id, shipment_id, producer_id, event_id, event_type, event_classifier_code,
      event_type_code, event_date_time, event_created_date_time, payload)
    SELECT gen_random_uuid(), tenant_id, id, tenant_id, gen_random_uuid(), 'TRANSPORT', 'ACT', 'DEPA',
      now() - n * interval '1 hour', now(), '{"eventType":"TRANSPORT","eventClassifierCode":"ACT",
      "transportEventTypeCode":"DEPA","eventDateTime":"2026-05-04T10:00:00Z","eventCreatedDateTime":"2026-05-04T10:00:00Z",
      "transportCall":{"transportCallID":"x","modeOfTransport":"VESSEL","UNLocationCode":"CNSHA"}}'
    FROM tracking.shipment, generate_series(1, ${EVENTS}) AS n;
  INSERT INTO procurement.rfq (id, tenant_id, reference, title, state, incoterm, currency, bids_close_at, created_by,
      created_at, published_at)
    SELECT pg_temp.id('r' || n || '-' || r), id, 'RFQ-' || r, 'Bench', 'PUBLISHED', 'FOB', 'USD',
      now() - interval '1 hour', 'bench', now() - r * interval '1 day', now() - r * interval '1 day'
    FROM tenant, generate_series(1, ${RFQS}) AS r;
  INSERT INTO procurement.lane
    SELECT gen_random_uuid(), tenant_id, id, n, 'CNSHA', 'NLRTM', '45G1', 10, '2030-01-01', '2030-02-01'
    FROM procurement.rfq, generate_series(0, 2) AS n;
  INSERT INTO procurement.invitation
    SELECT gen_random_uuid(), tenant_id, id, scac, now()
    FROM procurement.rfq, unnest(ARRAY['HLCU', 'ONEY', 'MAEU', 'CMDU']) WITH ORDINALITY AS carrier(scac, place)
    WHERE (abs(hashtext(rfq.id::text)) + place) % 2 = 0;
  INSERT INTO procurement.bid
    SELECT gen_random_uuid(), lane.tenant_id, lane.rfq_id, lane.id, carrier_scac, 1000 + n, 'USD', 30, 'REPLACED', 'bench',
      now() - n * interval '2 hours'
    FROM procurement.lane JOIN procurement.invitation USING (rfq_id), generate_series(1, ${BIDS} / 3) AS n;
  ANALYZE`;
