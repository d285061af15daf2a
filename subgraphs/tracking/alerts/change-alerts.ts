import type { Transaction } from '#platform/database/database.ts';
import { once } from '#platform/database/idempotency.ts';
import { badUserInput, fault, notFound } from '#platform/errors.ts';
import { isUuid } from '#platform/graphql/connection.ts';
import type { TrackingContext } from '../context.ts';
import { onTransaction } from '../ingestion/statements.ts';
import { inTransaction } from '../ingestion/transaction.ts';
import { createLoaders } from '../loaders.ts';
import { keepChanges } from './alert-messages.ts';
import { alertOf, saveAlerts } from './alert-rows.ts';
import type { Alert, ChangedAlert } from './alert.ts';
import { natureOf } from './condition.ts';

/** 30 days, in milliseconds. */
const LONGEST_SNOOZE = 30 * 24 * 3_600_000;

/**
 * Says that the caller has seen an alert, once for each idempotency key. An alert about a fact is closed by it; one that
 * isn't open any more stays as it is.
 * @returns the alert's id
 * @throws {ApiError} CONFLICT, NOT_FOUND
 */
export function acknowledgeAlert(context: TrackingContext, id: string, key: string): Promise<string> {
  const { subject } = context.caller;
  const request = { mutation: 'acknowledgeAlert', key, input: { id } };
  return changeAlert(context, id, request, (alert, now) => {
    if (alert.acknowledgedAt !== null) return null;
    const acknowledged = { ...alert, acknowledgedAt: now, acknowledgedBy: subject, updatedAt: now };
    if (natureOf[alert.kind] === 'MONITORING') return { alert: acknowledged, change: 'ACKNOWLEDGED' };
    const closed = {
      state: 'CLOSED' as const,
      endedAt: now,
      ending: `${subject} acknowledged it.`,
      snoozedUntil: null,
      snoozedBy: null,
    };
    return { alert: { ...acknowledged, ...closed }, change: 'ACKNOWLEDGED' };
  });
}

/**
 * Silences an alert until an instant, once for each idempotency key.
 * @returns the alert's id
 * @throws {ApiError} BAD_USER_INPUT, CONFLICT, NOT_FOUND
 */
export function snoozeAlert(context: TrackingContext, id: string, until: Date, key: string): Promise<string> {
  const { subject } = context.caller;
  const request = { mutation: 'snoozeAlert', key, input: { id, until: until.toISOString() } };
  return changeAlert(context, id, request, (alert, now) => {
    const ahead = until.getTime() - now.getTime();
    if (!(ahead > 0 && ahead <= LONGEST_SNOOZE)) {
      throw badUserInput(fault('until', until, 'expected an instant within the next 30 days'));
    }
    const snoozed = { ...alert, snoozedUntil: until, snoozedBy: subject, updatedAt: now };
    return { alert: snoozed, change: 'SNOOZED' };
  });
}

async function changeAlert(
  context: TrackingContext,
  id: string,
  request: { readonly mutation: string; readonly key: string; readonly input: unknown },
  work: (alert: Alert, now: Date) => ChangedAlert | null,
): Promise<string> {
  const { caller, database, live, log } = context;
  const { alertId, kept } = await inTransaction(database, async (tx) => {
    const changes: ChangedAlert[] = [];
    const result = await once(tx, { caller, ...request }, async () => {
      const alert = await lockAlert(tx, caller.tenant, id);
      const changed = alert.state === 'OPEN' ? work(alert, new Date()) : null;
      if (changed !== null) {
        changes.push(changed);
        await saveAlerts(tx, [changed.alert]);
        await dueWhenAwake(tx, changed.alert);
      }
      return { alertId: alert.id };
    });
    return { ...result, kept: await keepChanges(onTransaction(tx), live, changes) };
  });
  // What is kept will be told, if not now.
  await live
    .tell(kept)
    .then(() => live.forget(kept))
    .catch((error: unknown) => log.warn({ error }, 'the change of an alert is told later'));
  context.loaders = createLoaders(database, caller);
  return alertId;
}

/** Whoever changes alerts of a shipment holds its watch. */
async function lockAlert(tx: Transaction, tenantId: string, id: string): Promise<Alert> {
  const found = isUuid(id)
    ? await tx.$queryRaw<unknown[]>`
        SELECT 1 FROM alert_watch WHERE tenant_id = ${tenantId}::uuid AND shipment_id = (
          SELECT shipment_id FROM alert WHERE id = ${id}::uuid AND tenant_id = ${tenantId}::uuid) FOR UPDATE`
    : [];
  const row = found.length > 0 ? await tx.alert.findFirst({ where: { id, tenantId } }) : null;
  if (row === null) throw notFound('alert', id);
  return alertOf(row);
}

async function dueWhenAwake(tx: Transaction, { shipmentId, snoozedUntil }: Alert): Promise<void> {
  if (snoozedUntil === null) return;
  await tx.$executeRaw`
    UPDATE alert_watch SET due_at = least(due_at, ${snoozedUntil.toISOString()}::timestamptz)
    WHERE shipment_id = ${shipmentId}::uuid`;
}
