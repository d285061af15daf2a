import { textList } from './binary-columns.ts';
import type { Statements } from './statements.ts';

const LOCK = {
  name: 'lock keys',
  text: `
    SELECT count(pg_advisory_xact_lock(hash)) FROM (
      SELECT DISTINCT hashtextextended(key, 0) AS hash FROM unnest($1::text[]) AS key ORDER BY hash
      OFFSET 0) AS ordered`,
};

/**
 * Makes transactions that deal with the same keys wait for each other until the first one has ended: an event and
 * the shipment that it concerns may arrive at the same moment, and one of the two has to see the other. Taken before
 * any row is locked and in one order, so that two transactions never wait for each other.
 */
export function lockKeys(sql: Statements, keys: readonly string[]): void {
  sql.send(LOCK, [textList(keys)]);
}
