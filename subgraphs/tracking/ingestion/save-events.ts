import { booleans, instants, jsons, texts, uuids } from './binary-columns.ts';
import { listsOf, namesOf, rowsOf } from './rows.ts';
import type { Columns } from './rows.ts';
import { estimatesText, payloadTextOf } from './stored-event.ts';
import type { StoredEvent } from './stored-event.ts';
import type { Statements } from './statements.ts';

/** A row to write. */
export interface EventChange {
  readonly event: StoredEvent;
  /** What the row was before; null: there is none. */
  readonly former: StoredEvent | null;
}

const COLUMNS: Columns<EventChange> = {
  id: uuids(({ event }) => event.id),
  tenant_id: uuids(({ event }) => event.tenantId),
  shipment_id: uuids(({ event }) => event.shipmentId),
  producer_id: uuids(({ event }) => event.producerId),
  event_id: uuids(({ event }) => event.eventID),
  event_type: texts(({ event }) => event.facts.eventType),
  event_classifier_code: texts(({ event }) => event.facts.eventClassifierCode),
  event_type_code: texts(({ event }) => event.facts.eventTypeCode),
  event_date_time: instants(({ event }) => event.facts.eventDateTime),
  event_created_date_time: instants(({ event }) => event.facts.eventCreatedDateTime),
  event_updated_date_time: instants(({ event }) => event.facts.eventUpdatedDateTime),
  is_retracted: booleans(({ event }) => event.isRetracted),
  received_at: instants(({ event }) => event.receivedAt),
  earlier_estimates: jsons(({ event }) => estimatesText(event)),
  payload: jsons(({ event }) => payloadTextOf(event)),
};
const REPLACING: Columns<EventChange> = {
  ...COLUMNS,
  former_date_time: instants(({ former }) => former?.facts.eventDateTime ?? null),
};

const INSERT = {
  name: 'insert events',
  text: `INSERT INTO event (${namesOf(COLUMNS)}) ${rowsOf(COLUMNS)}`,
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
    FROM (${rowsOf(REPLACING)}) AS r
    WHERE event.tenant_id = r.tenant_id AND event.shipment_id = r.shipment_id
      AND event.event_date_time = r.former_date_time AND event.id = r.id`,
};

/**
 * Inserts rows, or replaces what an earlier version of the same event left at the same shipment. The shipments and the
 * events' identities must be locked: no index keeps an event from being stored twice. Two statements at most.
 */
export function saveEvents(sql: Statements, changes: readonly EventChange[]): void {
  // Rows of one shipment after the other: each finds its page of the primary key where the one before has left it.
  const inserts = changes.filter(({ former }) => former === null).sort(compareShipments);
  const updates = changes.filter(({ former }) => former !== null);
  if (inserts.length > 0) sql.send(INSERT, listsOf(COLUMNS, inserts));
  if (updates.length > 0) sql.send(UPDATE, listsOf(REPLACING, updates));
}

function compareShipments({ event: a }: EventChange, { event: b }: EventChange): number {
  return a.shipmentId < b.shipmentId ? -1 : a.shipmentId > b.shipmentId ? 1 : 0;
}
