import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { prepareDatabase } from '#platform/database/prepare-database.ts';
import { imoCheckDigit } from '#subgraphs/tracking/imo-number.ts';
import { POSITIONS_PATH } from '#subgraphs/tracking/positions/door.ts';
import { startPostgres } from '#tools/services/postgres.ts';
import { startRedis } from '#tools/services/redis.ts';
import { personaToken } from './persona-token.ts';
import { startServer } from './server-process.ts';

const POSTS_AT_A_TIME = 4;
const MINUTE = 60_000;

/**
 * Positions a second through the door (posted, validated, committed, answered), in posts of several sizes, beside a bare
 * batched insert of the same rows into a table of the same shape in the same Postgres.
 */
export async function runPositionsBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      positions: { type: 'string', default: '200000' },
      vessels: { type: 'string', default: '5000' },
    },
  });
  const [total, vessels] = [Number(values.positions), Number(values.vessels)];
  const directory = await mkdtemp(join(tmpdir(), 'supercargo-bench-'));
  const postgres = await startPostgres({ directory: join(directory, 'postgres') });
  const redis = await startRedis({ directory: join(directory, 'redis') });
  const database = new pg.Pool({ connectionString: postgres.url, max: POSTS_AT_A_TIME });
  // Connections that are taking their leave while the server goes.
  database.on('error', () => {});
  let stop = (): Promise<void> => Promise.resolve();
  try {
    await prepareDatabase({ databaseUrl: postgres.url, migrationsDirectory: 'prisma/migrations' });
    const env = {
      PORT: '0',
      ROLES: 'tracking,worker',
      DATA_DIR: directory,
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      DEMO_DATA: 'off',
      LOG_LEVEL: 'error',
    };
    const started = await startServer(env);
    stop = () => started.stop();
    const token = await personaToken(env, 'integration');
    const url = `${started.origin}${POSITIONS_PATH}`;
    const rate = (count: number, milliseconds: number): number => Math.round((count / milliseconds) * 1_000);

    let number = 0;
    const next = (count: number): object[] =>
      Array.from({ length: count }, () => reportOf(number++, vessels));
    await postAll(url, token, 5_000, 1_000, next); // compiled and connected before it counts
    const rates = new Map<number, number>();
    for (const size of [1_000, 100, 10]) {
      const count = Math.round((total * Math.min(size * 10, 1_000)) / 1_000);
      const begun = performance.now();
      await postAll(url, token, count, size, next);
      rates.set(size, rate(count, performance.now() - begun));
    }
    const bare = rate(total, await insertBare(database, total));
    console.log(`positions ${total}, vessels ${vessels}, ${POSTS_AT_A_TIME} posts at a time`);
    for (const [size, each] of rates)
      console.log(
        `stored, ${String(size).padStart(4)} a post    ${each} positions/s   ${((each / bare) * 100).toFixed(0)} % of bare`,
      );
    console.log(`bare batched insert     ${bare} positions/s`);
  } finally {
    await stop();
    await database.end();
    await Promise.all([postgres.stop(), redis.stop()]);
    await rm(directory, { recursive: true, force: true });
  }
}

const BEGINNING = Date.now() - 24 * 60 * MINUTE;

/** Each vessel in turn, a second later each time. */
function reportOf(number: number, vessels: number): object {
  const digits = String(900_000 + (number % vessels));
  const seconds = Math.floor(number / vessels);
  return {
    vesselIMONumber: `${digits}${imoCheckDigit(digits)}`,
    observedAt: new Date(BEGINNING + seconds * 1_000).toISOString(),
    latitude: 10 + seconds / 1e4,
    longitude: (number % vessels) / 100,
    speedKnots: 14.2,
    courseDegrees: 271.5,
    headingDegrees: 270,
    navigationalStatus: 0,
  };
}

async function postAll(
  url: string,
  token: string,
  count: number,
  size: number,
  next: (count: number) => object[],
): Promise<void> {
  let left = count;
  const work = async (): Promise<void> => {
    while (left > 0) {
      left -= size;
      const response = await fetch(url, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(next(size)),
      });
      const text = await response.text();
      if (response.status !== 202) throw new Error(`${response.status} ${text}`);
    }
  };
  await Promise.all(Array.from({ length: POSTS_AT_A_TIME }, work));
}

/** Inserts stored rows into a table of the same shape, a thousand at a time, as many at a time. */
async function insertBare(database: pg.Pool, count: number): Promise<number> {
  await database.query('CREATE TABLE public.bare (LIKE tracking.position_report INCLUDING ALL)');
  const { rows } = await database.query<Record<string, unknown>>(
    'SELECT * FROM tracking.position_report LIMIT $1',
    [count],
  );
  const batches: string[] = [];
  for (let start = 0; start < rows.length; start += 1_000)
    batches.push(JSON.stringify(rows.slice(start, start + 1_000)));
  const begun = performance.now();
  const waiting = batches.values();
  const work = async (): Promise<void> => {
    for (const batch of waiting)
      await database.query(
        'INSERT INTO public.bare SELECT * FROM jsonb_populate_recordset(NULL::public.bare, $1::jsonb)',
        [batch],
      );
  };
  await Promise.all(Array.from({ length: POSTS_AT_A_TIME }, work));
  return performance.now() - begun;
}
