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

/** People of the shipper; programs and carriers have no alerts. */
const beAlerted = may(
  'beAlerted',
  (caller) =>
    caller.scopes.has('graph:read') &&
    caller.organisation === 'SHIPPER' &&
    hasRole(caller, 'admin', 'buyer', 'operations', 'viewer', 'auditor'),
);

const watch = may(
  'watch',
  (caller) =>
    caller.scopes.has('graph:write') &&
    caller.organisation === 'SHIPPER' &&
    hasRole(caller, 'admin', 'operations'),
);

const report = may('report', (caller) => caller.scopes.has('events:write'));

// A position is the same for all who have cargo aboard: no tenant may say where a vessel is.
const locate = may(
  'locate',
  (caller) => caller.scopes.has('positions:write') && caller.organisation === 'PLATFORM',
);

const operate = may('operate', (caller) => caller.organisation === 'PLATFORM' && hasRole(caller, 'admin'));

/** Who may do what. A type or field that isn't named here is denied. */
export const permissions = shield<unknown, TrackingContext>(
  {
    Query: {
      '*': deny,
      _service: allow, // the schema
      _entities: read,
      shipment: read,
      shipmentUpdatesCursor: read,
      shipmentByReference: read,
      shipments: read,
      alertRules: beAlerted,
      alerts: beAlerted,
      deadLetters: operate,
      deadLetter: operate,
    },
    Mutation: {
      '*': deny,
      createShipment: follow,
      createAlertRule: watch,
      updateAlertRule: watch,
      deleteAlertRule: watch,
      acknowledgeAlert: watch,
      snoozeAlert: watch,
      reportEvents: report,
      reportPositions: locate,
      replayDeadLetter: operate,
      discardDeadLetter: operate,
    },
    Subscription: {
      '*': deny,
      shipmentUpdated: read,
      shipmentViewers: read, // and the gateway asks for the same: platform/presence.ts
      alertRaised: beAlerted,
    },
    _Service: allow,
    ShipmentCreated: read,
    ShipmentReferenceTaken: read,
    ShipmentUpdate: read,
    Shipment: { '*': read, alerts: beAlerted },
    Container: read,
    TransportCall: read,
    TrackingEvent: read,
    AlertRule: beAlerted,
    Alert: beAlerted,
    AlertUpdate: beAlerted,
    DeadLetter: operate,
    // What belongs to these, or is a part of another answer.
    ShipmentConnection: allow,
    ShipmentEdge: allow,
    TrackingEventConnection: allow,
    TrackingEventEdge: allow,
    DeadLetterConnection: allow,
    DeadLetterEdge: allow,
    DeadLetterResult: allow,
    AlertRuleCreated: allow,
    TooManyAlertRules: allow,
    AlertRuleConnection: allow,
    AlertRuleEdge: allow,
    AlertScope: allow,
    EtaSlipCondition: allow,
    MilestoneMissingCondition: allow,
    DwellCondition: allow,
    AreaCondition: allow,
    TransshipmentMissedCondition: allow,
    ScheduleChangedCondition: allow,
    NoSignalCondition: allow,
    Circle: allow,
    GeoPoint: allow,
    AlertConnection: allow,
    AlertEdge: allow,
    EtaSlipReason: allow,
    MilestoneMissingReason: allow,
    DwellReason: allow,
    AreaReason: allow,
    TransshipmentMissedReason: allow,
    ScheduleChangedReason: allow,
    ScheduleChange: allow,
    NoSignalReason: allow,
    EventReport: allow,
    EventReportResult: allow,
    EventFault: allow,
    PositionsReport: allow,
    PositionReportResult: allow,
    PageInfo: allow,
    Milestone: allow,
    MilestoneEstimate: allow,
    MilestoneTimes: allow,
    Position: allow,
    ShipmentViewers: allow,
    ShipmentViewer: allow,
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
