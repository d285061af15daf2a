import { loadExisting } from '#platform/graphql/load-existing.ts';
import type { Resolvers } from '../generated/schema.ts';
import { Position } from './positions.ts';
import { portOf, vesselOf } from './references.ts';

const port = ({ unLocationCode }: { readonly unLocationCode: string | null }) => portOf(unLocationCode);

/** What a shipment consists of. */
export const parts = {
  Container: {
    __resolveReference: ({ id }, { loaders }) => loaders.container.load(id),
    shipment: ({ shipmentId }, _, { loaders }) => loadExisting(loaders.shipment, shipmentId),
  },
  TransportCall: {
    __resolveReference: ({ id }, { loaders }) => loaders.transportCall.load(id),
    port,
    vessel: ({ vesselImo }) => vesselOf(vesselImo),
    arrival: (call) => ({
      planned: call.arrivalPlanned,
      estimated: call.arrivalEstimated,
      actual: call.arrivalActual,
    }),
    departure: (call) => ({
      planned: call.departurePlanned,
      estimated: call.departureEstimated,
      actual: call.departureActual,
    }),
  },
  Milestone: {
    port,
    estimates: async ({ shipmentId, ordinal, code }, _, { loaders }) => {
      const estimates = (await loaders.estimatesOfShipment.load(shipmentId))[ordinal];
      // Read a moment apart, one may know of an event that the other doesn't.
      if (estimates?.code !== code) return [];
      return estimates.estimates.map(({ estimated, madeAt, eventID }) => ({
        estimated: new Date(estimated),
        madeAt: new Date(madeAt),
        eventID,
      }));
    },
  },
  Position,
  TrackingEvent: {
    __resolveReference: ({ id }, { loaders }) => loaders.event.load(id),
    port,
  },
} satisfies Resolvers;
