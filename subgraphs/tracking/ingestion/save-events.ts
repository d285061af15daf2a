import { estimatesColumn } from './stored-event.ts';
import type { StoredEvent } from './stored-event.ts';
import type { Statements } from './statements.ts';

/** A row to write. */
export interface EventChange {
  readonly event: StoredEvent;
  /** What the row was before; null: there is none. */
  readonly former: StoredEvent | null;
}

const COLUMNS = `id, tenant_id, shipment_id, producer_id, event_id, event_type, event_classifier_code, event_type_code,
  event_date_time, event_created_date_time, event_updated_date_time, is_retracted, received_at, earlier_estimates,
  payload`;
const TYPES = `id uuid, tenant_id uuid, shipment_id uuid, producer_id uuid, event_id uuid, event_type text,
  event_classifier_code text, event_type_code text, event_date_time timestamptz, event_created_date_time timestamptz,
  event_updated_date_time timestamptz, is_retracted boolean, received_at timestamptz, earlier_estimates jsonb,
  payload jsonb`;

const INSERT = {
  name: 'insert events',
  text: `INSERT INTO event (${COLUMNS}) SELECT ${COLUMNS} FROM json_to_recordset($1::json) AS r (${TYPES})`,
};
// By the whole primary key: a row whose time has changed may be in another partition than the one that it goes to.
const UPDATE = {
  name: 'update events',
  text: `
    UPDATE event SET
      event_type = r.event_type,
      event_classifier_code = r.event_classifier_code,
      event_type_code = r.event_type_code,
      event_date_time = r.event_date_time,
      event_created_date_time = r.event_created_date_time,
      event_updated_date_time = r.event_updated_date_time,
      is_retracted = r.is_retracted,
      received_at = r.received_at,
      earlier_estimates = r.earlier_estimates,
      payload = r.payload
    FROM json_to_recordset($1::json) AS r (${TYPES}, former_date_time timestamptz)
    WHERE event.tenant_id = r.tenant_id AND event.shipment_id = r.shipment_id
      AND event.event_date_time = r.former_date_time AND event.id = r.id`,
};

/**
 * Inserts rows, or replaces what an earlier version of the same event left at the same shipment. The shipments and the
 * events' identities must be locked: no index keeps an event from being stored twice. Two statements at most.
 */
export function saveEvents(sql: Statements, changes: readonly EventChange[]): void {
  const inserts: string[] = [];
  const updates: string[] = [];
  for (const { event, former } of changes) {
    if (former === null) inserts.push(`${rowOf(event)}}`);
    else updates.push(`${rowOf(event)},"former_date_time":"${former.facts.eventDateTime.toISOString()}"}`);
  }
  if (inserts.length > 0) sql.send(INSERT, [`[${inserts.join(',')}]`]);
  if (updates.length > 0) sql.send(UPDATE, [`[${updates.join(',')}]`]);
}

/** A row as JSON, but for its last brace. Only the payload and what estimates there are can hold what must be escaped. */
function rowOf(event: StoredEvent): string {
  const { facts } = event;
  const updated = facts.eventUpdatedDateTime;
  const earlier = estimatesColumn(event);
  return `{"id":"${event.id}","tenant_id":"${event.tenantId}","shipment_id":"${event.shipmentId}","producer_id":"${
    event.producerId
  }","event_id":"${event.eventID}","event_type":"${facts.eventType}","event_classifier_code":"${
    facts.eventClassifierCode
  }","event_type_code":"${facts.eventTypeCode}","event_date_time":"${facts.eventDateTime.toISOString()}","event_created_date_time":"${facts.eventCreatedDateTime.toISOString()}","event_updated_date_time":${
    updated === null ? 'null' : `"${updated.toISOString()}"`
  },"is_retracted":${event.isRetracted},"received_at":"${event.receivedAt.toISOString()}","earlier_estimates":${
    earlier === null ? 'null' : JSON.stringify(earlier)
  },"payload":${event.payloadText ?? JSON.stringify(event.payload)}`;
}
