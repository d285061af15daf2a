import type { Transaction } from '#platform/database/database.ts';
import type { AwardState, BookingState } from '#prisma/generated/client.ts';
import type { RfqState } from './rfq-state.ts';

/*
 * Who waits for whom. A bid holds its request shared and its carrier's invitation for itself: carriers bid side by
 * side, one carrier's bids follow each other. Publishing and awarding hold the request for themselves, so an award
 * finds every bid that was taken; an approval and a rejection hold the request too. A booking holds its award, a confirmation and an
 * invoice their booking. Each transaction locks
 * rows of the first of these tables before the next, so none waits in a circle.
 *
 * What is read beside a locked row comes from before the wait: read it in a statement of its own after the lock.
 *
 * Ids must be UUIDs: what isn't one can't be there, and Postgres would refuse it.
 */

/** A request that stays as it is until the transaction ends. */
export interface LockedRfq {
  readonly id: string;
  readonly tenantId: string;
  readonly state: RfqState;
  readonly currency: string;
  readonly bidsCloseAt: Date;
}

export interface LockedAward {
  readonly id: string;
  readonly carrierScac: string;
  /** A plain decimal number. */
  readonly ratePerContainer: string;
  readonly currency: string;
  readonly containerCount: number;
  readonly state: AwardState;
}

export interface LockedBooking {
  readonly id: string;
  readonly tenantId: string;
  readonly state: BookingState;
}

/** The tenant's own request, to be changed; null when there is none. */
export async function lockRfq(tx: Transaction, tenantId: string, rfqId: string): Promise<LockedRfq | null> {
  const [row] = await tx.$queryRaw<LockedRfq[]>`
    SELECT id, tenant_id AS "tenantId", state::text, currency, bids_close_at AS "bidsCloseAt"
    FROM rfq WHERE id = ${rfqId}::uuid AND tenant_id = ${tenantId}::uuid
    FOR UPDATE`;
  return row ?? null;
}

/**
 * The tenant's own request that a bid was made for, to be changed; null when there is none. The bid itself may still be
 * sealed.
 */
export async function lockRfqOfBid(
  tx: Transaction,
  tenantId: string,
  bidId: string,
): Promise<LockedRfq | null> {
  const [row] = await tx.$queryRaw<LockedRfq[]>`
    SELECT id, tenant_id AS "tenantId", state::text, currency, bids_close_at AS "bidsCloseAt"
    FROM rfq WHERE id = (SELECT rfq_of_bid(${bidId}::uuid)) AND tenant_id = ${tenantId}::uuid
    FOR UPDATE`;
  return row ?? null;
}

/** The tenant's own request that an award is made for, to be changed; null when there is none. */
export async function lockRfqOfAward(
  tx: Transaction,
  tenantId: string,
  awardId: string,
): Promise<LockedRfq | null> {
  const [row] = await tx.$queryRaw<LockedRfq[]>`
    SELECT rfq.id, rfq.tenant_id AS "tenantId", rfq.state::text, rfq.currency, rfq.bids_close_at AS "bidsCloseAt"
    FROM award JOIN rfq ON rfq.id = award.rfq_id
    WHERE award.id = ${awardId}::uuid AND award.tenant_id = ${tenantId}::uuid
    FOR UPDATE OF rfq`;
  return row ?? null;
}

/** A carrier whose people change something, and the tenants whose data they don't reach. */
export interface ChangingCarrier {
  readonly carrierScac: string;
  readonly beyond: readonly string[];
}

/** The published request of a lane that the carrier is invited to, to be bid for; null when there is none. */
export async function lockRfqForBidding(
  tx: Transaction,
  { carrierScac, beyond }: ChangingCarrier,
  laneId: string,
): Promise<LockedRfq | null> {
  const [row] = await tx.$queryRaw<LockedRfq[]>`
    SELECT rfq.id, rfq.tenant_id AS "tenantId", rfq.state::text, rfq.currency, rfq.bids_close_at AS "bidsCloseAt"
    FROM lane
    JOIN rfq ON rfq.id = lane.rfq_id
    JOIN invitation ON invitation.rfq_id = rfq.id AND invitation.carrier_scac = ${carrierScac}
    WHERE lane.id = ${laneId}::uuid AND rfq.state <> 'DRAFT' AND rfq.tenant_id <> ALL (${beyond}::uuid[])
    FOR SHARE OF rfq FOR UPDATE OF invitation`;
  return row ?? null;
}

/** The tenant's own award, to be booked; null when there is none. */
export async function lockAward(
  tx: Transaction,
  tenantId: string,
  awardId: string,
): Promise<LockedAward | null> {
  const [row] = await tx.$queryRaw<LockedAward[]>`
    SELECT id, carrier_scac AS "carrierScac", rate_per_container::text AS "ratePerContainer", currency,
      container_count AS "containerCount", state::text
    FROM award WHERE id = ${awardId}::uuid AND tenant_id = ${tenantId}::uuid
    FOR UPDATE`;
  return row ?? null;
}

/** The carrier's own booking, to be confirmed or invoiced; null when there is none. */
export async function lockBooking(
  tx: Transaction,
  { carrierScac, beyond }: ChangingCarrier,
  bookingId: string,
): Promise<LockedBooking | null> {
  const [row] = await tx.$queryRaw<LockedBooking[]>`
    SELECT id, tenant_id AS "tenantId", state::text
    FROM booking WHERE id = ${bookingId}::uuid AND carrier_scac = ${carrierScac}
      AND tenant_id <> ALL (${beyond}::uuid[])
    FOR UPDATE`;
  return row ?? null;
}
