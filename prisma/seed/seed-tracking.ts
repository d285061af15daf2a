import type { Database } from '#platform/database/database.ts';
import { projectShipment } from '#subgraphs/tracking/projection.ts';
import { fixedUuid } from '#tools/demo/chance.ts';
import { seedAlertRules } from './seed-alert-rules.ts';
import { beginningOf, demoShipments, SAMPLE_SHIPMENT_ID, type SeededShipment } from './demo-shipments.ts';

export interface TrackingSeed {
  /** When the demo began: now, unless it was seeded before; milliseconds since 1970. */
  readonly beginning: number;
  /** How many shipments were added. */
  readonly added: number;
}

/**
 * Adds the demo's alert rules, and its shipments as `createShipment` would: booked, with the milestones that follow
 * from the plan. What is there already stays as it is.
 */
export async function seedTracking({ prisma }: Database, now: number): Promise<TrackingSeed> {
  const sample = await prisma.shipment.findUnique({ where: { id: SAMPLE_SHIPMENT_ID } });
  if (sample) return { beginning: beginningOf(sample), added: 0 };
  const shipments = demoShipments(now);
  return prisma.$transaction(async (tx) => {
    const { count: added } = await tx.shipment.createMany({
      data: shipments.map(({ containers: _apart, ...columns }) => ({
        ...columns,
        updatedAt: columns.createdAt,
      })),
      skipDuplicates: true,
    });
    // Another process may have been first, or a reference may be taken: what belongs to the rows that are there.
    const stored = await tx.shipment.findMany({
      where: { id: { in: shipments.map(({ id }) => id) } },
      select: { id: true, createdAt: true },
    });
    const ids = new Set(stored.map(({ id }) => id));
    const present = shipments.filter(({ id }) => ids.has(id));
    await tx.container.createMany({ data: present.flatMap(containerRows), skipDuplicates: true });
    await tx.milestone.createMany({ data: present.flatMap(milestoneRows), skipDuplicates: true });
    await seedAlertRules(tx, now);
    const first = stored.find(({ id }) => id === SAMPLE_SHIPMENT_ID);
    return { beginning: first ? beginningOf(first) : now, added };
  });
}

function containerRows({ id: shipmentId, tenantId, containers }: SeededShipment) {
  return containers.map((container) => ({
    ...container,
    id: fixedUuid('container', shipmentId, container.equipmentReference),
    tenantId,
    shipmentId,
  }));
}

function milestoneRows({ id: shipmentId, tenantId, containers, ...shipment }: SeededShipment) {
  const plan = { ...shipment, containers: containers.map(({ equipmentReference }) => equipmentReference) };
  return projectShipment(plan, []).milestones.map((milestone, ordinal) => ({
    ...milestone,
    tenantId,
    shipmentId,
    ordinal,
  }));
}
