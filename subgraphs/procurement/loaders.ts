import DataLoader from 'dataloader';
import type { Rows } from '#platform/database/database.ts';
import { isUuid } from '#platform/graphql/connection.ts';
import type {
  Award,
  Booking,
  CarrierContact,
  Invitation,
  Invoice,
  Lane,
  Rfq,
} from '#prisma/generated/client.ts';
import { readBidPages, readBids } from './bid-reads.ts';
import type { BidPage, BidRow } from './bid-reads.ts';
import { readContacts, readEngagements } from './carrier-contacts.ts';
import { MAX_INVOICES } from './submit-invoice.ts';
import { visibleTo } from './visibility.ts';
import type { Viewer } from './visibility.ts';

/** One request's way to rows by id and by parent: one statement for each batch, only what the caller may see. */
export interface Loaders {
  readonly rfq: DataLoader<string, Rfq | null>;
  readonly lane: DataLoader<string, Lane | null>;
  readonly invitation: DataLoader<string, Invitation | null>;
  readonly bid: DataLoader<string, BidRow | null>;
  readonly award: DataLoader<string, Award | null>;
  readonly booking: DataLoader<string, Booking | null>;
  readonly lanesOfRfq: DataLoader<string, Lane[]>;
  readonly invitationsOfRfq: DataLoader<string, Invitation[]>;
  /** Those that aren't rejected. */
  readonly awardsOfRfq: DataLoader<string, Award[]>;
  /** The latest first. */
  readonly rejectedAwardsOfRfq: DataLoader<string, Award[]>;
  /** Up to one bid more than asked, which tells that there are more. */
  readonly bidPage: DataLoader<BidPage, readonly BidRow[], string>;
  /** How many containers of an award are booked. */
  readonly bookedOfAward: DataLoader<string, number>;
  readonly bookingOfShipment: DataLoader<string, Booking | null>;
  readonly invoice: DataLoader<string, Invoice | null>;
  readonly invoicesOfBooking: DataLoader<string, Invoice[]>;
  readonly contactsOfCarrier: DataLoader<string, CarrierContact[]>;
  /** Whether the caller's tenant deals with a carrier, by SCAC. */
  readonly engagement: DataLoader<string, boolean>;
}

export function createLoaders(database: Rows, viewer: Viewer): Loaders {
  const { prisma, pool } = database;
  const visible = visibleTo(viewer);
  const oldestFirst = [{ requestedAt: 'asc' as const }, { id: 'asc' as const }];
  return {
    rfq: oneById((ids) => prisma.rfq.findMany({ where: { AND: [{ id: { in: ids } }, visible.rfqs] } })),
    lane: oneById((ids) => prisma.lane.findMany({ where: { AND: [{ id: { in: ids } }, visible.lanes] } })),
    invitation: oneById((ids) =>
      prisma.invitation.findMany({ where: { AND: [{ id: { in: ids } }, visible.invitations] } }),
    ),
    bid: oneById((ids) => readBids(pool, visible.bids, ids)),
    award: oneById((ids) => prisma.award.findMany({ where: { AND: [{ id: { in: ids } }, visible.awards] } })),
    booking: oneById((ids) =>
      prisma.booking.findMany({ where: { AND: [{ id: { in: ids } }, visible.bookings] } }),
    ),
    lanesOfRfq: manyOfRfq((ids) =>
      prisma.lane.findMany({
        where: { AND: [{ rfqId: { in: ids } }, visible.lanes] },
        orderBy: { ordinal: 'asc' },
      }),
    ),
    invitationsOfRfq: manyOfRfq((ids) =>
      prisma.invitation.findMany({
        where: { AND: [{ rfqId: { in: ids } }, visible.invitations] },
        orderBy: { carrierScac: 'asc' },
      }),
    ),
    awardsOfRfq: manyOfRfq((ids) =>
      prisma.award.findMany({
        where: { AND: [{ rfqId: { in: ids }, rejectedAt: null }, visible.awards] },
        orderBy: [{ awardedAt: 'asc' }, { id: 'asc' }],
      }),
    ),
    rejectedAwardsOfRfq: manyOfRfq((ids) =>
      prisma.award.findMany({
        where: { AND: [{ rfqId: { in: ids }, rejectedAt: { not: null } }, visible.awards] },
        orderBy: [{ rejectedAt: 'desc' }, { id: 'desc' }],
      }),
    ),
    bidPage: new DataLoader((pages) => readBidPages(pool, visible.bids, pages), {
      cacheKeyFn: ({ rfqId, first, after }) => JSON.stringify([rfqId, first, after?.submittedAt, after?.id]),
    }),
    bookedOfAward: new DataLoader(async (ids) => {
      const sums = await prisma.booking.groupBy({
        by: ['awardId'],
        where: { awardId: { in: [...ids] } },
        _sum: { containerCount: true },
      });
      const booked = new Map(sums.map((row) => [row.awardId, row._sum.containerCount ?? 0]));
      return ids.map((id) => booked.get(id) ?? 0);
    }),
    bookingOfShipment: byUuid(async (ids) => {
      const where = { AND: [{ shipmentId: { in: ids } }, visible.bookings] };
      const bookings = await prisma.booking.findMany({ where, orderBy: oldestFirst });
      return new Map(bookings.toReversed().map((booking) => [booking.shipmentId ?? '', booking]));
    }),
    invoice: oneById((ids) =>
      prisma.invoice.findMany({ where: { AND: [{ id: { in: ids } }, visible.invoices] } }),
    ),
    invoicesOfBooking: new DataLoader(async (ids) => {
      const where = { AND: [{ bookingId: { in: [...ids] } }, visible.invoices] };
      const rows = await prisma.invoice.findMany({ where, orderBy: [{ submittedAt: 'asc' }, { id: 'asc' }] });
      return ids.map((id) => rows.filter(({ bookingId }) => bookingId === id).slice(0, MAX_INVOICES));
    }),
    contactsOfCarrier: new DataLoader((scacs) => readContacts(database, scacs)),
    engagement: new DataLoader((scacs) => readEngagements(database, viewer.subject.tenant, scacs)),
  };
}

function oneById<Row extends { id: string }>(
  read: (ids: string[]) => Promise<Row[]>,
): DataLoader<string, Row | null> {
  return byUuid(async (ids) => new Map((await read(ids)).map((row) => [row.id, row])));
}

function manyOfRfq<Row extends { rfqId: string }>(
  read: (ids: string[]) => Promise<Row[]>,
): DataLoader<string, Row[]> {
  return new DataLoader(async (ids) => {
    const found = new Map<string, Row[]>(ids.map((id) => [id, []]));
    for (const row of await read([...ids])) found.get(row.rfqId)?.push(row);
    return ids.map((id) => found.get(id) ?? []);
  });
}

/** A loader by an id that a client may have made up: what is no UUID can't be there and isn't asked for. */
function byUuid<Row>(read: (ids: string[]) => Promise<Map<string, Row>>): DataLoader<string, Row | null> {
  return new DataLoader(
    async (ids) => {
      const keys = ids.map((id) => id.toLowerCase());
      const askable = keys.filter(isUuid);
      const found = askable.length === 0 ? new Map<string, Row>() : await read(askable);
      return keys.map((key) => found.get(key) ?? null);
    },
    { cacheKeyFn: (id) => id.toLowerCase() },
  );
}
