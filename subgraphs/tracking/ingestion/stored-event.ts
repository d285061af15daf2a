import type { Transaction } from '#platform/database/database.ts';
import { Prisma } from '#prisma/generated/client.ts';
import type { Event } from '#prisma/generated/client.ts';
import type { DcsaEvent } from '../dcsa/event.ts';
import { knownEvent } from '../event-version.ts';
import type { KnownEvent } from '../event-version.ts';

/** An event at one shipment, as its row holds it. */
export interface StoredEvent extends KnownEvent {
  readonly id: string;
  readonly tenantId: string;
  readonly shipmentId: string;
  /** Doesn't count: its reporter withdrew it, or its current version concerns other shipments. */
  readonly isRetracted: boolean;
  readonly receivedAt: Date;
}

/** What a row holds beyond what follows from its payload. */
type EventRow = Pick<
  Event,
  'id' | 'tenantId' | 'shipmentId' | 'producerId' | 'eventId' | 'isRetracted' | 'receivedAt' | 'payload'
>;

// Read without the client's mapping of each column: a batch reads every event of its shipments.
const EVENT_COLUMNS = Prisma.sql`id, tenant_id AS "tenantId", shipment_id AS "shipmentId", producer_id AS "producerId",
  event_id AS "eventId", is_retracted AS "isRetracted", received_at AS "receivedAt", payload`;

/** Reads a row. */
export function storedEvent(row: EventRow): StoredEvent {
  const { id, tenantId, shipmentId, producerId, isRetracted, receivedAt } = row;
  const version = knownEvent({
    producerId,
    eventID: row.eventId,
    payload: row.payload as unknown as DcsaEvent,
  });
  return { ...version, id, tenantId, shipmentId, isRetracted, receivedAt };
}

/** The rows, at whatever shipments, of one producer's events. */
export async function eventsByIdentity(
  tx: Transaction,
  producerId: string,
  eventIDs: readonly string[],
): Promise<StoredEvent[]> {
  const rows = await tx.$queryRaw<EventRow[]>`
    SELECT ${EVENT_COLUMNS} FROM event
    WHERE producer_id = ${producerId}::uuid AND event_id = ANY(${[...eventIDs]}::uuid[])`;
  return rows.map(storedEvent);
}

/** All rows of some shipments. */
export async function eventsOfShipments(
  tx: Transaction,
  shipmentIds: readonly string[],
): Promise<StoredEvent[]> {
  const rows = await tx.$queryRaw<EventRow[]>`
    SELECT ${EVENT_COLUMNS} FROM event WHERE shipment_id = ANY(${[...shipmentIds]}::uuid[])`;
  return rows.map(storedEvent);
}

/**
 * Inserts rows, or replaces what an earlier version of the same event left at the same shipment. The shipments must
 * be locked. One statement.
 */
export async function saveEvents(tx: Transaction, events: readonly StoredEvent[]): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map(({ facts, ...event }) => ({
    id: event.id,
    tenant_id: event.tenantId,
    shipment_id: event.shipmentId,
    producer_id: event.producerId,
    event_id: event.eventID,
    event_type: facts.eventType,
    event_classifier_code: facts.eventClassifierCode,
    event_type_code: facts.eventTypeCode,
    event_date_time: facts.eventDateTime,
    event_created_date_time: facts.eventCreatedDateTime,
    event_updated_date_time: facts.eventUpdatedDateTime,
    is_retracted: event.isRetracted,
    received_at: event.receivedAt,
    payload: event.payload,
  }));
  await tx.$executeRaw`
    INSERT INTO event (id, tenant_id, shipment_id, producer_id, event_id, event_type, event_classifier_code,
      event_type_code, event_date_time, event_created_date_time, event_updated_date_time, is_retracted, received_at,
      payload)
    SELECT id, tenant_id, shipment_id, producer_id, event_id, event_type, event_classifier_code,
      event_type_code, event_date_time, event_created_date_time, event_updated_date_time, is_retracted, received_at,
      payload
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r (id uuid, tenant_id uuid, shipment_id uuid,
      producer_id uuid, event_id uuid, event_type text, event_classifier_code text, event_type_code text,
      event_date_time timestamptz, event_created_date_time timestamptz, event_updated_date_time timestamptz,
      is_retracted boolean, received_at timestamptz, payload jsonb)
    ON CONFLICT (tenant_id, shipment_id, producer_id, event_id) DO UPDATE SET
      event_type = EXCLUDED.event_type,
      event_classifier_code = EXCLUDED.event_classifier_code,
      event_type_code = EXCLUDED.event_type_code,
      event_date_time = EXCLUDED.event_date_time,
      event_created_date_time = EXCLUDED.event_created_date_time,
      event_updated_date_time = EXCLUDED.event_updated_date_time,
      is_retracted = EXCLUDED.is_retracted,
      received_at = EXCLUDED.received_at,
      payload = EXCLUDED.payload`;
}
