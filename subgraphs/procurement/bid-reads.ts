import type { Rows } from '#platform/database/database.ts';
import type { BidState } from '#prisma/generated/client.ts';
import type { BidScope } from './visibility.ts';

/** A bid as it is read. */
export interface BidRow {
  readonly id: string;
  /** The shipper that asked. */
  readonly tenantId: string;
  readonly rfqId: string;
  readonly laneId: string;
  readonly carrierScac: string;
  /** A plain decimal number. */
  readonly ratePerContainer: string;
  readonly currency: string;
  readonly transitDays: number;
  readonly state: BidState;
  readonly submittedAt: Date;
  /** When bidding closes and the bids are opened. */
  readonly opensAt: Date;
  /** When this was read, by the database's clock. */
  readonly readAt: Date;
}

/** One page of the bids of one request, newest first. */
export interface BidPage {
  readonly rfqId: string;
  /** 1 to 100. */
  readonly first: number;
  /** The last bid of the page before; null for the first page. */
  readonly after: { readonly submittedAt: string; readonly id: string } | null;
}

const COLUMNS = `bid.id, bid.tenant_id AS "tenantId", bid.rfq_id AS "rfqId", bid.lane_id AS "laneId", bid.carrier_scac AS "carrierScac",
  bid.rate_per_container::text AS "ratePerContainer", bid.currency, bid.transit_days AS "transitDays",
  bid.state, bid.submitted_at AS "submittedAt", rfq.bids_close_at AS "opensAt", clock_timestamp() AS "readAt"`;

/** Those of these bids that are in scope, in any order, in one statement. */
export async function readBids(
  pool: Rows['pool'],
  scope: BidScope,
  ids: readonly string[],
): Promise<BidRow[]> {
  const { rows } = await pool.query<BidRow>(
    `SELECT ${COLUMNS} FROM bid JOIN rfq ON rfq.id = bid.rfq_id
     WHERE bid.id = ANY ($2::uuid[]) AND ${scope.condition}`,
    [scope.value, ids, scope.beyond],
  );
  return rows;
}

/**
 * The bids in scope of each page, in order, one more than asked where there are more: all pages in one statement.
 * @returns as many lists as `pages`, in their order
 */
export async function readBidPages(
  pool: Rows['pool'],
  scope: BidScope,
  pages: readonly BidPage[],
): Promise<(readonly BidRow[])[]> {
  const { rows } = await pool.query<BidRow & { page: number }>(
    `SELECT asked.page::int, found.*
     FROM unnest($2::uuid[], $4::int[], $5::timestamptz[], $6::uuid[])
       WITH ORDINALITY AS asked (rfq_id, amount, after_at, after_id, page)
     CROSS JOIN LATERAL (
       SELECT ${COLUMNS} FROM bid JOIN rfq ON rfq.id = bid.rfq_id
       WHERE bid.rfq_id = asked.rfq_id AND ${scope.condition}
         AND (asked.after_at IS NULL OR (bid.submitted_at, bid.id) < (asked.after_at, asked.after_id))
       ORDER BY bid.submitted_at DESC, bid.id DESC
       LIMIT asked.amount
     ) AS found
     ORDER BY asked.page, found."submittedAt" DESC, found.id DESC`,
    [
      scope.value,
      pages.map((page) => page.rfqId),
      scope.beyond,
      pages.map((page) => page.first + 1),
      pages.map((page) => page.after?.submittedAt ?? null),
      pages.map((page) => page.after?.id ?? null),
    ],
  );
  const found: BidRow[][] = pages.map(() => []);
  for (const { page, ...bid } of rows) found[page - 1]?.push(bid);
  return found;
}
