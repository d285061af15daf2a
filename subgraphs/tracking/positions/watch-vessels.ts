import type pg from 'pg';
import type { Config } from '#platform/config.ts';
import type { Database } from '#platform/database/database.ts';
import { isUnavailable } from '#platform/graphql/mask-error.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import { shipmentMoves } from './shipment-moves.ts';
import type { ShipmentMove, VesselMove } from './shipment-moves.ts';
import { COLUMNS, arraysOf, fromArrays, selectPosition } from './vessel-position.ts';
import type { VesselPosition } from './vessel-position.ts';

/**
 * Is told of shipments whose vessel has moved, at least once, at most a thousand at a time, by one worker at a time, in
 * order for each vessel. A vessel that reports all the time is told of no more often than the setting says, always
 * with where it was told to be before: nothing in between is lost, only left out.
 *
 * When it throws because something is away, all listeners are told again; any other error is its own business and
 * stops nobody.
 */
export type MoveListener = (moves: readonly ShipmentMove[]) => Promise<void>;

export interface WatchParts {
  readonly database: Database;
  readonly log: Logger;
  readonly config: Pick<Config, 'positionUpdateInterval' | 'positionRetentionDays'>;
}

/** Between two looks, unless the interval is very short. */
const LONGEST_PAUSE = 1_000;
/** Vessels a round: more of them move less often, not more work at once. */
const VESSELS = 250;
/** One worker at a time. */
const LOCK = 7_252_013;

/**
 * Vessels that carry something and have moved since it was told, those told of longest ago first. Up to a fifth of the
 * interval more, by chance: vessels that report in step shouldn't always be the last to get a share of what is limited.
 */
const DUE = `
  SELECT to_jsonb(told) - 'told_at' AS told, ${selectPosition('known')}
  FROM vessel_position AS known LEFT JOIN vessel_told AS told ON told.imo = known.imo
  WHERE (told.imo IS NULL OR (told.observed_at < known.observed_at
      AND told.told_at <= now() - $1::float8 * (1 + 0.2 * random()) * interval '1 millisecond'))
    AND EXISTS (SELECT FROM shipment
      WHERE shipment.status = 'IN_TRANSIT' AND shipment.vessel_imo = lpad(known.imo::text, 7, '0'))
  ORDER BY told.told_at NULLS FIRST LIMIT ${VESSELS}`;

const TELL = `
  INSERT INTO vessel_told (${COLUMNS}, told_at) SELECT ${COLUMNS}, now() FROM ${fromArrays()}
  ON CONFLICT (imo) DO UPDATE SET told_at = excluded.told_at,
    ${COLUMNS.split(', ')
      .map((column) => `${column} = excluded.${column}`)
      .join(', ')}`;

const FORGET = ['vessel_position', 'vessel_told'].map(
  (table) => `DELETE FROM ${table} WHERE observed_at < now() - make_interval(days => $1)`,
);
const FORGET_INTERVAL = 60 * 60 * 1000;

/**
 * Tells listeners of the shipments whose vessels have moved, until it is stopped. What has been told is written when all
 * have been told; any number of workers may run it.
 * @returns ends it, after what is under way
 */
export function watchVessels(parts: WatchParts, listeners: readonly MoveListener[]): () => Promise<void> {
  const { database, log, config } = parts;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let forgotten = 0;
  const round = async (): Promise<void> => {
    try {
      await tellRound(parts, listeners);
      if (Date.now() - forgotten > FORGET_INTERVAL) {
        forgotten = Date.now();
        for (const forget of FORGET) await database.pool.query(forget, [config.positionRetentionDays]);
      }
    } catch (error) {
      if (isUnavailable(error)) log.debug({ error }, 'moves of vessels are told later');
      else log.error({ error }, 'moves of vessels could not be told');
    }
    if (!stopped) timer = setTimeout(begin, Math.min(config.positionUpdateInterval / 4, LONGEST_PAUSE));
  };
  let running = Promise.resolve();
  const begin = (): void => void (running = round());
  begin();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}

/** @returns how many vessels were told of */
async function tellRound(
  { database, log, config }: WatchParts,
  listeners: readonly MoveListener[],
): Promise<number> {
  const client = await database.pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const lock = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS mine', [
      LOCK,
    ]);
    const vessels = lock.rows[0]?.mine ? await dueVessels(client, config.positionUpdateInterval) : [];
    if (vessels.length > 0) {
      for await (const moves of shipmentMoves(database, vessels)) {
        for (const listener of listeners) await tell(listener, moves, log);
      }
      await client.query(TELL, arraysOf(vessels.map(({ current }) => current)));
    }
    await client.query('COMMIT');
    return vessels.length;
  } catch (error) {
    broken = await client.query('ROLLBACK').then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
    throw error;
  } finally {
    client.release(broken);
  }
}

async function tell(listener: MoveListener, moves: readonly ShipmentMove[], log: Logger): Promise<void> {
  try {
    await listener(moves);
  } catch (error) {
    if (isUnavailable(error)) throw error;
    log.error({ error }, 'a listener could not take the moves of shipments');
  }
}

interface DueRow extends VesselPosition {
  readonly told: Readonly<Record<string, unknown>> | null;
}

async function dueVessels(client: pg.PoolClient, interval: number): Promise<VesselMove[]> {
  const { rows } = await client.query<DueRow>(DUE, [interval]);
  return rows.map(({ told, ...current }) => ({ current, previous: told && fromJson(told) }));
}

function fromJson(row: Readonly<Record<string, unknown>>): VesselPosition {
  const number = (name: string): number | null => row[name] as number | null;
  return {
    imo: row.imo as number,
    observedAt: new Date(row.observed_at as string),
    latitude: row.latitude as number,
    longitude: row.longitude as number,
    speedKnots: number('speed_knots'),
    courseDegrees: number('course_degrees'),
    headingDegrees: number('heading_degrees'),
    navigationalStatus: number('navigational_status'),
  };
}
