import DataLoader from 'dataloader';
import type { Caller } from '#platform/auth/caller.ts';
import type { Rows } from '#platform/database/database.ts';
import { isUuid } from '#platform/graphql/connection.ts';
import type { Alert as AlertRow, AlertRule as AlertRuleRow } from '#prisma/generated/client.ts';
import { ALERT_COLUMNS, alertOf } from './alert-rows.ts';
import type { Alert, AlertState } from './alert.ts';

/** A page of one shipment's alerts, those detected last first. */
export interface AlertPage {
  readonly shipmentId: string;
  readonly first: number;
  /** Null: in any. */
  readonly states: readonly AlertState[] | null;
  /** The last alert of the page before; null for the first page. */
  readonly after: { readonly detectedAt: string; readonly id: string } | null;
}

/** One request's way to alerts and rules: one statement for each batch, only the caller's tenant. */
export interface AlertLoaders {
  readonly alert: DataLoader<string, Alert | null>;
  /** Also those that were deleted. */
  readonly alertRule: DataLoader<string, AlertRuleRow | null>;
  /** Up to one alert more than asked, which tells that there are more. */
  readonly alertPage: DataLoader<AlertPage, Alert[], string>;
}

const LAST_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

export function createAlertLoaders({ prisma }: Rows, { tenant: tenantId }: Caller): AlertLoaders {
  return {
    alert: byId(async (ids) => {
      const rows = await prisma.alert.findMany({ where: { tenantId, id: { in: ids } } });
      return rows.map(alertOf);
    }),
    alertRule: byId((ids) => prisma.alertRule.findMany({ where: { tenantId, id: { in: ids } } })),
    alertPage: new DataLoader(
      async (pages) => {
        const asked = pages.map(({ shipmentId, first, states, after }, place) => ({
          place,
          shipment_id: shipmentId,
          take: first + 1,
          states,
          before_time: after?.detectedAt ?? 'infinity',
          before_id: after?.id ?? LAST_UUID,
        }));
        const rows = await prisma.$queryRaw<(AlertRow & { place: number })[]>`
          SELECT page.place, alert.*
          FROM jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) AS page
            (place int, shipment_id uuid, take int, states jsonb, before_time timestamptz, before_id uuid)
          CROSS JOIN LATERAL (
            SELECT ${ALERT_COLUMNS} FROM alert
            WHERE shipment_id = page.shipment_id AND tenant_id = ${tenantId}::uuid
              AND (jsonb_typeof(page.states) IS DISTINCT FROM 'array' OR page.states ? state)
              AND (detected_at, id) < (page.before_time, page.before_id)
            ORDER BY detected_at DESC, id DESC LIMIT page.take) AS alert
          ORDER BY page.place, "detectedAt" DESC, id DESC`;
        const found = pages.map((): Alert[] => []);
        for (const { place, ...row } of rows) found[place]?.push(alertOf(row));
        return found;
      },
      { cacheKeyFn: (page) => JSON.stringify(page) },
    ),
  };
}

/** By an id that a client may have made up. */
function byId<Row extends { readonly id: string }>(
  read: (ids: string[]) => Promise<Row[]>,
): DataLoader<string, Row | null> {
  return new DataLoader(
    async (ids) => {
      const keys = ids.map((id) => id.toLowerCase());
      const askable = keys.filter(isUuid);
      const rows = askable.length === 0 ? [] : await read(askable);
      const found = new Map(rows.map((row) => [row.id, row]));
      return keys.map((key) => found.get(key) ?? null);
    },
    { cacheKeyFn: (id) => id.toLowerCase() },
  );
}
