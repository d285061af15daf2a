import { notFound } from '#platform/errors.ts';
import { isUuid } from '#platform/graphql/connection.ts';
import type { ProcurementContext } from './context.ts';
import { decideOnce, readClock } from './decide-once.ts';
import { lockRfq } from './row-locks.ts';
import { afterPublishing, canTake } from './rfq-state.ts';
import type { RfqState, RfqStep } from './rfq-state.ts';

/** The request isn't in a state from which the step can be taken. */
export type RfqNotInState = Readonly<{ __typename: 'RfqNotInState'; state: RfqState; step: RfqStep }>;

/** Bids are no longer taken; `bidsCloseAt` is RFC 3339. */
export type BiddingClosed = Readonly<{ __typename: 'BiddingClosed'; bidsCloseAt: string }>;

export type PublishRfqOutcome =
  { readonly __typename: 'RfqPublished'; readonly rfqId: string } | RfqNotInState | BiddingClosed;

/**
 * Publishes a draft of the caller's tenant: from now on the invited carriers see it. A draft whose bidding would be over
 * before it began stays one.
 *
 * @throws {ApiError} NOT_FOUND, CONFLICT as `once` says.
 */
export async function publishRfq(
  context: ProcurementContext,
  rfqId: string,
  key: string,
): Promise<PublishRfqOutcome> {
  if (!isUuid(rfqId)) throw notFound('request for quotation', rfqId);
  return decideOnce<PublishRfqOutcome>(
    context,
    { mutation: 'publishRfq', key, input: { id: rfqId } },
    async (tx) => {
      const rfq = await lockRfq(tx, context.caller.tenant, rfqId);
      if (rfq === null) throw notFound('request for quotation', rfqId);
      if (!canTake('publish', rfq.state))
        return { __typename: 'RfqNotInState', state: rfq.state, step: 'publish' };
      const now = await readClock(tx);
      if (rfq.bidsCloseAt <= now)
        return { __typename: 'BiddingClosed', bidsCloseAt: rfq.bidsCloseAt.toISOString() };
      await tx.rfq.update({
        where: { id: rfq.id },
        data: { state: afterPublishing(rfq.state), publishedAt: now },
      });
      await tx.invitation.updateMany({ where: { rfqId: rfq.id }, data: { sentAt: now } });
      return { __typename: 'RfqPublished', rfqId: rfq.id };
    },
  );
}
