import { forbidden, notFound } from '#platform/errors.ts';
import { isUuid } from '#platform/graphql/connection.ts';
import type { AwardState } from '#prisma/generated/client.ts';
import type { ProcurementContext } from './context.ts';
import { decideOnce, readClock } from './decide-once.ts';
import { proposal } from './policy/resources.ts';
import { byAnother } from './policy/separation-of-duties.ts';
import { afterAwarding } from './rfq-state.ts';
import { lockRfqOfAward } from './row-locks.ts';

/** The award isn't waiting for a decision. */
export type AwardNotProposed = Readonly<{ __typename: 'AwardNotProposed'; state: AwardState }>;

export type ApproveAwardOutcome =
  { readonly __typename: 'AwardApproved'; readonly awardId: string } | AwardNotProposed;

/**
 * Approves an award of the caller's tenant that somebody else has proposed: its bid wins all containers of the lane, the
 * other carriers' bids for it lose.
 *
 * @throws {ApiError} NOT_FOUND, FORBIDDEN to whoever proposed it, CONFLICT as `once` says.
 */
export async function approveAward(
  context: ProcurementContext,
  awardId: string,
  key: string,
): Promise<ApproveAwardOutcome> {
  const { actor } = context.access;
  if (!isUuid(awardId)) throw notFound('award', awardId);
  const request = { mutation: 'approveAward', key, input: { id: awardId } };
  return decideOnce<ApproveAwardOutcome>(context, request, async (tx) => {
    const rfq = await lockRfqOfAward(tx, actor.tenant, awardId);
    if (rfq === null) throw notFound('award', awardId);
    const award = await tx.award.findUniqueOrThrow({ where: { id: awardId } });
    if (!byAnother(proposal(actor, award)).allowed) throw forbidden();
    if (award.state !== 'PROPOSED') return { __typename: 'AwardNotProposed', state: award.state };
    const { laneId, bidId } = award;
    await tx.award.update({
      where: { id: awardId },
      data: { state: 'APPROVED', approvedBy: actor.id, approvedAt: await readClock(tx) },
    });
    await tx.bid.update({ where: { id: bidId }, data: { state: 'AWARDED' } });
    await tx.bid.updateMany({ where: { laneId, state: 'SUBMITTED' }, data: { state: 'LOST' } });
    const awarded = await tx.award.count({ where: { rfqId: rfq.id, state: 'APPROVED' } });
    const lanes = await tx.lane.count({ where: { rfqId: rfq.id } });
    await tx.rfq.update({
      where: { id: rfq.id },
      data: { state: afterAwarding(rfq.state, awarded, lanes) },
    });
    return { __typename: 'AwardApproved', awardId };
  });
}
