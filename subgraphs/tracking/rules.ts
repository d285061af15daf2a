import { anyOf } from '#platform/policy/decision.ts';
import type { Rules } from '#platform/policy/guard.ts';
import * as when from '#platform/policy/rules.ts';
import { changeRule, open, readRule } from '#platform/policy/rules.ts';
import * as may from './policy/people.ts';

const read = readRule({ name: 'read', to: 'Everyone with the scope graph:read.' }, when.tenant(may.reading));
const beAlerted = readRule(
  { name: 'beAlerted', to: 'Everyone who has a role at a shipper.' },
  when.tenant(may.beingAlerted),
);
const follow = changeRule(
  { name: 'follow', to: 'Admin, procurement and operations of a shipper.' },
  when.tenantToChange(may.following),
);
const watch = changeRule(
  { name: 'watch', to: 'Admin and operations of a shipper.' },
  when.tenantToChange(may.watching),
);
const report = changeRule(
  { name: 'report', to: 'Programs with the scope events:write.' },
  when.caller(may.reportingEvents),
);
const locate = changeRule(
  { name: 'locate', to: 'Programs of the platform with the scope positions:write.' },
  when.caller(may.reportingPositions),
);
const reported = readRule(
  { name: 'reported', to: 'Programs that may report.' },
  when.caller(anyOf(may.reportingEvents, may.reportingPositions)),
);
// That it was read is recorded where it is read.
const inspect = readRule({ name: 'inspect', to: 'Operators of the platform.' }, when.caller(may.inspecting));
const operate = changeRule({ name: 'operate', to: 'Operators of the platform.' }, when.caller(may.operating));

/** Who may do what. A type or field that isn't named here is closed. Every row is read within the caller's tenant. */
export const rules = {
  Query: {
    _service: open,
    _entities: read,
    shipment: read,
    shipmentUpdatesCursor: read,
    shipmentByReference: read,
    shipments: read,
    alertRules: beAlerted,
    alerts: beAlerted,
    deadLetters: inspect,
    deadLetter: inspect,
  },
  Mutation: {
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
  // The gateway asks for the same before it shows who is watching: platform/presence.ts.
  Subscription: { shipmentUpdated: read, shipmentViewers: read, alertRaised: beAlerted },
  Shipment: { '*': read, alerts: beAlerted },
  ...each(
    read,
    'ShipmentCreated ShipmentReferenceTaken ShipmentUpdate ShipmentConnection ShipmentEdge ShipmentViewers',
    'ShipmentViewer Container TransportCall Milestone MilestoneTimes MilestoneEstimate Position TrackingEvent TrackingEventConnection',
    'TrackingEventEdge PageInfo Carrier Port Vessel',
  ),
  _Service: open,
  ...each(
    beAlerted,
    'AlertRule AlertRuleCreated TooManyAlertRules AlertRuleConnection AlertRuleEdge AlertScope Alert AlertUpdate',
    'AlertConnection AlertEdge EtaSlipCondition MilestoneMissingCondition DwellCondition AreaCondition',
    'TransshipmentMissedCondition ScheduleChangedCondition NoSignalCondition Circle GeoPoint EtaSlipReason',
    'MilestoneMissingReason DwellReason AreaReason TransshipmentMissedReason ScheduleChangedReason ScheduleChange',
    'NoSignalReason',
  ),
  ...each(reported, 'EventReport EventReportResult EventFault PositionsReport PositionReportResult'),
  ...each(inspect, 'DeadLetter DeadLetterConnection DeadLetterEdge DeadLetterResult'),
} satisfies Rules;

/** The same rule for several types. */
function each<Rule>(rule: Rule, ...names: readonly string[]): Record<string, Rule> {
  return Object.fromEntries(
    names
      .join(' ')
      .split(' ')
      .map((name) => [name, rule]),
  );
}
