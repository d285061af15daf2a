import type { Transaction } from '#platform/database/database.ts';
import type { Event } from '#prisma/generated/client.ts';
import { concerns, referenceKeysOf } from '../references.ts';
import { compareVersions } from '../event-version.ts';
import type { KnownShipment } from './known-shipment.ts';
import { atShipment } from './settle-shipments.ts';
import { saveEvents, storedEvent } from './stored-event.ts';
import type { StoredEvent } from './stored-event.ts';

/**
 * Gives a new shipment the events that it would have got had it been there when they arrived, from the tenant's own
 * shipments that share its booking or transport document at the same carrier. What another tenant has stored stays
 * with that tenant. The keys of the shipment must be locked.
 */
export async function copySharedEvents(tx: Transaction, shipment: KnownShipment, now: Date): Promise<void> {
  const rows = await tx.$queryRaw<Event[]>`
    SELECT event.id, event.tenant_id AS "tenantId", shipment_id AS "shipmentId", producer_id AS "producerId",
      event_id AS "eventId", is_retracted AS "isRetracted", received_at AS "receivedAt", payload
    FROM shipment AS sibling JOIN event ON event.shipment_id = sibling.id
    WHERE sibling.id <> ${shipment.id}::uuid
      AND sibling.carrier_scac = ${shipment.carrierScac}
      AND (sibling.carrier_booking_reference = ${shipment.carrierBookingReference}
        OR sibling.transport_document_reference = ${shipment.transportDocumentReference})
      AND sibling.tenant_id = ${shipment.tenantId}::uuid`;
  const shared = new Map<string, StoredEvent>();
  for (const event of rows.map(storedEvent)) {
    if (!concerns(referenceKeysOf(event.payload), shipment, event.facts.eventDateTime)) continue;
    const key = `${event.producerId} ${event.eventID}`;
    const known = shared.get(key);
    if (known === undefined || compareVersions(event, known) > 0) shared.set(key, event);
  }
  await saveEvents(
    tx,
    [...shared.values()].map((event) => atShipment(event, shipment, now)),
  );
}
