import { loadExisting } from '#platform/graphql/load-existing.ts';
import type { ProcurementContext } from '../context.ts';
import type { Resolvers } from '../generated/schema.ts';
import { statesBefore } from '../rfq-state.ts';

/*
 * An outcome holds the ids of what it is about; the objects are read when they are asked for, with the caller's eyes.
 */

const rfq = ({ rfqId }: { readonly rfqId: string }, _: unknown, { loaders }: ProcurementContext) =>
  loadExisting(loaders.rfq, rfqId);
const bid = ({ bidId }: { readonly bidId: string }, _: unknown, { loaders }: ProcurementContext) =>
  loadExisting(loaders.bid, bidId);
const award = ({ awardId }: { readonly awardId: string }, _: unknown, { loaders }: ProcurementContext) =>
  loadExisting(loaders.award, awardId);
const booking = (
  { bookingId }: { readonly bookingId: string },
  _: unknown,
  { loaders }: ProcurementContext,
) => loadExisting(loaders.booking, bookingId);

const invoice = (
  { invoiceId }: { readonly invoiceId: string },
  _: unknown,
  { loaders }: ProcurementContext,
) => loadExisting(loaders.invoice, invoiceId);

export const outcomes = {
  RfqCreated: { rfq },
  RfqReferenceTaken: { rfq },
  RfqPublished: { rfq },
  RfqNotInState: { expected: ({ step }) => statesBefore(step) },
  BidSubmitted: { bid },
  BidAwarded: { award },
  LaneAlreadyAwarded: { award },
  BidReplaced: { bid },
  AwardApproved: { award },
  AwardRejected: { award },
  BookingRequested: { booking },
  ShipmentAlreadyBooked: { booking },
  BookingConfirmed: { booking },
  InvoiceSubmitted: { invoice },
  InvoiceNumberTaken: { invoice },
} satisfies Resolvers;
