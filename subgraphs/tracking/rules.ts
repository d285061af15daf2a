import { allow, deny, rule, shield } from 'graphql-shield';
import { hasRole } from '#platform/auth/caller.ts';
import type { Caller } from '#platform/auth/caller.ts';
import { forbidden, unauthenticated } from '#platform/errors.ts';
import type { TrackingContext } from './context.ts';

/** Every row is read within the caller's tenant (loaders.ts, shipment-lists.ts); here is who may read and change. */
const may = (name: string, test: (caller: Caller) => boolean) =>
  // A result depends on nothing but the caller, and is cheaper to find than to remember.
  rule(name, { cache: 'no_cache' })((_parent, _args, { caller }: Partial<TrackingContext>) =>
    caller === undefined ? unauthenticated() : test(caller),
  );

const read = may('read', (caller) => caller.scopes.has('graph:read'));

const follow = may(
  'follow',
  (caller) =>
    caller.scopes.has('graph:write') &&
    caller.organisation === 'SHIPPER' &&
    hasRole(caller, 'admin', 'buyer', 'operations'),
);

const report = may('report', (caller) => caller.scopes.has('events:write'));

const operate = may('operate', (caller) => caller.organisation === 'PLATFORM' && hasRole(caller, 'admin'));

/** Who may do what. A type or field that isn't named here is denied. */
export const permissions = shield<unknown, TrackingContext>(
  {
    Query: {
      '*': deny,
      _service: allow, // the schema
      _entities: read,
      shipment: read,
      shipmentByReference: read,
      shipments: read,
      deadLetters: operate,
      deadLetter: operate,
    },
    Mutation: {
      '*': deny,
      createShipment: follow,
      reportEvents: report,
      replayDeadLetter: operate,
      discardDeadLetter: operate,
    },
    Subscription: {
      '*': deny,
      shipmentUpdated: read,
    },
    _Service: allow,
    ShipmentCreated: read,
    ShipmentReferenceTaken: read,
    ShipmentUpdate: read,
    Shipment: read,
    Container: read,
    TransportCall: read,
    TrackingEvent: read,
    DeadLetter: operate,
    // What belongs to these, or is a part of another answer.
    ShipmentConnection: allow,
    ShipmentEdge: allow,
    TrackingEventConnection: allow,
    TrackingEventEdge: allow,
    DeadLetterConnection: allow,
    DeadLetterEdge: allow,
    DeadLetterResult: allow,
    EventReport: allow,
    EventReportResult: allow,
    EventFault: allow,
    PageInfo: allow,
    Milestone: allow,
    MilestoneEstimate: allow,
    MilestoneTimes: allow,
    Position: allow,
    Carrier: allow,
    Port: allow,
    Vessel: allow,
  },
  {
    fallbackRule: deny,
    fallbackError: forbidden(),
    allowExternalErrors: true, // else every error of a resolver becomes "not authorised"
  },
);
