import type { AwardBidOutcome } from './award-bid.ts';
import type { ConfirmBookingOutcome } from './confirm-booking.ts';
import type { DraftRfqOutcome } from './draft-rfq.ts';
import type { PublishRfqOutcome } from './publish-rfq.ts';
import type { RequestBookingOutcome } from './request-booking.ts';
import type { SubmitBidOutcome } from './submit-bid.ts';

type AnyOutcome =
  | DraftRfqOutcome
  | PublishRfqOutcome
  | SubmitBidOutcome
  | AwardBidOutcome
  | RequestBookingOutcome
  | ConfirmBookingOutcome;

/** What is kept of a decision whose result has this type in the schema. */
export type DecisionOutcome<TypeName extends AnyOutcome['__typename']> = Extract<
  AnyOutcome,
  { readonly __typename: TypeName }
>;
