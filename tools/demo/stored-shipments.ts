import { DEMO_TENANTS } from '#platform/auth/personas.ts';
import type { Database } from '#platform/database/database.ts';
import type { Prisma } from '#prisma/generated/client.ts';
import type { DemoShipment } from './demo-shipment.ts';
import { isDemoShipment } from './draft-shipment.ts';
import { findRouting } from './liner-services.ts';

const withContainers = { containers: { orderBy: { equipmentReference: 'asc' } } } as const;
type Row = Prisma.ShipmentGetPayload<{ include: typeof withContainers }>;

/** The shipments of the demo tenants that the demo has made; people's own are left alone. */
export async function readDemoShipments({ prisma }: Database): Promise<DemoShipment[]> {
  const rows = await prisma.shipment.findMany({
    where: { tenantId: { in: [DEMO_TENANTS.aurora, DEMO_TENANTS.borealis] } },
    include: withContainers,
    orderBy: { createdAt: 'asc' },
  });
  return rows.flatMap((row) => demoShipmentOf(row) ?? []);
}

/** One of them; null when there is none with this id. */
export async function readDemoShipment({ prisma }: Database, id: string): Promise<DemoShipment | null> {
  const row = await prisma.shipment.findUnique({ where: { id }, include: withContainers });
  return row && demoShipmentOf(row);
}

function demoShipmentOf({ containers, ...row }: Row): DemoShipment | null {
  const { carrierBookingReference, transportDocumentReference, plannedDeparture, plannedArrival } = row;
  if (!isDemoShipment(row) || !findRouting(row.carrierScac, row.origin, row.destination)) return null;
  if (!carrierBookingReference || !transportDocumentReference || !plannedDeparture || !plannedArrival)
    return null;
  return {
    id: row.id,
    tenantId: row.tenantId,
    reference: row.reference,
    carrierScac: row.carrierScac,
    origin: row.origin,
    destination: row.destination,
    carrierBookingReference,
    transportDocumentReference,
    plannedDeparture,
    plannedArrival,
    containers: containers.map(({ equipmentReference, isoEquipmentCode, cargoWeightKg }) => ({
      equipmentReference,
      isoEquipmentCode: isoEquipmentCode ?? '45G1',
      cargoWeightKg: cargoWeightKg ?? 0,
    })),
  };
}
