import { loadExisting } from '#platform/graphql/load-existing.ts';
import type { TrackingContext } from '../context.ts';
import { createShipment } from '../create-shipment.ts';
import type { CreationOutcome } from '../create-shipment.ts';
import type { MutationResolvers, Resolvers } from '../generated/schema.ts';
import { alertMutations, alertParts } from './alerts.ts';
import { DeadLetterFields, deadLetterMutations } from './dead-letters.ts';
import { EventFault, EventReportResult, reportEvents } from './events.ts';
import { PositionReportResult, reportPositions } from './positions.ts';

const shipment = ({ shipmentId }: CreationOutcome, _: unknown, { loaders }: TrackingContext) =>
  loadExisting(loaders.shipment, shipmentId);

export const Mutation = {
  ...alertMutations,
  ...deadLetterMutations,
  reportEvents,
  reportPositions,
  createShipment: (_, { input, idempotencyKey }, context) => createShipment(context, input, idempotencyKey),
} satisfies MutationResolvers;

/** How mutations end; the objects are read when they are asked for, with the caller's eyes. */
export const outcomes = {
  ...alertParts,
  DeadLetter: DeadLetterFields,
  EventReportResult,
  EventFault,
  PositionReportResult,
  ShipmentCreated: { shipment },
  ShipmentReferenceTaken: { shipment },
} satisfies Resolvers;
