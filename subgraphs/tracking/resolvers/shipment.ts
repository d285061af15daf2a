import type { Milestone, Shipment } from '#prisma/generated/client.ts';
import type { TrackingContext } from '../context.ts';
import type { MilestoneCode } from '../milestones.ts';
import { listEvents } from '../shipment-lists.ts';
import type { PageArguments } from '../shipment-lists.ts';
import { portOf, vesselOf } from './references.ts';

type Context = TrackingContext;

async function milestone(id: string, code: MilestoneCode, { loaders }: Context): Promise<Milestone | null> {
  const milestones = await loaders.milestonesOfShipment.load(id);
  return milestones.find((each) => each.code === code) ?? null;
}

export const shipmentResolvers = {
  __resolveReference: ({ id }: { id: string }, { loaders }: Context) => loaders.shipment.load(id),
  carrier: ({ carrierScac }: Shipment) => ({ scac: carrierScac }),
  origin: ({ origin }: Shipment) => portOf(origin),
  destination: ({ destination }: Shipment) => portOf(destination),
  vessel: ({ vesselImo }: Shipment) => vesselOf(vesselImo),
  containers: ({ id }: Shipment, _: unknown, { loaders }: Context) => loaders.containersOfShipment.load(id),
  transportCalls: ({ id }: Shipment, _: unknown, { loaders }: Context) =>
    loaders.transportCallsOfShipment.load(id),
  milestones: ({ id }: Shipment, _: unknown, { loaders }: Context) => loaders.milestonesOfShipment.load(id),
  departure: ({ id }: Shipment, _: unknown, context: Context) => milestone(id, 'DEPARTED', context),
  arrival: ({ id }: Shipment, _: unknown, context: Context) => milestone(id, 'ARRIVED', context),
  events: ({ id }: Shipment, page: PageArguments, context: Context) => listEvents(context, id, page),
  position: ({ latitude, longitude, positionObservedAt, speedKnots, courseDegrees }: Shipment) =>
    latitude === null || longitude === null || positionObservedAt === null
      ? null
      : { latitude, longitude, observedAt: positionObservedAt, speedKnots, courseDegrees },
};
