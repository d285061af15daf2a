import { randomUUID } from 'node:crypto';
import { badUserInput, fault, forbidden, notFound } from '#platform/errors.ts';
import type { Fault } from '#platform/errors.ts';
import { isUuid } from '#platform/graphql/connection.ts';
import type { ProcurementContext } from './context.ts';
import { decideOnce, readClock } from './decide-once.ts';
import type { Money } from './money.ts';
import type { BiddingClosed, RfqNotInState } from './publish-rfq.ts';
import { canTake } from './rfq-state.ts';
import { lockRfqForBidding } from './row-locks.ts';
import { moneyFaults, wholeNumberFault } from './value-faults.ts';
import { beyondChange } from './visibility.ts';

export interface Offer {
  readonly laneId: string;
  /** All-in, for one container. */
  readonly ratePerContainer: Money;
  readonly transitDays: number;
}

export type SubmitBidOutcome =
  { readonly __typename: 'BidSubmitted'; readonly bidId: string } | BiddingClosed | RfqNotInState;

/**
 * Takes the caller's carrier's offer for one lane in place of its earlier one.
 *
 * @throws {ApiError} BAD_USER_INPUT with every fault of the offer, NOT_FOUND when the carrier isn't invited to bid for
 * such a lane, CONFLICT as `once` says.
 */
export async function submitBid(
  context: ProcurementContext,
  offer: Offer,
  key: string,
): Promise<SubmitBidOutcome> {
  const { carrier, subject } = context.caller;
  if (carrier === null) throw forbidden();
  const faults = offerFaults(offer);
  if (faults.length > 0) throw badUserInput(...faults);
  if (!isUuid(offer.laneId)) throw notFound('lane', offer.laneId);
  return decideOnce<SubmitBidOutcome>(context, { mutation: 'submitBid', key, input: offer }, async (tx) => {
    const { laneId, ratePerContainer, transitDays } = offer;
    const beyond = beyondChange(context.access);
    const rfq = await lockRfqForBidding(tx, { carrierScac: carrier, beyond }, laneId);
    if (rfq === null) throw notFound('lane', laneId);
    if (ratePerContainer.currency !== rfq.currency) {
      const expected = `expected ${rfq.currency}, the currency of the request`;
      throw badUserInput(fault('ratePerContainer.currency', ratePerContainer.currency, expected));
    }
    const now = await readClock(tx);
    if (rfq.bidsCloseAt <= now)
      return { __typename: 'BiddingClosed', bidsCloseAt: rfq.bidsCloseAt.toISOString() };
    if (!canTake('bid', rfq.state)) return { __typename: 'RfqNotInState', state: rfq.state, step: 'bid' };
    await tx.bid.updateMany({
      where: { laneId, carrierScac: carrier, state: 'SUBMITTED' },
      data: { state: 'REPLACED' },
    });
    const bid = await tx.bid.create({
      data: {
        id: randomUUID(),
        tenantId: rfq.tenantId,
        rfqId: rfq.id,
        laneId,
        carrierScac: carrier,
        ratePerContainer: ratePerContainer.amount,
        currency: rfq.currency,
        transitDays,
        submittedBy: subject,
        submittedAt: now,
      },
      select: { id: true },
    });
    return { __typename: 'BidSubmitted', bidId: bid.id };
  });
}

/** Everything that is wrong with an offer by itself. */
export function offerFaults({ ratePerContainer, transitDays }: Offer): Fault[] {
  const faults = moneyFaults('ratePerContainer', ratePerContainer);
  const days = wholeNumberFault(transitDays, 1, 365);
  if (days !== null) faults.push(fault('transitDays', transitDays, days));
  return faults;
}
