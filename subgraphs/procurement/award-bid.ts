import { randomUUID } from 'node:crypto';
import { notFound } from '#platform/errors.ts';
import { isUuid } from '#platform/graphql/connection.ts';
import type { ProcurementContext } from './context.ts';
import { decideOnce, readClock } from './decide-once.ts';
import type { RfqNotInState } from './publish-rfq.ts';
import { canTake } from './rfq-state.ts';
import { lockRfqOfBid } from './row-locks.ts';

export type AwardBidOutcome =
  | { readonly __typename: 'BidAwarded'; readonly awardId: string }
  | { readonly __typename: 'LaneAlreadyAwarded'; readonly awardId: string }
  | { readonly __typename: 'BidReplaced'; readonly bidId: string }
  | {
      readonly __typename: 'BiddingStillOpen';
      /** RFC 3339. */
      readonly bidsCloseAt: string;
    }
  | RfqNotInState;

/**
 * Proposes to award a lane of the caller's tenant to a bid once bidding has closed: all containers of the lane. Until
 * somebody else approves it, no carrier learns of it. A proposal that was rejected doesn't stand in the way of another.
 *
 * @throws {ApiError} NOT_FOUND, CONFLICT as `once` says.
 */
export async function awardBid(
  context: ProcurementContext,
  bidId: string,
  key: string,
): Promise<AwardBidOutcome> {
  const { tenant, subject } = context.caller;
  if (!isUuid(bidId)) throw notFound('bid', bidId);
  return decideOnce<AwardBidOutcome>(context, { mutation: 'awardBid', key, input: { bidId } }, async (tx) => {
    const rfq = await lockRfqOfBid(tx, tenant, bidId);
    if (rfq === null) throw notFound('bid', bidId);
    const now = await readClock(tx);
    if (now < rfq.bidsCloseAt) {
      return { __typename: 'BiddingStillOpen', bidsCloseAt: rfq.bidsCloseAt.toISOString() };
    }
    const bid = await tx.bid.findUniqueOrThrow({ where: { id: bidId }, include: { lane: true } });
    const { laneId, lane, carrierScac, ratePerContainer, currency } = bid;
    const standing = await tx.award.findFirst({
      where: { laneId, rejectedAt: null },
      select: { id: true },
    });
    if (standing !== null) return { __typename: 'LaneAlreadyAwarded', awardId: standing.id };
    if (!canTake('award', rfq.state)) return { __typename: 'RfqNotInState', state: rfq.state, step: 'award' };
    if (bid.state !== 'SUBMITTED') {
      const counting = await tx.bid.findFirstOrThrow({
        where: { laneId, carrierScac, state: 'SUBMITTED' },
        select: { id: true },
      });
      return { __typename: 'BidReplaced', bidId: counting.id };
    }
    const award = await tx.award.create({
      data: {
        id: randomUUID(),
        tenantId: tenant,
        rfqId: rfq.id,
        laneId,
        bidId: bid.id,
        carrierScac,
        ratePerContainer,
        currency,
        containerCount: lane.containerCount,
        awardedBy: subject,
        awardedAt: now,
      },
      select: { id: true },
    });
    return { __typename: 'BidAwarded', awardId: award.id };
  });
}
