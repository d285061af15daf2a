import { badUserInput, fault, notFound } from '#platform/errors.ts';
import { isUuid } from '#platform/graphql/connection.ts';
import type { AwardNotProposed } from './approve-award.ts';
import type { ProcurementContext } from './context.ts';
import { decideOnce, readClock } from './decide-once.ts';
import { lockRfqOfAward } from './row-locks.ts';
import { textFault } from './value-faults.ts';

export interface Rejection {
  readonly id: string;
  /** For whoever proposed the award. */
  readonly reason: string;
}

export type RejectAwardOutcome =
  { readonly __typename: 'AwardRejected'; readonly awardId: string } | AwardNotProposed;

const MAX_REASON_LENGTH = 500;

/**
 * Turns down a proposed award of the caller's tenant: its lane can be awarded again, to whichever bid. No carrier learns of
 * it, and the bids stay as they are.
 *
 * @throws {ApiError} BAD_USER_INPUT, NOT_FOUND, CONFLICT as `once` says.
 */
export async function rejectAward(
  context: ProcurementContext,
  rejection: Rejection,
  key: string,
): Promise<RejectAwardOutcome> {
  const { actor } = context.access;
  const { id, reason } = rejection;
  const unclear = textFault(reason, MAX_REASON_LENGTH);
  if (unclear !== null) throw badUserInput(fault('reason', reason, unclear));
  if (!isUuid(id)) throw notFound('award', id);
  const request = { mutation: 'rejectAward', key, input: rejection };
  return decideOnce<RejectAwardOutcome>(context, request, async (tx) => {
    const rfq = await lockRfqOfAward(tx, actor.tenant, id);
    if (rfq === null) throw notFound('award', id);
    const { state } = await tx.award.findUniqueOrThrow({ where: { id }, select: { state: true } });
    if (state !== 'PROPOSED') return { __typename: 'AwardNotProposed', state };
    await tx.award.update({
      where: { id },
      data: {
        state: 'REJECTED',
        rejectedBy: actor.id,
        rejectedAt: await readClock(tx),
        rejectionReason: reason,
      },
    });
    return { __typename: 'AwardRejected', awardId: id };
  });
}
