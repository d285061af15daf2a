import type { Container, Milestone, TransportCall } from '#prisma/generated/client.ts';
import type { TrackingContext } from '../context.ts';
import type { TrackingEvent } from '../tracking-event.ts';
import { portOf, vesselOf } from './references.ts';

interface Reference {
  readonly id: string;
}

const port = ({ unLocationCode }: { unLocationCode: string | null }) => portOf(unLocationCode);

/** What a shipment consists of. */
export const parts = {
  Container: {
    __resolveReference: ({ id }: Reference, { loaders }: TrackingContext) => loaders.container.load(id),
    shipment: ({ shipmentId }: Container, _: unknown, { loaders }: TrackingContext) =>
      loaders.shipment.load(shipmentId),
  },
  TransportCall: {
    __resolveReference: ({ id }: Reference, { loaders }: TrackingContext) => loaders.transportCall.load(id),
    port,
    vessel: ({ vesselImo }: TransportCall) => vesselOf(vesselImo),
    arrival: (call: TransportCall) => ({
      planned: call.arrivalPlanned,
      estimated: call.arrivalEstimated,
      actual: call.arrivalActual,
    }),
    departure: (call: TransportCall) => ({
      planned: call.departurePlanned,
      estimated: call.departureEstimated,
      actual: call.departureActual,
    }),
  },
  Milestone: { port: (milestone: Milestone) => port(milestone) },
  TrackingEvent: {
    __resolveReference: ({ id }: Reference, { loaders }: TrackingContext) => loaders.event.load(id),
    port: (event: TrackingEvent) => port(event),
  },
};
