import type { Config } from '#platform/config.ts';
import type { Database } from '#platform/database/database.ts';
import { keepPartitions } from '#platform/database/time-partitions.ts';
import { isUnavailable } from '#platform/graphql/mask-error.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import { partitionedTables } from '../partitioned-tables.ts';

/** Days after which an event that has found no shipment is forgotten. */
export const UNMATCHED_DAYS = 180;
/** Events without a shipment that are kept of one reporter; beyond it, the oldest are forgotten. */
export const MAX_UNMATCHED = 100_000;
/** Days for which a repeated mutation gets the first result. */
export const IDEMPOTENCY_DAYS = 30;

const INTERVAL = 10 * 60 * 1000;
/** Rows in one statement, so that none takes long. */
const STEP = 5_000;

const STATEMENTS: readonly { readonly text: string; readonly values: readonly unknown[] }[] = [
  {
    text: `DELETE FROM unmatched_event WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM unmatched_event WHERE received_at < now() - make_interval(days => $1) LIMIT $2))`,
    values: [UNMATCHED_DAYS, STEP],
  },
  {
    text: `DELETE FROM unmatched_event WHERE ctid = ANY (ARRAY(
      SELECT oldest.ctid
      FROM (SELECT producer_id, count(*) FROM unmatched_event GROUP BY 1 HAVING count(*) > $1) AS producer
      CROSS JOIN LATERAL (
        SELECT ctid FROM unmatched_event WHERE producer_id = producer.producer_id
        ORDER BY received_at LIMIT least(producer.count - $1, $2)) AS oldest
      LIMIT $2))`,
    values: [MAX_UNMATCHED, STEP],
  },
  {
    text: `DELETE FROM idempotency_key WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM idempotency_key WHERE created_at < now() - make_interval(days => $1) LIMIT $2))`,
    values: [IDEMPOTENCY_DAYS, STEP],
  },
];

/**
 * Forgets what nobody asks for any more, now and again, and keeps the partitions of tables that grow with time. Any number of workers
 * may do so.
 * @returns ends it, after what is under way
 */
export function keepHouse(config: Config, database: Database, log: Logger): () => Promise<void> {
  const stopPartitions = keepPartitions(database, partitionedTables(config), log);
  let isStopped = false;
  let running = Promise.resolve();
  const clean = async (): Promise<void> => {
    try {
      await forgetOld(database, () => isStopped);
    } catch (error) {
      if (!isUnavailable(error)) log.error({ error }, 'what is old could not be forgotten');
    }
  };
  const timer = setInterval(() => void (running = running.then(clean)), INTERVAL);
  return async () => {
    isStopped = true;
    clearInterval(timer);
    await Promise.all([running, stopPartitions()]);
  };
}

/** Deletes what is older than it is kept, or more than is kept, step by step. */
export async function forgetOld(
  { pool }: Pick<Database, 'pool'>,
  isStopped: () => boolean = () => false,
): Promise<void> {
  for (const { text, values } of STATEMENTS) {
    let deleted: number;
    do {
      deleted = (await pool.query(text, [...values])).rowCount ?? 0;
    } while (deleted > 0 && !isStopped());
  }
}
