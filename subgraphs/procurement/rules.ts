import { allow, deny, rule, shield } from 'graphql-shield';
import { hasRole } from '#platform/auth/caller.ts';
import type { Caller } from '#platform/auth/caller.ts';
import { forbidden } from '#platform/errors.ts';
import type { ProcurementContext } from './context.ts';

/** Whose objects these are is decided in visibility.ts; here is who may read and who may decide. */
const may = (name: string, test: (caller: Caller) => boolean) =>
  // A result depends on nothing but the caller, and is cheaper to find than to remember.
  rule(name, { cache: 'no_cache' })((_parent: unknown, _args: unknown, { caller }: ProcurementContext) =>
    test(caller),
  );

const read = may(
  'read',
  (caller) =>
    caller.scopes.has('graph:read') &&
    ((caller.organisation === 'SHIPPER' &&
      hasRole(caller, 'admin', 'buyer', 'operations', 'viewer', 'auditor')) ||
      (caller.organisation === 'CARRIER' && hasRole(caller, 'carrier'))),
);

const buy = may(
  'buy',
  (caller) =>
    caller.scopes.has('graph:write') &&
    caller.organisation === 'SHIPPER' &&
    hasRole(caller, 'admin', 'buyer'),
);

const carry = may(
  'carry',
  (caller) =>
    caller.scopes.has('graph:write') && caller.organisation === 'CARRIER' && hasRole(caller, 'carrier'),
);

const audit = may(
  'audit',
  (caller) => caller.scopes.has('graph:read') && hasRole(caller, 'admin', 'auditor'),
);

/** Who may do what. A type or field that isn't named here is denied. */
export const rules = {
  Query: {
    '*': deny,
    _service: allow,
    _entities: allow,
    rfq: read,
    rfqs: read,
    booking: read,
    bookings: read,
    auditEntries: audit,
  },
  Mutation: {
    '*': deny,
    createRfq: buy,
    publishRfq: buy,
    submitBid: carry,
    awardBid: buy,
    createBooking: buy,
    confirmBooking: carry,
  },
  _Service: allow,
  Rfq: read,
  RfqConnection: read,
  RfqEdge: read,
  Lane: read,
  Invitation: read,
  Bid: read,
  BidConnection: read,
  BidEdge: read,
  Award: read,
  Booking: read,
  BookingConnection: read,
  BookingEdge: read,
  Shipment: read,
  Carrier: read,
  Port: read,
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
  BookingRequested: read,
  AwardExhausted: read,
  ShipmentAlreadyBooked: read,
  BookingConfirmed: read,
  BookingNotRequested: read,
  AuditEntry: audit,
  AuditFact: audit,
  AuditEntryConnection: audit,
  AuditEntryEdge: audit,
};

export const permissions = shield<unknown, ProcurementContext>(rules, {
  fallbackRule: deny,
  fallbackError: forbidden(),
  // Domain errors and masked ones pass as they are.
  allowExternalErrors: true,
});
