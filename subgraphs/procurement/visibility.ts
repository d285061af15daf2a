import type { Caller } from '#platform/auth/caller.ts';
import type { Prisma } from '#prisma/generated/client.ts';

/** Which rows a caller may see. What it may not see looks exactly like what isn't there. */
export interface Visibility {
  readonly rfqs: Prisma.RfqWhereInput;
  readonly lanes: Prisma.LaneWhereInput;
  readonly invitations: Prisma.InvitationWhereInput;
  readonly awards: Prisma.AwardWhereInput;
  readonly bookings: Prisma.BookingWhereInput;
  readonly bids: BidScope;
}

/** Bids are read in SQL: whether bidding has closed is judged by the database's clock. */
export interface BidScope {
  /** A condition on the tables `bid` and `rfq`; `$1` stands for `value`. */
  readonly condition: string;
  readonly value: string;
}

/**
 * A shipper's people see what is their tenant's own, but its bids only after bidding has closed. A carrier's people see
 * the published requests that the carrier is invited to, and of everything else only the carrier's own. Others see nothing.
 */
export function visibleTo(caller: Caller): Visibility {
  if (caller.organisation === 'SHIPPER') return ofShipper(caller.tenant);
  if (caller.organisation === 'CARRIER' && caller.carrier !== null) return ofCarrier(caller.carrier);
  return NOTHING;
}

function ofShipper(tenantId: string): Visibility {
  return {
    rfqs: { tenantId },
    lanes: { tenantId },
    invitations: { tenantId },
    awards: { tenantId },
    bookings: { tenantId },
    bids: {
      condition: 'bid.tenant_id = $1::uuid AND rfq.bids_close_at <= clock_timestamp()',
      value: tenantId,
    },
  };
}

function ofCarrier(carrierScac: string): Visibility {
  const published = { state: { not: 'DRAFT' } } satisfies Prisma.RfqWhereInput;
  const rfq = { ...published, invitations: { some: { carrierScac } } } satisfies Prisma.RfqWhereInput;
  return {
    rfqs: rfq,
    lanes: { rfq },
    invitations: { carrierScac, rfq: published },
    awards: { carrierScac },
    bookings: { carrierScac },
    bids: { condition: 'bid.carrier_scac = $1', value: carrierScac },
  };
}

const NOTHING: Visibility = {
  rfqs: { id: { in: [] } },
  lanes: { id: { in: [] } },
  invitations: { id: { in: [] } },
  awards: { id: { in: [] } },
  bookings: { id: { in: [] } },
  bids: { condition: '$1::text IS NULL', value: '' },
};
