import { awardBid } from '../award-bid.ts';
import { confirmBooking } from '../confirm-booking.ts';
import type { ProcurementContext } from '../context.ts';
import { draftRfq } from '../draft-rfq.ts';
import type { RfqDraft } from '../draft-rfq.ts';
import { publishRfq } from '../publish-rfq.ts';
import { requestBooking } from '../request-booking.ts';
import type { BookingRequest } from '../request-booking.ts';
import { submitBid } from '../submit-bid.ts';
import type { Offer } from '../submit-bid.ts';

type Arguments<T> = T & { readonly idempotencyKey: string };
type ConfirmArguments = Arguments<{ readonly id: string; readonly carrierBookingReference: string }>;

export const Mutation = {
  createRfq: (_: unknown, args: Arguments<{ input: RfqDraft }>, context: ProcurementContext) =>
    draftRfq(context, args.input, args.idempotencyKey),
  publishRfq: (_: unknown, args: Arguments<{ id: string }>, context: ProcurementContext) =>
    publishRfq(context, args.id, args.idempotencyKey),
  submitBid: (_: unknown, args: Arguments<{ input: Offer }>, context: ProcurementContext) =>
    submitBid(context, args.input, args.idempotencyKey),
  awardBid: (_: unknown, args: Arguments<{ bidId: string }>, context: ProcurementContext) =>
    awardBid(context, args.bidId, args.idempotencyKey),
  createBooking: (_: unknown, args: Arguments<{ input: BookingRequest }>, context: ProcurementContext) =>
    requestBooking(context, args.input, args.idempotencyKey),
  confirmBooking: (_: unknown, args: ConfirmArguments, context: ProcurementContext) =>
    confirmBooking(context, args.id, args.carrierBookingReference, args.idempotencyKey),
};
