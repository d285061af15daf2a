import type { Database } from '#platform/database/database.ts';
import { arraysOf, COLUMNS, fromArrays } from './vessel-position.ts';
import type { VesselPosition } from './vessel-position.ts';

const NEWER = COLUMNS.split(', ')
  .map((column) => `${column} = excluded.${column}`)
  .join(', ');

/**
 * Sorted, so that two batches at the same time wait for each other rather than for ever. The position that a vessel was
 * seen at last changes with the same commit.
 */
const STORE = `
  WITH stored AS (
    INSERT INTO position_report (${COLUMNS})
    SELECT ${COLUMNS} FROM ${fromArrays()} ORDER BY imo, observed_at
    ON CONFLICT DO NOTHING
    RETURNING ${COLUMNS}
  ), latest AS (
    INSERT INTO vessel_position AS known (${COLUMNS})
    SELECT DISTINCT ON (imo) ${COLUMNS} FROM stored ORDER BY imo, observed_at DESC
    ON CONFLICT (imo) DO UPDATE SET ${NEWER} WHERE known.observed_at < excluded.observed_at
  )
  SELECT imo, observed_at AS "observedAt" FROM ${fromArrays()}
  WHERE NOT EXISTS (SELECT FROM stored WHERE stored.imo = r.imo AND stored.observed_at = r.observed_at)`;

/**
 * Stores positions in one statement and one transaction.
 * @param positions at most one for each vessel and instant
 * @returns those that were there already, by {@link keyOf}; they stay as they were
 */
export async function storePositions(
  { pool }: Pick<Database, 'pool'>,
  positions: readonly VesselPosition[],
): Promise<Set<string>> {
  const { rows } = await pool.query<Pick<VesselPosition, 'imo' | 'observedAt'>>({
    name: 'store-positions',
    text: STORE,
    values: arraysOf(positions),
  });
  return new Set(rows.map(keyOf));
}

/** Tells a position from all others: a vessel is at one place at a time. */
export function keyOf({ imo, observedAt }: Pick<VesselPosition, 'imo' | 'observedAt'>): string {
  return `${imo} ${observedAt.getTime()}`;
}
