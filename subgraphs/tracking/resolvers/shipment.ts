import type { Milestone } from '#prisma/generated/client.ts';
import type { TrackingContext } from '../context.ts';
import type { ShipmentResolvers } from '../generated/schema.ts';
import type { MilestoneCode } from '../milestones.ts';
import { positionOf, trackOf } from '../positions/shipment-position.ts';
import { listEvents } from '../shipment-lists.ts';
import { alertsOfShipment } from './alerts.ts';
import { portOf, vesselOf } from './references.ts';

async function milestone(
  id: string,
  code: MilestoneCode,
  { loaders }: TrackingContext,
): Promise<Milestone | null> {
  const milestones = await loaders.milestonesOfShipment.load(id);
  return milestones.find((each) => each.code === code) ?? null;
}

export const shipmentResolvers = {
  __resolveReference: ({ id }, { loaders }) => loaders.shipment.load(id),
  carrier: ({ carrierScac }) => ({ scac: carrierScac }),
  origin: ({ origin }) => portOf(origin),
  destination: ({ destination }) => portOf(destination),
  vessel: ({ vesselImo }) => vesselOf(vesselImo),
  containers: ({ id }, _, { loaders }) => loaders.containersOfShipment.load(id),
  transportCalls: ({ id }, _, { loaders }) => loaders.transportCallsOfShipment.load(id),
  milestones: ({ id }, _, { loaders }) => loaders.milestonesOfShipment.load(id),
  departure: ({ id }, _, context) => milestone(id, 'DEPARTED', context),
  arrival: ({ id }, _, context) => milestone(id, 'ARRIVED', context),
  alerts: alertsOfShipment,
  events: ({ id }, page, context) => listEvents(context, id, page),
  viewers: ({ id }, _, { viewers }) => viewers.load(id),
  position: (shipment, _, context) => positionOf(shipment, context),
  track: (shipment, args, context) => trackOf(shipment, args, context),
} satisfies ShipmentResolvers;
