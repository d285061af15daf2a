import type { ApproveAwardOutcome } from './approve-award.ts';
import type { AwardBidOutcome } from './award-bid.ts';
import type { ConfirmBookingOutcome } from './confirm-booking.ts';
import type { DraftRfqOutcome } from './draft-rfq.ts';
import type { PublishRfqOutcome } from './publish-rfq.ts';
import type { RejectAwardOutcome } from './reject-award.ts';
import type { RequestBookingOutcome } from './request-booking.ts';
import type { SubmitBidOutcome } from './submit-bid.ts';
import type { SubmitInvoiceOutcome } from './submit-invoice.ts';

type AnyOutcome =
  | DraftRfqOutcome
  | PublishRfqOutcome
  | SubmitBidOutcome
  | AwardBidOutcome
  | ApproveAwardOutcome
  | RejectAwardOutcome
  | RequestBookingOutcome
  | ConfirmBookingOutcome
  | SubmitInvoiceOutcome;

/** What is kept of a decision whose result has this type in the schema. */
export type DecisionOutcome<TypeName extends AnyOutcome['__typename']> = Extract<
  AnyOutcome,
  { readonly __typename: TypeName }
>;
