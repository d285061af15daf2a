import { Prisma } from '#prisma/generated/client.ts';
import type { Transaction } from '#platform/database/database.ts';
import type { ReferenceKeys, ShipmentReferences } from '../references.ts';
import type { ShipmentPlan } from '../shipment-plan.ts';
import type { Reporter } from './reporter.ts';

/** A shipment as events meet it: locked, with what they are matched and read by. */
export interface KnownShipment extends ShipmentReferences, ShipmentPlan {
  readonly id: string;
  readonly tenantId: string;
  readonly carrierScac: string;
  readonly createdAt: Date;
}

/**
 * Locks the shipments that a reporter may affect and whose references are among the keys, and those with the given
 * ids, until the transaction ends; always in the order of their ids, so that two transactions never wait for each
 * other. Two statements: what is read must be read after the wait for the lock.
 */
export async function lockShipments(
  tx: Transaction,
  reporter: Pick<Reporter, 'tenantId' | 'carrierScac'>,
  keys: ReferenceKeys,
  ids: readonly string[],
): Promise<KnownShipment[]> {
  const locked = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM shipment WHERE id IN (
      ${idsOf(reporter, keys)}
      UNION SELECT unnest(${[...ids]}::uuid[]))
    ORDER BY id FOR UPDATE`;
  return readShipments(
    tx,
    locked.map((row) => row.id),
  );
}

/** As `lockShipments`, without locking: what is found may have changed by the time it is read. */
export async function findShipments(
  tx: Transaction,
  reporter: Pick<Reporter, 'tenantId' | 'carrierScac'>,
  keys: ReferenceKeys,
): Promise<KnownShipment[]> {
  const found = await tx.$queryRaw<{ id: string }[]>(idsOf(reporter, keys));
  return readShipments(
    tx,
    found.map((row) => row.id),
  );
}

/** The statement that finds the shipments that a reporter may affect and whose references are among the keys. */
function idsOf(
  { tenantId, carrierScac }: Pick<Reporter, 'tenantId' | 'carrierScac'>,
  keys: ReferenceKeys,
): Prisma.Sql {
  return Prisma.sql`
    SELECT id FROM shipment
    WHERE (carrier_booking_reference = ANY(${[...keys.bookings]}::text[])
        OR transport_document_reference = ANY(${[...keys.transportDocuments]}::text[])
        OR id = ANY(ARRAY(
          SELECT shipment_id FROM container WHERE equipment_reference = ANY(${[...keys.containers]}::text[]))))
      AND (${tenantId}::uuid IS NULL OR tenant_id = ${tenantId}::uuid)
      AND (${carrierScac}::text IS NULL OR carrier_scac = ANY(string_to_array(${carrierScac}::text, ',')))`;
}

/** Reads shipments by their ids. One statement. */
export async function readShipments(tx: Transaction, ids: readonly string[]): Promise<KnownShipment[]> {
  if (ids.length === 0) return [];
  return tx.$queryRaw<KnownShipment[]>`
    SELECT id, tenant_id AS "tenantId", carrier_scac AS "carrierScac", origin, destination,
      carrier_booking_reference AS "carrierBookingReference",
      transport_document_reference AS "transportDocumentReference",
      planned_departure AS "plannedDeparture", planned_arrival AS "plannedArrival", created_at AS "createdAt",
      ARRAY(SELECT equipment_reference FROM container WHERE shipment_id = shipment.id ORDER BY 1) AS containers,
      (SELECT max(actual) FROM milestone WHERE shipment_id = shipment.id AND code = 'EMPTY_RETURN') AS "returnedAt"
    FROM shipment WHERE id = ANY(${[...ids]}::uuid[]) ORDER BY id`;
}
