import pg from 'pg';
import { isUnavailable } from '../graphql/mask-error.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Database } from './database.ts';

/** A table that a migration has handed over with `SELECT partitions.manage(table, width)`. */
export interface PartitionedTable {
  /** With its schema, such as `tracking.position`. */
  readonly table: string;
  /** Days for which there are partitions beforehand. */
  readonly aheadDays: number;
  /** Days after which a partition is dropped when all of its time lies before; null: never. */
  readonly keepDays: number | null;
}

/** One thing that was done. */
export interface PartitionChange {
  /** `deleted` is about rows of the default partition that are too old. */
  readonly action: 'made' | 'dropped' | 'deleted';
  readonly partition: string;
  /** Rows that moved out of the default partition, or were deleted from it. */
  readonly rows: number;
}

export interface Maintenance {
  readonly changes: readonly PartitionChange[];
  /** False: others had the table locked for too long. The rest can be done another time. */
  readonly done: boolean;
}

/** How often a step is tried while others have the table locked. */
const ATTEMPTS = 3;
const FIRST_PAUSE = 100;
/** Milliseconds for one step; it takes long only when many rows have to leave the default partition. */
const STEP_TIMEOUT = 300_000;

/**
 * Makes the partitions of the time ahead and drops those that have had their time. Any number of processes may call it
 * at the same time. A row whose partition isn't there is in the default partition meanwhile and moves when it is made.
 *
 * Login roles may not run DDL: Postgres' function `partitions.maintain` belongs to the owner and does one step a call,
 * for roles that may delete from the table.
 * @param now the time by which it is judged what is ahead and what is old; the database's clock when not given
 * @throws {pg.DatabaseError} when the table isn't managed, or the login may not delete from it
 */
export async function maintainPartitions(
  { pool }: Pick<Database, 'pool'>,
  { table, aheadDays, keepDays }: PartitionedTable,
  now?: Date,
): Promise<Maintenance> {
  const changes: PartitionChange[] = [];
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    for (let attempt = 1; ;) {
      try {
        const change = await step(client, [table, aheadDays, keepDays, now ?? null]);
        if (change === null) return { changes, done: true };
        changes.push(change);
        attempt = 1;
      } catch (error) {
        broken = await client.query('ROLLBACK').then(
          () => undefined,
          (reason: unknown) => reason as Error,
        );
        if (!isLocked(error) || broken) throw error;
        if (attempt === ATTEMPTS) return { changes, done: false };
        await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE * attempt++ * (0.5 + Math.random())));
      }
    }
  } finally {
    client.release(broken);
  }
}

async function step(client: pg.PoolClient, values: readonly unknown[]): Promise<PartitionChange | null> {
  await client.query(`BEGIN; SET LOCAL statement_timeout = ${STEP_TIMEOUT}`);
  const maintain = {
    text: `SELECT action, partition, rows::float8 AS rows FROM partitions.maintain(
             $1, make_interval(days => $2), make_interval(days => $3), coalesce($4::timestamptz, now()))`,
    values: [...values],
    query_timeout: STEP_TIMEOUT,
  };
  const { rows } = await client.query<PartitionChange>(maintain);
  await client.query('COMMIT');
  return rows[0] ?? null;
}

/** Postgres' lock_not_available and deadlock_detected. */
function isLocked(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '55P03' || error.code === '40P01');
}

const HOUR = 60 * 60 * 1000;
const RETRY = 60_000;

/**
 * Maintains tables now and every hour; sooner again when it could not be done. Whatever goes wrong, it goes on.
 * @returns ends it, after what is under way
 */
export function keepPartitions(
  database: Pick<Database, 'pool'>,
  tables: readonly PartitionedTable[],
  log: Logger,
): () => Promise<void> {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  const round = async (): Promise<void> => {
    let pause = HOUR;
    for (const each of tables) {
      const { table } = each;
      try {
        const { changes, done } = await maintainPartitions(database, each);
        if (changes.length > 0) log.info({ table, changes }, 'partitions were made or dropped');
        if (done) continue;
        log.warn({ table }, 'partitions are in use and are maintained later');
      } catch (error) {
        if (isUnavailable(error)) log.warn({ error, table }, 'partitions could not be maintained');
        else log.error({ error, table }, 'partitions could not be maintained');
      }
      pause = RETRY;
    }
    if (!stopped) timer = setTimeout(begin, pause);
  };
  const begin = (): void => void (running = round());
  begin();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
