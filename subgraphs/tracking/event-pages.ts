import type { PrismaClient } from '#platform/database/database.ts';
import type { Event } from '#prisma/generated/client.ts';
import { storedEvent } from './ingestion/stored-event.ts';
import type { StoredEvent } from './ingestion/stored-event.ts';
import { trackingEventOf } from './tracking-event.ts';
import type { TrackingEvent } from './tracking-event.ts';

/** A page of one shipment's events, latest event time first. */
export interface EventPage {
  readonly shipmentId: string;
  readonly first: number;
  /** The last event of the page before; null for the first page. */
  readonly after: { readonly eventDateTime: Date; readonly id: string } | null;
}

const LAST_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/**
 * Reads any number of pages in one statement.
 *
 * @returns for each page its events, one more than asked where there are more.
 */
export async function readEventPages(
  prisma: PrismaClient,
  tenantId: string,
  pages: readonly EventPage[],
): Promise<TrackingEvent[][]> {
  const asked = pages.map(({ shipmentId, first, after }, place) => ({
    place,
    shipment_id: shipmentId,
    take: first + 1,
    before_time: after?.eventDateTime ?? 'infinity',
    before_id: after?.id ?? LAST_UUID,
  }));
  const rows = await prisma.$queryRaw<(Event & { place: number })[]>`
    SELECT page.place, event.id, tenant_id AS "tenantId", event.shipment_id AS "shipmentId",
      producer_id AS "producerId", event_id AS "eventId", is_retracted AS "isRetracted",
      received_at AS "receivedAt", earlier_estimates AS "earlierEstimates", payload
    FROM jsonb_to_recordset(${JSON.stringify(asked)}::jsonb)
      AS page (place int, shipment_id uuid, take int, before_time timestamptz, before_id uuid)
    CROSS JOIN LATERAL (
      SELECT * FROM event
      WHERE shipment_id = page.shipment_id AND tenant_id = ${tenantId}::uuid
        AND (event_date_time, id) < (page.before_time, page.before_id)
      ORDER BY event_date_time DESC, id DESC LIMIT page.take) AS event
    ORDER BY page.place, event_date_time DESC, event.id DESC`;
  const found = pages.map((): TrackingEvent[] => []);
  for (const row of rows) found[row.place]?.push(trackingEventOf(storedEvent(row)));
  return found;
}

/** Of a shipment that has more, the latest by event time. */
const MAX_COUNTING_EVENTS = 2_000;

/** Reads the events of any number of shipments that aren't withdrawn, in one statement. */
export async function readCountingEvents(
  prisma: PrismaClient,
  tenantId: string,
  shipmentIds: readonly string[],
): Promise<StoredEvent[]> {
  const rows = await prisma.$queryRaw<Event[]>`
    SELECT event.id, tenant_id AS "tenantId", event.shipment_id AS "shipmentId", producer_id AS "producerId",
      event_id AS "eventId", is_retracted AS "isRetracted", received_at AS "receivedAt",
      earlier_estimates AS "earlierEstimates", payload
    FROM unnest(${[...shipmentIds]}::uuid[]) AS asked (id)
    CROSS JOIN LATERAL (
      SELECT * FROM event
      WHERE tenant_id = ${tenantId}::uuid AND shipment_id = asked.id AND NOT is_retracted
      ORDER BY event_date_time DESC, id DESC LIMIT ${MAX_COUNTING_EVENTS}) AS event`;
  return rows.map(storedEvent);
}
