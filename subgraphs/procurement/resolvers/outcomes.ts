import type { ProcurementContext } from '../context.ts';
import { statesBefore } from '../rfq-state.ts';
import type { RfqStep } from '../rfq-state.ts';

/*
 * An outcome holds the ids of what it is about; the objects are read when they are asked for, with the caller's eyes.
 */

const rfq = ({ rfqId }: { rfqId: string }, _: unknown, { loaders }: ProcurementContext) =>
  loaders.rfq.load(rfqId);
const bid = ({ bidId }: { bidId: string }, _: unknown, { loaders }: ProcurementContext) =>
  loaders.bid.load(bidId);
const award = ({ awardId }: { awardId: string }, _: unknown, { loaders }: ProcurementContext) =>
  loaders.award.load(awardId);
const booking = ({ bookingId }: { bookingId: string }, _: unknown, { loaders }: ProcurementContext) =>
  loaders.booking.load(bookingId);

export const outcomes = {
  RfqCreated: { rfq },
  RfqReferenceTaken: { rfq },
  RfqPublished: { rfq },
  RfqNotInState: { expected: ({ step }: { step: RfqStep }) => statesBefore(step) },
  BidSubmitted: { bid },
  BidAwarded: { award },
  LaneAlreadyAwarded: { award },
  BidReplaced: { bid },
  BookingRequested: { booking },
  ShipmentAlreadyBooked: { booking },
  BookingConfirmed: { booking },
};
