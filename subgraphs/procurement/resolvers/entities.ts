import type { Award, Booking, Invitation, Lane, Rfq } from '#prisma/generated/client.ts';
import type { BidRow } from '../bid-reads.ts';
import type { ProcurementContext } from '../context.ts';
import { listBids } from '../lists.ts';
import type { PageArguments } from '../lists.ts';
import { money, times } from '../money.ts';

type Context = ProcurementContext;
interface Reference {
  readonly id: string;
}
interface Rated {
  readonly ratePerContainer: { toString(): string };
  readonly currency: string;
}

const carrier = ({ carrierScac }: { carrierScac: string }) => ({ scac: carrierScac });
const lane = ({ laneId }: { laneId: string }, _: unknown, { loaders }: Context) => loaders.lane.load(laneId);
const rate = ({ ratePerContainer, currency }: Rated) => money(ratePerContainer, currency);
const calendarDate = (midnightUtc: Date) => midnightUtc.toISOString().slice(0, 10);

export const entities = {
  Rfq: {
    __resolveReference: ({ id }: Reference, { loaders }: Context) => loaders.rfq.load(id),
    lanes: ({ id }: Rfq, _: unknown, { loaders }: Context) => loaders.lanesOfRfq.load(id),
    invitations: ({ id }: Rfq, _: unknown, { loaders }: Context) => loaders.invitationsOfRfq.load(id),
    bids: ({ id }: Rfq, page: PageArguments, context: Context) => listBids(context, id, page),
    awards: ({ id }: Rfq, _: unknown, { loaders }: Context) => loaders.awardsOfRfq.load(id),
  },
  Lane: {
    __resolveReference: ({ id }: Reference, { loaders }: Context) => loaders.lane.load(id),
    rfq: ({ rfqId }: Lane, _: unknown, { loaders }: Context) => loaders.rfq.load(rfqId),
    origin: ({ origin }: Lane) => ({ unlocode: origin }),
    destination: ({ destination }: Lane) => ({ unlocode: destination }),
    loadFrom: ({ loadFrom }: Lane) => calendarDate(loadFrom),
    loadUntil: ({ loadUntil }: Lane) => calendarDate(loadUntil),
  },
  Invitation: {
    __resolveReference: ({ id }: Reference, { loaders }: Context) => loaders.invitation.load(id),
    carrier: (invitation: Invitation) => carrier(invitation),
  },
  Bid: {
    __resolveReference: ({ id }: Reference, { loaders }: Context) => loaders.bid.load(id),
    lane,
    carrier: (bid: BidRow) => carrier(bid),
    ratePerContainer: (bid: BidRow) => rate(bid),
  },
  Award: {
    __resolveReference: ({ id }: Reference, { loaders }: Context) => loaders.award.load(id),
    lane,
    bid: ({ bidId }: Award, _: unknown, { loaders }: Context) => loaders.bid.load(bidId),
    carrier: (award: Award) => carrier(award),
    ratePerContainer: (award: Award) => rate(award),
    bookedContainerCount: ({ id }: Award, _: unknown, { loaders }: Context) => loaders.bookedOfAward.load(id),
  },
  Booking: {
    __resolveReference: ({ id }: Reference, { loaders }: Context) => loaders.booking.load(id),
    award: ({ awardId }: Booking, _: unknown, { loaders }: Context) => loaders.award.load(awardId),
    carrier: (booking: Booking) => carrier(booking),
    ratePerContainer: (booking: Booking) => rate(booking),
    total: (booking: Booking) => times(rate(booking), booking.containerCount),
    cargoReadyOn: ({ cargoReadyOn }: Booking) => calendarDate(cargoReadyOn),
    shipment: ({ shipmentId }: Booking) => (shipmentId === null ? null : { id: shipmentId }),
  },
  Shipment: {
    booking: ({ id }: Reference, _: unknown, { loaders }: Context) => loaders.bookingOfShipment.load(id),
  },
};
