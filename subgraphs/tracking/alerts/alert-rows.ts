import type { Transaction } from '#platform/database/database.ts';
import { Prisma } from '#prisma/generated/client.ts';
import type { Alert as AlertRow } from '#prisma/generated/client.ts';
import type { Alert, AlertState } from './alert.ts';
import type { AlertKind } from './condition.ts';
import type { AlertReason } from './reason.ts';

export const ALERT_COLUMNS = Prisma.sql`id, tenant_id AS "tenantId", rule_id AS "ruleId",
  rule_version AS "ruleVersion", shipment_id AS "shipmentId", cause, episode, kind, state, severity, fingerprint,
  reason, summary, event_ids AS "eventIds", occurred_at AS "occurredAt", detected_at AS "detectedAt",
  updated_at AS "updatedAt", ended_at AS "endedAt", ending, acknowledged_at AS "acknowledgedAt",
  acknowledged_by AS "acknowledgedBy", snoozed_until AS "snoozedUntil", snoozed_by AS "snoozedBy"`;

/** Reads a row. */
export function alertOf(row: AlertRow): Alert {
  return {
    ...row,
    kind: row.kind as AlertKind,
    state: row.state as AlertState,
    reason: row.reason as unknown as AlertReason,
  };
}

/** The latest episode of each cause at some shipments. One statement. */
export async function latestAlerts(tx: Transaction, shipmentIds: readonly string[]): Promise<Alert[]> {
  const rows = await tx.$queryRaw<AlertRow[]>`
    SELECT DISTINCT ON (rule_id, shipment_id, cause) ${ALERT_COLUMNS} FROM alert
    WHERE shipment_id = ANY(${[...shipmentIds]}::uuid[])
    ORDER BY rule_id, shipment_id, cause, episode DESC`;
  return rows.map(alertOf);
}

/** Adds alerts, or writes them over what they were. Their shipments' watches must be locked. One statement. */
export async function saveAlerts(tx: Transaction, alerts: readonly Alert[]): Promise<void> {
  if (alerts.length === 0) return;
  const rows = alerts.map((alert) => ({
    id: alert.id,
    tenant_id: alert.tenantId,
    rule_id: alert.ruleId,
    rule_version: alert.ruleVersion,
    shipment_id: alert.shipmentId,
    cause: alert.cause,
    episode: alert.episode,
    kind: alert.kind,
    state: alert.state,
    severity: alert.severity,
    fingerprint: alert.fingerprint,
    reason: alert.reason,
    summary: alert.summary,
    event_ids: alert.eventIds,
    occurred_at: alert.occurredAt,
    detected_at: alert.detectedAt,
    updated_at: alert.updatedAt,
    ended_at: alert.endedAt,
    ending: alert.ending,
    acknowledged_at: alert.acknowledgedAt,
    acknowledged_by: alert.acknowledgedBy,
    snoozed_until: alert.snoozedUntil,
    snoozed_by: alert.snoozedBy,
  }));
  await tx.$executeRaw`
    INSERT INTO alert (id, tenant_id, rule_id, rule_version, shipment_id, cause, episode, kind, state, severity,
      fingerprint, reason, summary, event_ids, occurred_at, detected_at, updated_at, ended_at, ending,
      acknowledged_at, acknowledged_by, snoozed_until, snoozed_by)
    SELECT id, tenant_id, rule_id, rule_version, shipment_id, cause, episode, kind, state, severity,
      fingerprint, reason, summary, ARRAY(SELECT jsonb_array_elements_text(event_ids)::uuid), occurred_at,
      detected_at, updated_at, ended_at, ending, acknowledged_at, acknowledged_by, snoozed_until, snoozed_by
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r (id uuid, tenant_id uuid, rule_id uuid,
      rule_version int, shipment_id uuid, cause text, episode int, kind text, state text, severity int,
      fingerprint text, reason jsonb, summary text, event_ids jsonb, occurred_at timestamptz,
      detected_at timestamptz, updated_at timestamptz, ended_at timestamptz, ending text,
      acknowledged_at timestamptz, acknowledged_by text, snoozed_until timestamptz, snoozed_by text)
    ON CONFLICT (id) DO UPDATE SET
      rule_version = EXCLUDED.rule_version,
      state = EXCLUDED.state,
      severity = EXCLUDED.severity,
      fingerprint = EXCLUDED.fingerprint,
      reason = EXCLUDED.reason,
      summary = EXCLUDED.summary,
      event_ids = EXCLUDED.event_ids,
      updated_at = EXCLUDED.updated_at,
      ended_at = EXCLUDED.ended_at,
      ending = EXCLUDED.ending,
      acknowledged_at = EXCLUDED.acknowledged_at,
      acknowledged_by = EXCLUDED.acknowledged_by,
      snoozed_until = EXCLUDED.snoozed_until,
      snoozed_by = EXCLUDED.snoozed_by`;
}
