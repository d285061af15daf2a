import { DeadLetterFields, deadLetterMutations } from './dead-letters.ts';
import { EventFault, EventReportResult, reportEvents } from './events.ts';
import type { TrackingContext } from '../context.ts';
import { createShipment } from '../create-shipment.ts';
import type { CreationOutcome } from '../create-shipment.ts';
import type { ShipmentInput } from '../shipment-input.ts';

interface CreateShipmentArguments {
  readonly input: ShipmentInput;
  readonly idempotencyKey: string;
}

const shipment = ({ shipmentId }: CreationOutcome, _: unknown, { loaders }: TrackingContext) =>
  loaders.shipment.load(shipmentId);

export const Mutation = {
  ...deadLetterMutations,
  reportEvents,
  createShipment: (_: unknown, args: CreateShipmentArguments, context: TrackingContext) =>
    createShipment(context, args.input, args.idempotencyKey),
};

/** How mutations end; the objects are read when they are asked for, with the caller's eyes. */
export const outcomes = {
  DeadLetter: DeadLetterFields,
  EventReportResult,
  EventFault,
  ShipmentCreated: { shipment },
  ShipmentReferenceTaken: { shipment },
};
