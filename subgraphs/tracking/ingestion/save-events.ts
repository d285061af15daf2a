import { booleanColumn, instantColumn, jsonColumn, textColumn, uuidColumn } from './binary-columns.ts';
import { estimatesText, payloadTextOf } from './stored-event.ts';
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
const LISTS = `$1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[],
  $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::boolean[], $13::timestamptz[], $14::jsonb[],
  $15::jsonb[]`;

const INSERT = {
  name: 'insert events',
  text: `INSERT INTO event (${COLUMNS}) SELECT * FROM unnest(${LISTS})`,
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
    FROM unnest(${LISTS}, $16::timestamptz[]) AS r (${COLUMNS}, former_date_time)
    WHERE event.tenant_id = r.tenant_id AND event.shipment_id = r.shipment_id
      AND event.event_date_time = r.former_date_time AND event.id = r.id`,
};

/**
 * Inserts rows, or replaces what an earlier version of the same event left at the same shipment. The shipments and the
 * events' identities must be locked: no index keeps an event from being stored twice. Two statements at most.
 */
export function saveEvents(sql: Statements, changes: readonly EventChange[]): void {
  const inserts: StoredEvent[] = [];
  const updates: StoredEvent[] = [];
  const formers: StoredEvent[] = [];
  for (const { event, former } of changes) {
    if (former === null) inserts.push(event);
    else {
      updates.push(event);
      formers.push(former);
    }
  }
  if (inserts.length > 0) sql.send(INSERT, listsOf(inserts));
  if (updates.length > 0) {
    sql.send(UPDATE, [...listsOf(updates), instantColumn(formers, ({ facts }) => facts.eventDateTime)]);
  }
}

function listsOf(events: readonly StoredEvent[]): Buffer[] {
  return [
    uuidColumn(events, ({ id }) => id),
    uuidColumn(events, ({ tenantId }) => tenantId),
    uuidColumn(events, ({ shipmentId }) => shipmentId),
    uuidColumn(events, ({ producerId }) => producerId),
    uuidColumn(events, ({ eventID }) => eventID),
    textColumn(events, ({ facts }) => facts.eventType),
    textColumn(events, ({ facts }) => facts.eventClassifierCode),
    textColumn(events, ({ facts }) => facts.eventTypeCode),
    instantColumn(events, ({ facts }) => facts.eventDateTime),
    instantColumn(events, ({ facts }) => facts.eventCreatedDateTime),
    instantColumn(events, ({ facts }) => facts.eventUpdatedDateTime),
    booleanColumn(events, ({ isRetracted }) => isRetracted),
    instantColumn(events, ({ receivedAt }) => receivedAt),
    jsonColumn(events, estimatesText),
    jsonColumn(events, payloadTextOf),
  ];
}
