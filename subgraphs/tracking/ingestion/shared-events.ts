import type { Event } from '#prisma/generated/client.ts';
import { concerns, referenceKeysOf } from '../references.ts';
import { compareVersions, withEstimatesOf } from '../event-version.ts';
import type { KnownShipment } from './known-shipment.ts';
import { saveEvents } from './save-events.ts';
import type { EventChange } from './save-events.ts';
import { atShipment } from './settle-shipments.ts';
import type { Statements } from './statements.ts';
import { EVENT_COLUMNS, storedEvent } from './stored-event.ts';
import type { StoredEvent } from './stored-event.ts';

const OF_SIBLINGS = {
  name: 'events of siblings',
  text: `SELECT ${EVENT_COLUMNS} FROM event
    WHERE tenant_id = $1::uuid AND shipment_id = ANY(ARRAY(
      SELECT id FROM shipment
      WHERE tenant_id = $1::uuid AND id <> $2::uuid AND carrier_scac = $3
        AND (carrier_booking_reference = $4 OR transport_document_reference = $5)))`,
};

/**
 * Gives a new shipment the events that it would have got had it been there when they arrived, from the tenant's own
 * shipments that share its booking or transport document at the same carrier. What another tenant has stored stays
 * with that tenant. The keys of the shipment must be locked.
 *
 * @returns what it has got
 */
export async function copySharedEvents(
  sql: Statements,
  shipment: KnownShipment,
  now: Date,
): Promise<EventChange[]> {
  const { tenantId, id, carrierScac, carrierBookingReference, transportDocumentReference } = shipment;
  const rows = await sql.run<Event>(OF_SIBLINGS, [
    tenantId,
    id,
    carrierScac,
    carrierBookingReference,
    transportDocumentReference,
  ]);
  const shared = new Map<string, StoredEvent>();
  for (const event of rows.map(storedEvent)) {
    if (!concerns(referenceKeysOf(event.payload), shipment, event.facts.eventDateTime)) continue;
    const key = `${event.producerId} ${event.eventID}`;
    const known = shared.get(key);
    if (known === undefined) shared.set(key, event);
    else if (compareVersions(event, known) > 0) shared.set(key, withEstimatesOf(event, [known]));
    else shared.set(key, withEstimatesOf(known, [event]));
  }
  const changes = [...shared.values()].map((event) => ({
    event: atShipment(event, shipment, now),
    former: null,
  }));
  saveEvents(sql, changes);
  return changes;
}
