import type { Rules } from '#platform/policy/guard.ts';
import * as when from '#platform/policy/rules.ts';
import { changeRule, open, readRule } from '#platform/policy/rules.ts';
import type { Award, Booking, Invoice } from '#prisma/generated/client.ts';
import type { BidRow } from './bid-reads.ts';
import type { ProcurementContext } from './context.ts';
import { contactsOfCarrier } from './policy/carrier-contacts.ts';
import { awardedRate, moneyOfTenant } from './policy/commercial.ts';
import { approving, auditing, buying, carrying, reading } from './policy/people.ts';
import { dealing, offered, priced, proposal, sealed } from './policy/resources.ts';
import { bidPrice } from './policy/sealed-bid.ts';
import { byAnother } from './policy/separation-of-duties.ts';

const COMMERCIAL = { sensitivity: 'COMMERCIAL' } as const;
const reader = when.tenant(reading);

const read = readRule(
  { name: 'read', to: 'Everyone who has a role at a shipper; people of a carrier.' },
  reader,
);
const price = readRule(
  {
    name: 'bidPrice',
    to: 'The bidder; once bidding has closed, also procurement and auditors of the tenant that asked.',
    ...COMMERCIAL,
  },
  reader,
  when.object((subject, bid: BidRow) => bidPrice(sealed(subject, bid))),
);
const rate = readRule(
  {
    name: 'awardedRate',
    to: 'Finance, procurement and auditors of the tenant that awarded; the carrier that won.',
    ...COMMERCIAL,
  },
  reader,
  when.object((subject, award: Award) => awardedRate(offered(subject, award))),
);
const money = readRule(
  { name: 'moneyOfTenant', to: 'Finance, procurement and auditors of the tenant that pays.', ...COMMERCIAL },
  reader,
  when.object((subject, row: Booking | Invoice) => moneyOfTenant(priced(subject, row))),
);
const contacts = readRule(
  {
    name: 'carrierContacts',
    to: 'Tenants that have invited the carrier to bid or have a contract with it; its own people.',
    sensitivity: 'PERSONAL',
  },
  reader,
  when.objectWith<{ scac: string }, ProcurementContext>(async (subject, { scac }, { loaders }) =>
    contactsOfCarrier(dealing(subject, scac, await loaders.engagement.load(scac))),
  ),
);
const buy = changeRule(
  { name: 'buy', to: 'Procurement (admin, buyer) of a shipper.' },
  when.tenantToChange(buying),
);
const approve = changeRule(
  {
    name: 'approve',
    to: 'Procurement (admin, buyer) logged in with several factors, but not whoever proposed the award.',
    ...COMMERCIAL,
  },
  when.tenantToChange(approving),
  when.changeWith<{ id: string }, ProcurementContext>(async ({ actor }, { id }, { loaders }) =>
    byAnother(proposal(actor, await loaders.award.load(id))),
  ),
);
const reject = changeRule(
  {
    name: 'reject',
    to: 'Procurement (admin, buyer) logged in with several factors, whoever proposed the award included.',
    ...COMMERCIAL,
  },
  when.tenantToChange(approving),
);
const carry = changeRule({ name: 'carry', to: 'People of a carrier.' }, when.tenant(carrying));

// That it was read is recorded where it is read, with how much.
const audit = readRule(
  { name: 'audit', to: 'Auditors and administrators of the tenant.' },
  when.tenant(auditing),
);

/** Who may do what. A type or field that isn't named here is closed. Whose rows are found at all: visibility.ts. */
export const rules = {
  Query: {
    _service: open,
    _entities: read,
    rfq: read,
    rfqs: read,
    booking: read,
    bookings: read,
    auditEntries: audit,
  },
  Mutation: {
    createRfq: buy,
    publishRfq: buy,
    submitBid: carry,
    awardBid: buy,
    approveAward: approve,
    rejectAward: reject,
    createBooking: buy,
    confirmBooking: carry,
    submitInvoice: carry,
  },
  Bid: { '*': read, ratePerContainer: price },
  Award: { '*': read, ratePerContainer: rate },
  Booking: { '*': read, cargoValue: money },
  Invoice: { '*': read, amount: money },
  Carrier: { '*': read, contacts },
  _Service: open,
  Rfq: read,
  RfqConnection: read,
  RfqEdge: read,
  Lane: read,
  Invitation: read,
  BidConnection: read,
  BidEdge: read,
  BookingConnection: read,
  BookingEdge: read,
  Shipment: read,
  Port: read,
  CarrierContact: read,
  Money: read,
  PageInfo: read,
  RfqCreated: read,
  RfqReferenceTaken: read,
  RfqPublished: read,
  RfqNotInState: read,
  BidSubmitted: read,
  BiddingClosed: read,
  BidAwarded: read,
  LaneAlreadyAwarded: read,
  BidReplaced: read,
  BiddingStillOpen: read,
  AwardApproved: read,
  AwardRejected: read,
  AwardNotProposed: read,
  BookingRequested: read,
  AwardNotApproved: read,
  AwardExhausted: read,
  ShipmentAlreadyBooked: read,
  BookingConfirmed: read,
  BookingNotRequested: read,
  InvoiceSubmitted: read,
  InvoiceNumberTaken: read,
  InvoicesExhausted: read,
  BookingNotConfirmed: read,
  AuditEntryConnection: audit,
  AuditEntryEdge: audit,
  AuditEntry: audit,
  AuditFact: audit,
} satisfies Rules;
