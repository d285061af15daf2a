import type { Access } from '#platform/policy/access.ts';
import { regionsOfChange } from '#platform/policy/residency.ts';
import type { Prisma } from '#prisma/generated/client.ts';

/** Which rows a caller may see. What it may not see looks exactly like what isn't there. */
export interface Visibility {
  readonly rfqs: Prisma.RfqWhereInput;
  readonly lanes: Prisma.LaneWhereInput;
  readonly invitations: Prisma.InvitationWhereInput;
  readonly awards: Prisma.AwardWhereInput;
  readonly bookings: Prisma.BookingWhereInput;
  readonly invoices: Prisma.InvoiceWhereInput;
  readonly bids: BidScope;
}

/** Bids are read in SQL: whether bidding has closed is judged by the database's clock. */
export interface BidScope {
  /** A condition on the tables `bid` and `rfq`; `$1` stands for `value`, `$3` for `beyond`. */
  readonly condition: string;
  readonly value: string;
  /** Tenants whose bids aren't read. */
  readonly beyond: readonly string[];
}

/** What visibility depends on: nothing that tells one person from another. */
export type Viewer = Pick<Access, 'subject' | 'residency'>;

/**
 * A shipper's people see what is their tenant's own, but its bids only after bidding has closed. A carrier's people see
 * the published requests that the carrier is invited to, and of everything else only the carrier's own; of awards, only
 * approved ones. Others see nothing. Nobody sees data that are bound to a region that isn't the caller's.
 */
export function visibleTo({ subject, residency }: Viewer): Visibility {
  const { organisation, tenant, carrier, regions } = subject;
  const beyond = residency.beyond(regions);
  if (organisation === 'SHIPPER' && !beyond.includes(tenant)) return ofShipper(tenant);
  if (organisation === 'CARRIER' && carrier !== null) return ofCarrier(carrier, beyond);
  return NOTHING;
}

/** The tenants whose data a change by this caller doesn't reach. */
export function beyondChange(access: Access): readonly string[] {
  return access.residency.beyond(regionsOfChange(access));
}

function ofShipper(tenantId: string): Visibility {
  return {
    rfqs: { tenantId },
    lanes: { tenantId },
    invitations: { tenantId },
    awards: { tenantId },
    bookings: { tenantId },
    invoices: { tenantId },
    bids: {
      condition: `bid.tenant_id = $1::uuid AND bid.tenant_id <> ALL ($3::uuid[])
        AND rfq.bids_close_at <= clock_timestamp()`,
      value: tenantId,
      beyond: [],
    },
  };
}

function ofCarrier(carrierScac: string, beyond: readonly string[]): Visibility {
  const within = beyond.length === 0 ? {} : { tenantId: { notIn: [...beyond] } };
  const published = { state: { not: 'DRAFT' }, ...within } satisfies Prisma.RfqWhereInput;
  const rfq = { ...published, invitations: { some: { carrierScac } } } satisfies Prisma.RfqWhereInput;
  return {
    rfqs: rfq,
    lanes: { rfq },
    invitations: { carrierScac, rfq: published },
    awards: { carrierScac, state: 'APPROVED', ...within },
    bookings: { carrierScac, ...within },
    invoices: { carrierScac, ...within },
    bids: {
      condition: 'bid.carrier_scac = $1 AND bid.tenant_id <> ALL ($3::uuid[])',
      value: carrierScac,
      beyond,
    },
  };
}

const NOTHING: Visibility = {
  rfqs: { id: { in: [] } },
  lanes: { id: { in: [] } },
  invitations: { id: { in: [] } },
  awards: { id: { in: [] } },
  bookings: { id: { in: [] } },
  invoices: { id: { in: [] } },
  bids: { condition: '$1::text IS NULL AND $3::uuid[] IS NULL', value: '', beyond: [] },
};
