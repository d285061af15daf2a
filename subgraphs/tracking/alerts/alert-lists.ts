import {
  decodeCursor,
  encodeCursor,
  isInstant,
  isUuid,
  pageSize,
  toConnection,
} from '#platform/graphql/connection.ts';
import type { Connection } from '#platform/graphql/connection.ts';
import type { AlertRule as AlertRuleRow } from '#prisma/generated/client.ts';
import type { TrackingContext } from '../context.ts';
import type { PageArguments } from '../shipment-lists.ts';
import { alertOf } from './alert-rows.ts';
import type { Alert, AlertState } from './alert.ts';
import { severities } from './condition.ts';
import type { AlertKind, Severity } from './condition.ts';

export interface AlertFilter {
  readonly states?: readonly AlertState[] | null;
  readonly kinds?: readonly AlertKind[] | null;
  readonly severity?: Severity | null;
  readonly ruleId?: string | null;
  readonly shipmentId?: string | null;
  readonly isAcknowledged?: boolean | null;
}

/** A page of the tenant's rules, newest first. @throws {ApiError} BAD_USER_INPUT */
export async function listRules(
  { caller, database }: TrackingContext,
  { first, after }: PageArguments,
): Promise<Connection<AlertRuleRow>> {
  const size = pageSize(first);
  const [createdAt, id] = decodeCursor(after, isInstant, isUuid) ?? [];
  const rows = await database.prisma.alertRule.findMany({
    where: {
      tenantId: caller.tenant,
      deletedAt: null,
      ...(createdAt === undefined || id === undefined
        ? {}
        : { createdAt: { lte: createdAt }, OR: [{ createdAt: { lt: createdAt } }, { id: { lt: id } }] }),
    },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: size + 1,
  });
  return toConnection(rows, size, after, (row) => encodeCursor(row.createdAt.toISOString(), row.id));
}

/** A page of the tenant's alerts, those detected last first. @throws {ApiError} BAD_USER_INPUT */
export async function listAlerts(
  { caller, database }: TrackingContext,
  { first, after }: PageArguments,
  { states, kinds, severity, ruleId, shipmentId, isAcknowledged }: AlertFilter,
): Promise<Connection<Alert>> {
  const size = pageSize(first);
  const [detectedAt, id] = decodeCursor(after, isInstant, isUuid) ?? [];
  const ids = [ruleId, shipmentId].filter((each) => typeof each === 'string');
  // What is no UUID can't be there and isn't asked for.
  if (!ids.every(isUuid)) return toConnection<Alert>([], size, after, cursorOf);
  const rows = await database.prisma.alert.findMany({
    where: {
      tenantId: caller.tenant,
      ...(states ? { state: { in: [...states] } } : {}),
      ...(kinds ? { kind: { in: [...kinds] } } : {}),
      ...(severity ? { severity: { gte: severities.indexOf(severity) } } : {}),
      ...(ruleId ? { ruleId } : {}),
      ...(shipmentId ? { shipmentId } : {}),
      ...(typeof isAcknowledged === 'boolean'
        ? { acknowledgedAt: isAcknowledged ? { not: null } : null }
        : {}),
      ...(detectedAt === undefined || id === undefined
        ? {}
        : { detectedAt: { lte: detectedAt }, OR: [{ detectedAt: { lt: detectedAt } }, { id: { lt: id } }] }),
    },
    orderBy: [{ detectedAt: 'desc' }, { id: 'desc' }],
    take: size + 1,
  });
  return toConnection(rows.map(alertOf), size, after, cursorOf);
}

/** A page of a shipment's alerts, those detected last first. @throws {ApiError} BAD_USER_INPUT */
export async function listAlertsOf(
  { loaders }: TrackingContext,
  shipmentId: string,
  { first, after }: PageArguments,
  states: readonly AlertState[] | null,
): Promise<Connection<Alert>> {
  const size = pageSize(first);
  const [detectedAt, id] = decodeCursor(after, isInstant, isUuid) ?? [];
  const start = detectedAt === undefined || id === undefined ? null : { detectedAt, id };
  const rows = await loaders.alertPage.load({ shipmentId, first: size, states, after: start });
  return toConnection(rows, size, after, cursorOf);
}

function cursorOf({ detectedAt, id }: Alert): string {
  return encodeCursor(detectedAt.toISOString(), id);
}
