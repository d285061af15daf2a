import {
  decodeCursor,
  encodeCursor,
  isInstant,
  isUuid,
  pageSize,
  toConnection,
} from '#platform/graphql/connection.ts';
import type { Connection } from '#platform/graphql/connection.ts';
import type { Booking, Rfq } from '#prisma/generated/client.ts';
import type { BidRow } from './bid-reads.ts';
import type { ProcurementContext } from './context.ts';
import type { RfqState } from './rfq-state.ts';
import { visibleTo } from './visibility.ts';

/** Which page of a list. */
export interface PageArguments {
  readonly first: number;
  readonly after?: string | null;
}

/** Where a row stands in a list that is ordered by an instant and an id, newest first. */
interface Position {
  readonly instant: string;
  readonly id: string;
}

/**
 * The requests for quotation that the caller may see, newest first.
 *
 * @param states only those in any of these; null for all.
 * @throws {ApiError} BAD_USER_INPUT for a page size or cursor that isn't one.
 */
export async function listRfqs(
  { access, database }: ProcurementContext,
  page: PageArguments,
  states: readonly RfqState[] | null,
): Promise<Connection<Rfq>> {
  const first = pageSize(page.first);
  const after = positionOf(page.after);
  const rows = await database.prisma.rfq.findMany({
    where: {
      AND: [
        visibleTo(access).rfqs,
        states === null ? {} : { state: { in: [...states] } },
        after === null
          ? {}
          : {
              createdAt: { lte: after.instant },
              OR: [{ createdAt: { lt: after.instant } }, { id: { lt: after.id } }],
            },
      ],
    },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: first + 1,
  });
  return toConnection(rows, first, page.after, (rfq) => cursorOf(rfq.createdAt, rfq.id));
}

/** The bookings that the caller may see, newest first. @throws {ApiError} as `listRfqs`. */
export async function listBookings(
  { access, database }: ProcurementContext,
  page: PageArguments,
): Promise<Connection<Booking>> {
  const first = pageSize(page.first);
  const after = positionOf(page.after);
  const rows = await database.prisma.booking.findMany({
    where: {
      AND: [
        visibleTo(access).bookings,
        after === null
          ? {}
          : {
              requestedAt: { lte: after.instant },
              OR: [{ requestedAt: { lt: after.instant } }, { id: { lt: after.id } }],
            },
      ],
    },
    orderBy: [{ requestedAt: 'desc' }, { id: 'desc' }],
    take: first + 1,
  });
  return toConnection(rows, first, page.after, (booking) => cursorOf(booking.requestedAt, booking.id));
}

/** The bids for a request that the caller may see, newest first. @throws {ApiError} as `listRfqs`. */
export async function listBids(
  { loaders }: ProcurementContext,
  rfqId: string,
  page: PageArguments,
): Promise<Connection<BidRow>> {
  const first = pageSize(page.first);
  const after = positionOf(page.after);
  const rows = await loaders.bidPage.load({
    rfqId,
    first,
    after: after && { submittedAt: after.instant, id: after.id },
  });
  return toConnection(rows, first, page.after, (bid) => cursorOf(bid.submittedAt, bid.id));
}

function cursorOf(instant: Date, id: string): string {
  return encodeCursor(instant.toISOString(), id);
}

function positionOf(cursor: string | null | undefined): Position | null {
  const [instant, id] = decodeCursor(cursor, isInstant, isUuid) ?? [];
  return instant === undefined || id === undefined ? null : { instant, id };
}
