import DataLoader from 'dataloader';
import type { Caller } from '#platform/auth/caller.ts';
import type { Rows } from '#platform/database/database.ts';
import { isUuid } from '#platform/graphql/connection.ts';
import type { Container, Milestone, Shipment, TransportCall } from '#prisma/generated/client.ts';
import { createAlertLoaders } from './alerts/alert-loaders.ts';
import type { AlertLoaders } from './alerts/alert-loaders.ts';
import { readCountingEvents, readEventPages } from './event-pages.ts';
import type { EventPage } from './event-pages.ts';
import { storedEvent } from './ingestion/stored-event.ts';
import { estimatesOfMilestones } from './milestone-estimates.ts';
import type { MilestoneEstimates } from './milestone-estimates.ts';
import { trackingEventOf } from './tracking-event.ts';
import type { TrackingEvent } from './tracking-event.ts';

/** One request's way to rows by id and by shipment: one statement for each batch, only the caller's tenant. */
export interface Loaders extends AlertLoaders {
  readonly shipment: DataLoader<string, Shipment | null>;
  readonly container: DataLoader<string, Container | null>;
  readonly transportCall: DataLoader<string, TransportCall | null>;
  readonly event: DataLoader<string, TrackingEvent | null>;
  readonly containersOfShipment: DataLoader<string, Container[]>;
  readonly transportCallsOfShipment: DataLoader<string, TransportCall[]>;
  readonly milestonesOfShipment: DataLoader<string, Milestone[]>;
  /** How the estimates of its milestones moved, in the order of the milestones. */
  readonly estimatesOfShipment: DataLoader<string, readonly MilestoneEstimates[]>;
  /** Up to one event more than asked, which tells that there are more. */
  readonly eventPage: DataLoader<EventPage, TrackingEvent[], string>;
}

export function createLoaders(database: Rows, caller: Caller): Loaders {
  const { prisma } = database;
  const { tenant: tenantId } = caller;
  const byIds = (ids: string[]) => ({ where: { tenantId, id: { in: ids } } });
  const ofShipments = (ids: string[]) => ({ tenantId, shipmentId: { in: ids } });
  const shipment = oneById((ids) => prisma.shipment.findMany(byIds(ids)));
  const containersOfShipment = manyOfShipment((ids) =>
    prisma.container.findMany({ where: ofShipments(ids), orderBy: { equipmentReference: 'asc' } }),
  );
  const countingEvents = manyOfShipment((ids) => readCountingEvents(prisma, tenantId, ids));
  return {
    shipment,
    container: oneById((ids) => prisma.container.findMany(byIds(ids))),
    transportCall: oneById((ids) => prisma.transportCall.findMany(byIds(ids))),
    event: oneById(async (ids) => {
      const rows = await prisma.event.findMany(byIds(ids));
      return rows.map((row) => trackingEventOf(storedEvent(row)));
    }),
    containersOfShipment,
    transportCallsOfShipment: manyOfShipment((ids) =>
      prisma.transportCall.findMany({ where: ofShipments(ids), orderBy: { sequence: 'asc' } }),
    ),
    milestonesOfShipment: manyOfShipment((ids) =>
      prisma.milestone.findMany({ where: ofShipments(ids), orderBy: { ordinal: 'asc' } }),
    ),
    estimatesOfShipment: new DataLoader((ids) =>
      Promise.all(
        ids.map(async (id) => {
          const [plan, of, events] = await Promise.all([
            shipment.load(id),
            containersOfShipment.load(id),
            countingEvents.load(id),
          ]);
          const containers = of.map(({ equipmentReference }) => equipmentReference);
          return plan === null ? [] : estimatesOfMilestones({ ...plan, containers }, events);
        }),
      ),
    ),
    eventPage: new DataLoader((pages) => readEventPages(prisma, tenantId, pages), {
      cacheKeyFn: ({ shipmentId, first, after }) => JSON.stringify([shipmentId, first, after]),
    }),
    ...createAlertLoaders(database, caller),
  };
}

/** By an id that a client may have made up: what is no UUID can't be there and isn't asked for. */
function oneById<Row extends { id: string }>(
  read: (ids: string[]) => Promise<Row[]>,
): DataLoader<string, Row | null> {
  return new DataLoader(
    async (ids) => {
      const keys = ids.map((id) => id.toLowerCase());
      const askable = keys.filter(isUuid);
      const rows = askable.length === 0 ? [] : await read(askable);
      const found = new Map(rows.map((row) => [row.id, row]));
      return keys.map((key) => found.get(key) ?? null);
    },
    { cacheKeyFn: (id) => id.toLowerCase() },
  );
}

function manyOfShipment<Row extends { shipmentId: string }>(
  read: (ids: string[]) => Promise<Row[]>,
): DataLoader<string, Row[]> {
  return new DataLoader(async (ids) => {
    const found = new Map<string, Row[]>(ids.map((id) => [id, []]));
    for (const row of await read([...ids])) found.get(row.shipmentId)?.push(row);
    return ids.map((id) => found.get(id) ?? []);
  });
}
