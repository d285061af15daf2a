import { estimatesColumn } from './stored-event.ts';
import type { StoredEvent } from './stored-event.ts';
import { columnOf, jsonColumnOf, listOf } from './statements.ts';
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
// Lists, which Postgres reads faster than it does a JSON document.
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
    sql.send(UPDATE, [...listsOf(updates), columnOf(formers, ({ facts }) => facts.eventDateTime)]);
  }
}

function listsOf(events: readonly StoredEvent[]): string[] {
  return [
    listOf(events.map(({ id }) => id)),
    listOf(events.map(({ tenantId }) => tenantId)),
    listOf(events.map(({ shipmentId }) => shipmentId)),
    listOf(events.map(({ producerId }) => producerId)),
    listOf(events.map(({ eventID }) => eventID)),
    listOf(events.map(({ facts }) => facts.eventType)),
    listOf(events.map(({ facts }) => facts.eventClassifierCode)),
    listOf(events.map(({ facts }) => facts.eventTypeCode)),
    columnOf(events, ({ facts }) => facts.eventDateTime),
    columnOf(events, ({ facts }) => facts.eventCreatedDateTime),
    columnOf(events, ({ facts }) => facts.eventUpdatedDateTime),
    columnOf(events, ({ isRetracted }) => isRetracted),
    columnOf(events, ({ receivedAt }) => receivedAt),
    jsonColumnOf(events, (event) => {
      const earlier = estimatesColumn(event);
      return earlier === null ? null : JSON.stringify(earlier);
    }),
    jsonColumnOf(events, ({ payloadText, payload }) => payloadText ?? JSON.stringify(payload)),
  ];
}
