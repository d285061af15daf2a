import type { Event } from '#prisma/generated/client.ts';
import type { DcsaEvent } from '../dcsa/event.ts';
import { knownEvent } from '../event-version.ts';
import type { KnownEvent } from '../event-version.ts';
import { uuidList } from './binary-columns.ts';
import type { Statements } from './statements.ts';

/** An event at one shipment, as its row holds it. */
export interface StoredEvent extends KnownEvent {
  readonly id: string;
  readonly tenantId: string;
  readonly shipmentId: string;
  /** Doesn't count: its reporter withdrew it, or its current version concerns other shipments. */
  readonly isRetracted: boolean;
  readonly receivedAt: Date;
}

/** An event with where it is. */
export function placedEvent(
  { producerId, eventID, payload, facts, estimates, payloadText }: KnownEvent,
  { id, tenantId, shipmentId, isRetracted, receivedAt }: Omit<StoredEvent, keyof KnownEvent>,
): StoredEvent {
  // One after the other, because there are so many: a property added to a spread object costs a hidden class each time.
  return {
    producerId,
    eventID,
    payload,
    facts,
    estimates,
    payloadText,
    id,
    tenantId,
    shipmentId,
    isRetracted,
    receivedAt,
  };
}

/** Estimates as a column holds them: pairs of estimated and made, milliseconds since 1970; null: none. */
export type EstimatesColumn = readonly (readonly [estimated: number, madeAt: number])[] | null;

/** What a row holds beyond what follows from its payload. */
export type EventRow = Pick<
  Event,
  | 'id'
  | 'tenantId'
  | 'shipmentId'
  | 'producerId'
  | 'eventId'
  | 'isRetracted'
  | 'receivedAt'
  | 'payload'
  | 'earlierEstimates'
>;

export const EVENT_COLUMNS = `id, tenant_id AS "tenantId", shipment_id AS "shipmentId", producer_id AS "producerId",
  event_id AS "eventId", is_retracted AS "isRetracted", received_at AS "receivedAt",
  earlier_estimates AS "earlierEstimates", payload`;

const BY_IDENTITY = {
  name: 'events by identity',
  text: `SELECT ${EVENT_COLUMNS} FROM event WHERE producer_id = $1::uuid AND event_id = ANY($2::uuid[])`,
};
const BY_IDS = {
  name: 'events by ids',
  text: `SELECT ${EVENT_COLUMNS} FROM event WHERE id = ANY($1::uuid[])`,
};
const OF_SHIPMENTS = {
  name: 'events of shipments',
  text: `SELECT ${EVENT_COLUMNS} FROM event
    WHERE tenant_id = ANY($1::uuid[]) AND shipment_id = ANY($2::uuid[])`,
};

/** Reads a row. */
export function storedEvent(row: EventRow): StoredEvent {
  const { id, tenantId, shipmentId, producerId, eventId: eventID, isRetracted, receivedAt } = row;
  const payload = row.payload as unknown as DcsaEvent;
  const earlier = estimatesOf(row.earlierEstimates as EstimatesColumn, { producerId, eventID });
  const version = knownEvent({ producerId, eventID, payload }, earlier);
  return placedEvent(version, { id, tenantId, shipmentId, isRetracted, receivedAt });
}

/** Estimates of an event as a column holds them. */
export function estimatesOf(
  column: EstimatesColumn,
  { producerId, eventID }: Pick<KnownEvent, 'producerId' | 'eventID'>,
) {
  return (column ?? []).map(([estimated, madeAt]) => ({ estimated, madeAt, eventID, producerId }));
}

/** What a column is to hold, as JSON: nothing that the payload itself tells. */
export function estimatesText({ estimates, facts }: Pick<KnownEvent, 'estimates' | 'facts'>): string | null {
  const isOwn = facts.eventClassifierCode === 'EST' && !facts.isRetracted;
  if (estimates.length === 0 || (isOwn && estimates.length === 1)) return null;
  const column: EstimatesColumn = estimates.map(({ estimated, madeAt }) => [estimated, madeAt]);
  return JSON.stringify(column);
}

/** The payload as JSON. */
export function payloadTextOf({ payloadText, payload }: Pick<KnownEvent, 'payloadText' | 'payload'>): string {
  return payloadText ?? JSON.stringify(payload);
}

/** The rows, at whatever shipments, of one producer's events. */
export async function eventsByIdentity(
  sql: Statements,
  producerId: string,
  eventIDs: readonly string[],
): Promise<StoredEvent[]> {
  const rows = await sql.run<EventRow>(BY_IDENTITY, [producerId, uuidList(eventIDs)]);
  return rows.map(storedEvent);
}

/** Rows by their ids, in any order; those that are no longer there are left out. */
export async function eventsByIds(sql: Statements, ids: readonly string[]): Promise<StoredEvent[]> {
  return (await sql.run<EventRow>(BY_IDS, [uuidList(ids)])).map(storedEvent);
}

/** All rows of some shipments, by the shipments' ids. */
export async function eventsOfShipments(
  sql: Statements,
  shipments: readonly { readonly id: string; readonly tenantId: string }[],
): Promise<Map<string, StoredEvent[]>> {
  const found = new Map<string, StoredEvent[]>(shipments.map(({ id }) => [id, []]));
  if (shipments.length === 0) return found;
  const tenants = new Set(shipments.map(({ tenantId }) => tenantId));
  const rows = await sql.run<EventRow>(OF_SHIPMENTS, [uuidList([...tenants]), uuidList([...found.keys()])]);
  for (const row of rows) found.get(row.shipmentId)?.push(storedEvent(row));
  return found;
}
