import { loadExisting } from '#platform/graphql/load-existing.ts';
import { acknowledgeAlert, snoozeAlert } from '../alerts/change-alerts.ts';
import { createRule, deleteRule, updateRule } from '../alerts/change-rules.ts';
import { listAlerts, listAlertsOf, listRules } from '../alerts/alert-lists.ts';
import type { AlertCondition } from '../alerts/condition.ts';
import { natureOf, severities } from '../alerts/condition.ts';
import type { AlertReason } from '../alerts/reason.ts';
import type { AlertScope } from '../alerts/scope.ts';
import type { MutationResolvers, QueryResolvers, Resolvers, ShipmentResolvers } from '../generated/schema.ts';

export const alertQueries = {
  alertRules: (_, page, context) => listRules(context, page),
  alerts: (_, { filter, ...page }, context) => listAlerts(context, page, filter ?? {}),
} satisfies QueryResolvers;

export const alertMutations = {
  createAlertRule: (_, { input, idempotencyKey }, context) => createRule(context, input, idempotencyKey),
  updateAlertRule: async (_, { id, input, idempotencyKey }, context) => {
    const ruleId = await updateRule(context, id, input, idempotencyKey);
    return loadExisting(context.loaders.alertRule, ruleId);
  },
  deleteAlertRule: async (_, { id, idempotencyKey }, context) => {
    const ruleId = await deleteRule(context, id, idempotencyKey);
    return loadExisting(context.loaders.alertRule, ruleId);
  },
  acknowledgeAlert: async (_, { id, idempotencyKey }, context) => {
    const alertId = await acknowledgeAlert(context, id, idempotencyKey);
    return loadExisting(context.loaders.alert, alertId);
  },
  snoozeAlert: async (_, { id, until, idempotencyKey }, context) => {
    const alertId = await snoozeAlert(context, id, until, idempotencyKey);
    return loadExisting(context.loaders.alert, alertId);
  },
} satisfies MutationResolvers;

export const alertsOfShipment: NonNullable<ShipmentResolvers['alerts']> = (
  { id },
  { states, ...page },
  context,
) => listAlertsOf(context, id, page, states ?? null);

const CONDITION_TYPES = {
  ETA_SLIP: 'EtaSlipCondition',
  MILESTONE_MISSING: 'MilestoneMissingCondition',
  DWELL: 'DwellCondition',
  AREA: 'AreaCondition',
  TRANSSHIPMENT_MISSED: 'TransshipmentMissedCondition',
  SCHEDULE_CHANGED: 'ScheduleChangedCondition',
  NO_SIGNAL: 'NoSignalCondition',
} as const;

const REASON_TYPES = {
  ETA_SLIP: 'EtaSlipReason',
  MILESTONE_MISSING: 'MilestoneMissingReason',
  DWELL: 'DwellReason',
  AREA: 'AreaReason',
  TRANSSHIPMENT_MISSED: 'TransshipmentMissedReason',
  SCHEDULE_CHANGED: 'ScheduleChangedReason',
  NO_SIGNAL: 'NoSignalReason',
} as const;

/** Rules and alerts; what is stored as JSON has the fields of the schema. */
export const alertParts = {
  AlertRule: {
    __resolveReference: ({ id }, { loaders }) => loaders.alertRule.load(id),
    condition: ({ condition }) => condition as unknown as AlertCondition,
    scope: ({ scope }) => scope as unknown as AlertScope,
  },
  AlertRuleCreated: {
    rule: ({ ruleId }, _, { loaders }) => loadExisting(loaders.alertRule, ruleId ?? ''),
  },
  AlertScope: { carrierScacs: ({ carriers }) => carriers },
  AlertCondition: { __resolveType: ({ kind }) => CONDITION_TYPES[kind] },
  AreaCondition: {
    circle: ({ area }) => (area.type === 'CIRCLE' ? area : null),
    polygon: ({ area }) => (area.type === 'POLYGON' ? area.points : null),
    ports: ({ area }) => (area.type === 'PORTS' ? area.ports : null),
  },
  Circle: { centre: ({ latitude, longitude }) => ({ latitude, longitude }) },
  Alert: {
    __resolveReference: ({ id }, { loaders }) => loaders.alert.load(id),
    rule: ({ ruleId }, _, { loaders }) => loadExisting(loaders.alertRule, ruleId),
    shipment: ({ shipmentId }, _, { loaders }) => loadExisting(loaders.shipment, shipmentId),
    nature: ({ kind }) => natureOf[kind],
    severity: ({ severity }) => severities[severity] ?? 'CRITICAL',
    events: async ({ eventIds }, _, { loaders }) => {
      const events = await Promise.all(eventIds.map((id) => loaders.event.load(id)));
      return events.filter((event) => event !== null);
    },
  },
  AlertReason: { __resolveType: ({ kind }: AlertReason) => REASON_TYPES[kind] },
} satisfies Resolvers;
