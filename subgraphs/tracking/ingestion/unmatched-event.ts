import type { Transaction } from '#platform/database/database.ts';
import type { OrganisationKind } from '#platform/auth/caller.ts';
import type { DcsaEvent } from '../dcsa/event.ts';
import { knownEvent } from '../event-version.ts';
import type { KnownEvent } from '../event-version.ts';
import type { Reporter } from './reporter.ts';

/** An event that concerns no shipment yet, with what decides whether it may be applied to one later. */
export interface UnmatchedEvent extends KnownEvent, Reporter {
  /** Key texts by which it is found. */
  readonly keys: readonly string[];
  readonly receivedAt: Date;
}

interface Row {
  producer_id: string;
  event_id: string;
  producer_kind: OrganisationKind;
  tenant_id: string | null;
  carrier_scac: string | null;
  keys: string[];
  payload: DcsaEvent;
  received_at: Date;
}

function unmatchedEvent(row: Row): UnmatchedEvent {
  return {
    ...knownEvent({ producerId: row.producer_id, eventID: row.event_id, payload: row.payload }),
    kind: row.producer_kind,
    tenantId: row.tenant_id,
    carrierScac: row.carrier_scac,
    keys: row.keys,
    receivedAt: row.received_at,
  };
}

/** One producer's unmatched events of these ids, locked until the transaction ends. */
export async function lockUnmatched(
  tx: Transaction,
  producerId: string,
  eventIDs: readonly string[],
): Promise<UnmatchedEvent[]> {
  const rows = await tx.$queryRaw<Row[]>`
    SELECT * FROM unmatched_event
    WHERE producer_id = ${producerId}::uuid AND event_id = ANY(${[...eventIDs]}::uuid[])
    ORDER BY producer_id, event_id FOR UPDATE`;
  return rows.map(unmatchedEvent);
}

/** One producer's unmatched events of these ids. */
export async function findUnmatched(
  tx: Transaction,
  producerId: string,
  eventIDs: readonly string[],
): Promise<UnmatchedEvent[]> {
  const rows = await tx.$queryRaw<Row[]>`
    SELECT * FROM unmatched_event
    WHERE producer_id = ${producerId}::uuid AND event_id = ANY(${[...eventIDs]}::uuid[])`;
  return rows.map(unmatchedEvent);
}

/** The unmatched events that have any of these keys, locked until the transaction ends. */
export async function lockUnmatchedByKeys(
  tx: Transaction,
  keys: readonly string[],
): Promise<UnmatchedEvent[]> {
  if (keys.length === 0) return [];
  const rows = await tx.$queryRaw<Row[]>`
    SELECT * FROM unmatched_event WHERE keys && ${[...keys]}::text[]
    ORDER BY producer_id, event_id FOR UPDATE`;
  return rows.map(unmatchedEvent);
}

/** Keeps events, each in place of an earlier version of itself. One statement. */
export async function saveUnmatched(tx: Transaction, events: readonly UnmatchedEvent[]): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map((event) => ({
    producer_id: event.producerId,
    event_id: event.eventID,
    producer_kind: event.kind,
    tenant_id: event.tenantId,
    carrier_scac: event.carrierScac,
    keys: event.keys,
    payload: event.payload,
    received_at: event.receivedAt,
  }));
  await tx.$executeRaw`
    INSERT INTO unmatched_event
      (producer_id, event_id, producer_kind, tenant_id, carrier_scac, keys, payload, received_at)
    SELECT producer_id, event_id, producer_kind, tenant_id, carrier_scac,
      ARRAY(SELECT jsonb_array_elements_text(keys)), payload, received_at
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r (producer_id uuid, event_id uuid,
      producer_kind text, tenant_id uuid, carrier_scac text, keys jsonb, payload jsonb, received_at timestamptz)
    ON CONFLICT (producer_id, event_id) DO UPDATE SET
      producer_kind = EXCLUDED.producer_kind,
      tenant_id = EXCLUDED.tenant_id,
      carrier_scac = EXCLUDED.carrier_scac,
      keys = EXCLUDED.keys,
      payload = EXCLUDED.payload,
      received_at = EXCLUDED.received_at`;
}

/** Forgets events that have found their shipment. One statement. */
export async function deleteUnmatched(
  tx: Transaction,
  events: readonly { readonly producerId: string; readonly eventID: string }[],
): Promise<void> {
  if (events.length === 0) return;
  await tx.$executeRaw`
    DELETE FROM unmatched_event
    WHERE (producer_id, event_id) IN (
      SELECT * FROM unnest(${events.map((event) => event.producerId)}::uuid[],
                           ${events.map((event) => event.eventID)}::uuid[]))`;
}
