import type { Transaction } from '#platform/database/database.ts';
import type { Statements } from '../ingestion/statements.ts';
import { EVENT_COLUMNS, storedEvent } from '../ingestion/stored-event.ts';
import type { EventRow, StoredEvent } from '../ingestion/stored-event.ts';
import type { Observation } from './history.ts';
import type { AlertRule } from './rule.ts';
import type { RuleCrossing } from './watch.ts';

/** What is kept of a watched shipment between two evaluations. */
export interface WatchRow {
  readonly shipmentId: string;
  readonly tenantId: string;
  readonly history: readonly Observation[];
  readonly signalAt: Date | null;
}

/** A note that a shipment is to be evaluated. */
export interface DueNote {
  readonly tenantId: string;
  readonly shipmentId: string;
  readonly crossings: readonly (Omit<RuleCrossing, 'at'> & { readonly at: string })[] | null;
  readonly signalAt: Date | null;
}

/** The events of a shipment that rules look at: the latest by event time. */
export const MAX_EVENTS = 1_000;

/** Takes the oldest notes; whoever else does so gets others. */
export function takeNotes(tx: Transaction, limit: number): Promise<DueNote[]> {
  return tx.$queryRaw<DueNote[]>`
    WITH taken AS (SELECT id FROM alert_due ORDER BY id LIMIT ${limit} FOR UPDATE SKIP LOCKED)
    DELETE FROM alert_due USING taken WHERE alert_due.id = taken.id
    RETURNING tenant_id AS "tenantId", shipment_id AS "shipmentId", crossings, signal_at AS "signalAt"`;
}

/** Locks the watches of shipments, made where they aren't there, in the order of their ids. Two statements. */
export async function lockWatches(
  tx: Transaction,
  shipments: readonly { readonly tenantId: string; readonly shipmentId: string }[],
): Promise<WatchRow[]> {
  const ids = shipments.map(({ shipmentId }) => shipmentId);
  await tx.$executeRaw`
    INSERT INTO alert_watch (shipment_id, tenant_id, history)
    SELECT DISTINCT ON (shipment_id) shipment_id, tenant_id, '[]'::jsonb
    FROM unnest(${ids}::uuid[], ${shipments.map(({ tenantId }) => tenantId)}::uuid[]) AS r (shipment_id, tenant_id)
    ORDER BY shipment_id
    ON CONFLICT DO NOTHING`;
  return tx.$queryRaw<WatchRow[]>`
    SELECT shipment_id AS "shipmentId", tenant_id AS "tenantId", history, signal_at AS "signalAt" FROM alert_watch
    WHERE shipment_id = ANY(${ids}::uuid[]) ORDER BY shipment_id FOR UPDATE`;
}

/** Locks watches whose time has come and that nobody else is at. */
export function lockOverdue(tx: Transaction, now: Date, limit: number): Promise<WatchRow[]> {
  return tx.$queryRaw<WatchRow[]>`
    SELECT shipment_id AS "shipmentId", tenant_id AS "tenantId", history, signal_at AS "signalAt" FROM alert_watch
    WHERE due_at <= ${now.toISOString()}::timestamptz ORDER BY due_at LIMIT ${limit} FOR UPDATE SKIP LOCKED`;
}

/** Writes what is kept until the next evaluation. One statement. */
export async function saveWatches(
  tx: Transaction,
  watches: readonly (WatchRow & { readonly dueAt: Date | null })[],
): Promise<void> {
  const rows = watches.map(({ shipmentId, dueAt, history, signalAt }) => ({
    shipment_id: shipmentId,
    due_at: dueAt,
    history,
    signal_at: signalAt,
  }));
  await tx.$executeRaw`
    UPDATE alert_watch SET due_at = r.due_at, history = r.history, signal_at = r.signal_at
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS r (shipment_id uuid, due_at timestamptz, history jsonb, signal_at timestamptz)
    WHERE alert_watch.shipment_id = r.shipment_id`;
}

/** The rules of some tenants that are in force. */
export function rulesOf(tx: Transaction, tenantIds: readonly string[]): Promise<AlertRule[]> {
  return tx.$queryRaw<AlertRule[]>`
    SELECT id, tenant_id AS "tenantId", condition, scope, version, watching_since AS "watchingSince" FROM alert_rule
    WHERE tenant_id = ANY(${[...tenantIds]}::uuid[]) AND is_enabled AND deleted_at IS NULL
    ORDER BY created_at, id`;
}

const TO_JUDGE = {
  name: 'events for alert rules',
  text: `SELECT event.* FROM unnest($1::uuid[], $2::uuid[]) AS watched (tenant, shipment)
    CROSS JOIN LATERAL (
      SELECT ${EVENT_COLUMNS} FROM event WHERE tenant_id = watched.tenant AND shipment_id = watched.shipment
      ORDER BY event_date_time DESC, id DESC LIMIT ${MAX_EVENTS}) AS event`,
};

/** The events of shipments, also those that don't count. */
export async function eventsToJudge(
  sql: Statements,
  watches: readonly { readonly tenantId: string; readonly shipmentId: string }[],
): Promise<StoredEvent[]> {
  const rows = await sql.run<EventRow>(TO_JUDGE, [
    watches.map(({ tenantId }) => tenantId),
    watches.map(({ shipmentId }) => shipmentId),
  ]);
  return rows.map(storedEvent);
}
