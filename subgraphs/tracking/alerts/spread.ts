import type { Transaction } from '#platform/database/database.ts';

/** Shipments that are noted at once; nothing else is noted while more than these wait. */
const PAGE = 100;

/**
 * Milliseconds after which a changed rule is spread a second time: when every process knows of it and every transaction
 * that didn't has ended (watch.ts, platform/database/database.ts).
 */
const SECOND_TIME = 15_000;

/** Before the newest shipment. */
const START = '9999-01-01T00:00:00Z';
const LAST_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Has the shipments of a tenant looked at, since a rule is new, or is another one, or is gone. One statement. */
export async function spreadRules(tx: Transaction, tenantId: string, now: Date): Promise<void> {
  const later = new Date(now.getTime() + SECOND_TIME);
  await tx.$executeRaw`
    INSERT INTO alert_spread (tenant_id, not_before, created_at, after)
    SELECT ${tenantId}::uuid, not_before, ${START}::timestamptz, ${LAST_UUID}::uuid
    FROM unnest(ARRAY[${now.toISOString()}, ${later.toISOString()}]::timestamptz[]) AS not_before`;
}

interface SpreadRow {
  readonly id: bigint;
  readonly tenantId: string;
  readonly createdAt: Date;
  readonly after: string;
}

/**
 * Notes the next page of shipments of a tenant whose rules have changed: those whose voyage isn't over, and those that
 * have open alerts. It waits until there is little else to do, so that what happens now isn't kept waiting.
 * @returns whether a page was noted
 */
export async function spreadPage(tx: Transaction, now: Date): Promise<boolean> {
  const [spread] = await tx.$queryRaw<SpreadRow[]>`
    SELECT id, tenant_id AS "tenantId", created_at AS "createdAt", after FROM alert_spread
    WHERE not_before <= ${now.toISOString()}::timestamptz
      AND (SELECT count(*) FROM (SELECT 1 FROM alert_due LIMIT ${PAGE}) AS waiting) < ${PAGE}
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`;
  if (spread === undefined) return false;
  const page = await tx.$queryRaw<{ id: string; createdAt: Date }[]>`
    WITH page AS (
      SELECT id, status, created_at FROM shipment
      WHERE tenant_id = ${spread.tenantId}::uuid
        AND (created_at, id) < (${spread.createdAt.toISOString()}::timestamptz, ${spread.after}::uuid)
      ORDER BY created_at DESC, id DESC LIMIT ${PAGE}),
    noted AS (
      INSERT INTO alert_due (tenant_id, shipment_id)
      SELECT ${spread.tenantId}::uuid, id FROM page
      WHERE status NOT IN ('DELIVERED', 'CANCELLED')
        OR EXISTS (SELECT FROM alert WHERE shipment_id = page.id AND state = 'OPEN'))
    SELECT id, created_at AS "createdAt" FROM page ORDER BY created_at DESC, id DESC`;
  const last = page.at(-1);
  if (last === undefined || page.length < PAGE) {
    await tx.$executeRaw`DELETE FROM alert_spread WHERE id = ${spread.id}`;
  } else {
    await tx.$executeRaw`
      UPDATE alert_spread SET created_at = ${last.createdAt.toISOString()}::timestamptz, after = ${last.id}::uuid
      WHERE id = ${spread.id}`;
  }
  return true;
}
