import { loadExisting } from '#platform/graphql/load-existing.ts';
import type { ProcurementContext } from '../context.ts';
import type { Resolvers } from '../generated/schema.ts';
import { listBids } from '../lists.ts';
import { money, times } from '../money.ts';

interface Rated {
  readonly ratePerContainer: { toString(): string };
  readonly currency: string;
}

const carrier = ({ carrierScac }: { readonly carrierScac: string }) => ({ scac: carrierScac });
const lane = ({ laneId }: { readonly laneId: string }, _: unknown, { loaders }: ProcurementContext) =>
  loadExisting(loaders.lane, laneId);
const rate = ({ ratePerContainer, currency }: Rated) => money(ratePerContainer, currency);
const calendarDate = (midnightUtc: Date) => midnightUtc.toISOString().slice(0, 10);

export const entities = {
  Rfq: {
    __resolveReference: ({ id }, { loaders }) => loaders.rfq.load(id),
    lanes: ({ id }, _, { loaders }) => loaders.lanesOfRfq.load(id),
    invitations: ({ id }, _, { loaders }) => loaders.invitationsOfRfq.load(id),
    bids: ({ id }, page, context) => listBids(context, id, page),
    awards: ({ id }, _, { loaders }) => loaders.awardsOfRfq.load(id),
    rejectedAwards: ({ id }, _, { loaders }) => loaders.rejectedAwardsOfRfq.load(id),
  },
  Lane: {
    __resolveReference: ({ id }, { loaders }) => loaders.lane.load(id),
    rfq: ({ rfqId }, _, { loaders }) => loadExisting(loaders.rfq, rfqId),
    origin: ({ origin }) => ({ unlocode: origin }),
    destination: ({ destination }) => ({ unlocode: destination }),
    loadFrom: ({ loadFrom }) => calendarDate(loadFrom),
    loadUntil: ({ loadUntil }) => calendarDate(loadUntil),
  },
  Invitation: {
    __resolveReference: ({ id }, { loaders }) => loaders.invitation.load(id),
    carrier,
  },
  Bid: {
    __resolveReference: ({ id }, { loaders }) => loaders.bid.load(id),
    lane,
    carrier,
    ratePerContainer: rate,
  },
  Award: {
    __resolveReference: ({ id }, { loaders }) => loaders.award.load(id),
    lane,
    bid: ({ bidId }, _, { loaders }) => loadExisting(loaders.bid, bidId),
    carrier,
    ratePerContainer: rate,
    bookedContainerCount: ({ id }, _, { loaders }) => loaders.bookedOfAward.load(id),
  },
  Booking: {
    __resolveReference: ({ id }, { loaders }) => loaders.booking.load(id),
    award: ({ awardId }, _, { loaders }) => loadExisting(loaders.award, awardId),
    carrier,
    ratePerContainer: rate,
    total: (booking) => times(rate(booking), booking.containerCount),
    cargoReadyOn: ({ cargoReadyOn }) => calendarDate(cargoReadyOn),
    cargoValue: ({ cargoValue, cargoValueCurrency }) =>
      cargoValue === null || cargoValueCurrency === null ? null : money(cargoValue, cargoValueCurrency),
    invoices: ({ id }, _, { loaders }) => loaders.invoicesOfBooking.load(id),
    shipment: ({ shipmentId }) => (shipmentId === null ? null : { id: shipmentId }),
  },
  Invoice: {
    __resolveReference: ({ id }, { loaders }) => loaders.invoice.load(id),
    booking: ({ bookingId }, _, { loaders }) => loadExisting(loaders.booking, bookingId),
    carrier,
    amount: ({ amount, currency }) => money(amount, currency),
    dueOn: ({ dueOn }) => calendarDate(dueOn),
  },
  Carrier: {
    __resolveReference: ({ scac }) => ({ scac }),
    contacts: ({ scac }, _, { loaders }) => loaders.contactsOfCarrier.load(scac),
  },
  Shipment: {
    booking: ({ id }, _, { loaders }) => loaders.bookingOfShipment.load(id),
  },
} satisfies Resolvers;
