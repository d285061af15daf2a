import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { DEMO_TENANTS } from '#platform/auth/personas.ts';
import { prepareDatabase } from '#platform/database/prepare-database.ts';
import { startPostgres } from '#tools/services/postgres.ts';
import { startRedis } from '#tools/services/redis.ts';
import { personaToken } from './persona-token.ts';
import { startServer } from './server-process.ts';

const TENANT = DEMO_TENANTS.aurora;
const EVENTS_OF_A_SHIPMENT = 50;
/** Shipments that are asked for; the others are there to be in the way. */
const ASKED = 200;
const FILL_STEP = 200_000;
/** How much slower the largest may be. */
const GOAL = 1.5;

const QUERIES = {
  'latest state': /* GraphQL */ `
    query ($id: ID!) {
      shipment(id: $id) {
        status
        updatedAt
        milestones {
          code
          planned
          estimated
          actual
        }
        transportCalls {
          unLocationCode
          arrival {
            actual
          }
        }
      }
    }
  `,
  timeline: /* GraphQL */ `
    query ($id: ID!) {
      shipment(id: $id) {
        events(first: 20) {
          edges {
            node {
              eventTypeCode
              eventDateTime
              unLocationCode
            }
          }
          pageInfo {
            endCursor
          }
        }
      }
    }
  `,
} as const;

/** The timeline's first page as event-pages.ts asks for it. */
const TIMELINE_SQL = `SELECT * FROM tracking.event
  WHERE shipment_id = $1 AND tenant_id = $2 AND (event_date_time, id) < ('infinity', $3)
  ORDER BY event_date_time DESC, id DESC LIMIT 21`;
const STATE_SQL =
  'SELECT * FROM tracking.milestone WHERE tenant_id = $2 AND shipment_id = $1 ORDER BY ordinal';
const LAST_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/**
 * How long the latest state and the timeline of one shipment take, the more events there are in the table: through the
 * subgraph's GraphQL, and the statements by themselves with their plans.
 */
export async function runHistoryBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { large: { type: 'boolean', default: false }, requests: { type: 'string', default: '400' } },
  });
  const sizes = [10_000, 100_000, 1_000_000, ...(values.large ? [10_000_000] : [])];
  const directory = await mkdtemp(join(tmpdir(), 'supercargo-bench-'));
  // Nothing is measured that writes.
  const postgres = await startPostgres({ directory: join(directory, 'postgres'), durable: false });
  const redis = await startRedis({ directory: join(directory, 'redis'), appendOnly: false });
  const database = new pg.Pool({ connectionString: postgres.url, max: 2 });
  // Connections that are taking their leave while the server goes.
  database.on('error', () => {});
  let stop: (() => Promise<void>) | undefined;
  try {
    await prepareDatabase({ databaseUrl: postgres.url, migrationsDirectory: 'prisma/migrations' });
    const asked = await makeAsked(database);
    const env = {
      PORT: '0',
      ROLES: 'tracking',
      DATA_DIR: directory,
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      DEMO_DATA: 'off',
      LOG_LEVEL: 'error',
    };
    const subgraph = await startServer(env);
    stop = () => subgraph.stop();
    const url = `${subgraph.origin}/graphql`;
    const token = await personaToken(env, 'aurora-operations');

    const smallest = new Map<string, number>();
    for (const size of sizes) {
      await fill(database, size);
      console.log(`\n${size.toLocaleString('en')} events in the table`);
      const report = (what: string, times: readonly number[]): void => {
        const median = percentile(times, 0.5);
        const first = smallest.get(what) ?? median;
        smallest.set(what, first);
        const ratio = median / first;
        console.log(
          `  ${what.padEnd(22)} median ${median.toFixed(2)} ms, p99 ${percentile(times, 0.99).toFixed(2)} ms, ` +
            `${ratio.toFixed(2)} × the smallest${ratio > GOAL ? `  ABOVE ${GOAL}` : ''}`,
        );
      };
      const count = Number(values.requests);
      for (const [what, query] of Object.entries(QUERIES)) {
        const ask = (id: string) => askGraph(url, token, query, id);
        report(what, await measure(asked, count, ask));
      }
      for (const [what, text] of [
        ['latest state, SQL', STATE_SQL],
        ['timeline, SQL', TIMELINE_SQL],
      ] as const) {
        const run = (id: string) =>
          database.query({
            name: what,
            text,
            values: what === 'timeline, SQL' ? [id, TENANT, LAST_UUID] : [id, TENANT],
          });
        report(what, await measure(asked, count, run));
      }
      await explain(database, asked[0] ?? '');
    }
  } finally {
    await stop?.();
    await database.end();
    await Promise.all([postgres.stop(), redis.stop()]);
    await rm(directory, { recursive: true, force: true });
  }
}

async function makeAsked(database: pg.Pool): Promise<readonly string[]> {
  const ids = Array.from({ length: ASKED }, () => randomUUID());
  await database.query(
    `INSERT INTO tracking.shipment (id, tenant_id, reference, carrier_scac, origin, destination)
     SELECT id, $1, id::text, 'HLCU', 'CNSHA', 'NLRTM' FROM unnest($2::uuid[]) AS id`,
    [TENANT, ids],
  );
  await database.query(
    `INSERT INTO tracking.milestone (tenant_id, shipment_id, ordinal, code, un_location_code, planned, estimated, actual)
     SELECT $1, id, ordinal, code, 'CNSHA', now(), now(), now() FROM unnest($2::uuid[]) AS id,
       unnest(ARRAY['GATE_IN', 'LOADED', 'DEPARTED', 'ARRIVED']) WITH ORDINALITY AS m (code, ordinal)`,
    [TENANT, ids],
  );
  return ids;
}

/** Adds events until there are so many: at first those of the shipments that are asked for, over eight quarters. */
async function fill(database: pg.Pool, size: number): Promise<void> {
  const count = async (): Promise<number> => {
    const { rows } = await database.query<{ count: number }>(
      'SELECT count(*)::float8 AS count FROM tracking.event',
    );
    return rows[0]?.count ?? 0;
  };
  for (let present = await count(); present < size;) {
    const step = Math.min(FILL_STEP, size - present);
    // Of the shipments that nobody asks for, only the events are there.
    await database.query(
      `INSERT INTO tracking.event (id, tenant_id, shipment_id, producer_id, event_id, event_type,
         event_classifier_code, event_type_code, event_date_time, event_created_date_time, payload)
       SELECT gen_random_uuid(), $1, coalesce(asked.id, md5('shipment ' || n / $4::int)::uuid), $1,
         gen_random_uuid(), 'TRANSPORT', 'ACT', 'ARRI', at, at, jsonb_build_object(
           'eventID', gen_random_uuid(), 'eventType', 'TRANSPORT', 'eventClassifierCode', 'ACT',
           'transportEventTypeCode', 'ARRI', 'eventDateTime', to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
           'eventCreatedDateTime', to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
           'transportCall', jsonb_build_object('transportCallID', 'CNSHA-9321483', 'modeOfTransport', 'VESSEL',
             'UNLocationCode', 'CNSHA', 'facilityTypeCode', 'POTE',
             'vessel', jsonb_build_object('vesselIMONumber', '9321483')))
       FROM generate_series($2::bigint, $2::bigint + $3::bigint - 1) AS n
       CROSS JOIN LATERAL (SELECT date_trunc('second', now() - (n * 7919 % 63072000) * interval '1 second') AS at) AS t
       LEFT JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM tracking.shipment) AS asked
         ON asked.place = n / $4::int`,
      [TENANT, present, step, EVENTS_OF_A_SHIPMENT],
    );
    present += step;
    // Moves what is older than the present quarter out of the default partition.
    await database.query({
      text: `DO $$ BEGIN LOOP PERFORM FROM partitions.maintain('tracking.event', interval '1 year', NULL); EXIT WHEN NOT FOUND; END LOOP; END $$`,
    });
  }
  await database.query('VACUUM ANALYZE tracking.event');
}

async function measure(
  asked: readonly string[],
  count: number,
  ask: (id: string) => Promise<unknown>,
): Promise<number[]> {
  for (const id of asked) await ask(id);
  const times: number[] = [];
  for (let place = 0; place < count; place++) {
    const begun = performance.now();
    await ask(asked[place % asked.length] ?? '');
    times.push(performance.now() - begun);
  }
  return times;
}

async function askGraph(url: string, token: string, query: string, id: string): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { id } }),
  });
  const answer = (await response.json()) as { data?: { shipment: unknown }; errors?: unknown };
  if (answer.errors !== undefined || !answer.data?.shipment) throw new Error(JSON.stringify(answer));
}

/** Which indexes of how many partitions the timeline looks at, and how much of them. */
async function explain(database: pg.Pool, id: string): Promise<void> {
  const { rows } = await database.query<Record<'QUERY PLAN', string>>(
    `EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY ON) ${TIMELINE_SQL.replace('$1', `'${id}'`)
      .replace('$2', `'${TENANT}'`)
      .replace('$3', `'${LAST_UUID}'`)}`,
  );
  const lines = rows.map((row) => row['QUERY PLAN']);
  const scans = lines.filter((line) => line.includes('Scan'));
  const returned = scans.map((line) => Number(/rows=([\d.]+)/.exec(line)?.[1] ?? 0));
  const others = scans.filter((line) => !line.includes('Index Scan'));
  console.log(
    `  plan: ${lines
      .slice(0, 2)
      .map((line) => line.trim())
      .join(' ')}`,
  );
  console.log(
    `        ${scans.length} partitions, ${scans.length - others.length} by an index scan of their primary key, ` +
      `${returned.reduce((sum, each) => sum + each, 0)} rows read of ${EVENTS_OF_A_SHIPMENT} of the shipment`,
  );
  for (const line of lines.filter((each) => /^ *(Buffers|Execution Time|Index Cond)/.test(each)).slice(0, 2))
    console.log(`        ${line.trim()}`);
  console.log(`        ${lines.at(-1)?.trim() ?? ''}`);
}

function percentile(times: readonly number[], share: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? 0;
}
