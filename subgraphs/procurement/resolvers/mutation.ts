import { approveAward } from '../approve-award.ts';
import { awardBid } from '../award-bid.ts';
import { confirmBooking } from '../confirm-booking.ts';
import { draftRfq } from '../draft-rfq.ts';
import type { MutationResolvers } from '../generated/schema.ts';
import { publishRfq } from '../publish-rfq.ts';
import { rejectAward } from '../reject-award.ts';
import { requestBooking } from '../request-booking.ts';
import { submitBid } from '../submit-bid.ts';
import { submitInvoice } from '../submit-invoice.ts';

export const Mutation = {
  createRfq: (_, { input, idempotencyKey }, context) => draftRfq(context, input, idempotencyKey),
  publishRfq: (_, { id, idempotencyKey }, context) => publishRfq(context, id, idempotencyKey),
  submitBid: (_, { input, idempotencyKey }, context) => submitBid(context, input, idempotencyKey),
  awardBid: (_, { bidId, idempotencyKey }, context) => awardBid(context, bidId, idempotencyKey),
  approveAward: (_, { id, idempotencyKey }, context) => approveAward(context, id, idempotencyKey),
  rejectAward: (_, { id, reason, idempotencyKey }, context) =>
    rejectAward(context, { id, reason }, idempotencyKey),
  createBooking: (_, { input, idempotencyKey }, context) => requestBooking(context, input, idempotencyKey),
  confirmBooking: (_, { id, carrierBookingReference, idempotencyKey }, context) =>
    confirmBooking(context, id, carrierBookingReference, idempotencyKey),
  submitInvoice: (_, { input, idempotencyKey }, context) => submitInvoice(context, input, idempotencyKey),
} satisfies MutationResolvers;
