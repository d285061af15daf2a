import { randomUUID } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Transaction } from '#platform/database/database.ts';
import { once } from '#platform/database/idempotency.ts';
import type { StoredResult } from '#platform/database/idempotency.ts';
import { badUserInput, fault, notFound } from '#platform/errors.ts';
import { isUuid } from '#platform/graphql/connection.ts';
import type { AlertRule as AlertRuleRow, Prisma } from '#prisma/generated/client.ts';
import type { TrackingContext } from '../context.ts';
import type { AlertRuleInput } from '../generated/schema.ts';
import { inTransaction } from '../ingestion/transaction.ts';
import { createLoaders } from '../loaders.ts';
import { readRule } from './rule-input.ts';
import type { RuleDraft } from './rule-input.ts';
import { spreadRules } from './spread.ts';

/** How the making of a rule ended: the type of the result in the schema and what its fields are found by. */
export type RuleOutcome = StoredResult & {
  readonly __typename: 'AlertRuleCreated' | 'TooManyAlertRules';
  /** Null unless there is a rule. */
  readonly ruleId: string | null;
  readonly limit: number;
};

/** Rules of one tenant, those that are switched off included. */
export const MAX_RULES = 100;

/**
 * Makes a rule of the caller's tenant, once for each idempotency key.
 * @throws {ApiError} BAD_USER_INPUT, CONFLICT
 */
export function createRule(
  context: TrackingContext,
  input: AlertRuleInput,
  key: string,
): Promise<RuleOutcome> {
  const draft = readRule(input);
  const { tenant, subject } = context.caller;
  return changeOnce(context, { mutation: 'createAlertRule', key, input }, async (tx, now) => {
    await lockRules(tx, tenant);
    await checkShipments(tx, tenant, draft);
    const rules = await tx.alertRule.count({ where: { tenantId: tenant, deletedAt: null } });
    if (rules >= MAX_RULES) return { __typename: 'TooManyAlertRules', ruleId: null, limit: MAX_RULES };
    const rule = await tx.alertRule.create({
      data: {
        ...columnsOf(draft),
        id: randomUUID(),
        tenantId: tenant,
        version: 1,
        watchingSince: now,
        createdBy: subject,
        createdAt: now,
        updatedAt: now,
      },
      select: { id: true },
    });
    await announce(tx, tenant, now);
    return { __typename: 'AlertRuleCreated', ruleId: rule.id, limit: MAX_RULES };
  });
}

/**
 * Puts another name, condition, scope or switch in place of a rule's. With another condition, or switched on again, it
 * begins to watch anew.
 * @throws {ApiError} BAD_USER_INPUT, CONFLICT, NOT_FOUND
 */
export async function updateRule(
  context: TrackingContext,
  id: string,
  input: AlertRuleInput,
  key: string,
): Promise<string> {
  const draft = readRule(input);
  const { tenant } = context.caller;
  const request = { mutation: 'updateAlertRule', key, input: { id, input } };
  const { ruleId } = await changeOnce(context, request, async (tx, now) => {
    await lockRules(tx, tenant);
    const rule = await existingRule(tx, tenant, id);
    await checkShipments(tx, tenant, draft);
    const hasChanged = canonicalize(rule.condition) !== canonicalize(draft.condition);
    const begins = hasChanged || (draft.isEnabled && !rule.isEnabled);
    await tx.alertRule.update({
      where: { id: rule.id },
      data: {
        ...columnsOf(draft),
        updatedAt: now,
        version: rule.version + (hasChanged ? 1 : 0),
        watchingSince: begins ? now : rule.watchingSince,
      },
    });
    await announce(tx, tenant, now);
    return { ruleId: rule.id };
  });
  return ruleId;
}

/**
 * Ends a rule; its open alerts are closed soon after.
 * @throws {ApiError} CONFLICT, NOT_FOUND
 */
export async function deleteRule(context: TrackingContext, id: string, key: string): Promise<string> {
  const { tenant } = context.caller;
  const request = { mutation: 'deleteAlertRule', key, input: { id } };
  const { ruleId } = await changeOnce(context, request, async (tx, now) => {
    await lockRules(tx, tenant);
    const rule = await existingRule(tx, tenant, id);
    await tx.alertRule.update({ where: { id: rule.id }, data: { deletedAt: now, updatedAt: now } });
    await announce(tx, tenant, now);
    return { ruleId: rule.id };
  });
  return ruleId;
}

interface ChangeRequest {
  readonly mutation: string;
  readonly key: string;
  readonly input: unknown;
}

async function changeOnce<T extends StoredResult>(
  context: TrackingContext,
  request: ChangeRequest,
  work: (tx: Transaction, now: Date) => Promise<T>,
): Promise<T> {
  const { caller, database } = context;
  const result = await inTransaction(database, (tx) =>
    once(tx, { caller, ...request }, () => work(tx, new Date())),
  );
  context.loaders = createLoaders(database, caller);
  return result;
}

/** Whoever changes rules of a tenant waits here for the others, so that they can be counted. */
async function lockRules(tx: Transaction, tenantId: string): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO alert_tenant (tenant_id, rules, version) VALUES (${tenantId}::uuid, 0, 0) ON CONFLICT DO NOTHING`;
  await tx.$queryRaw`SELECT 1 FROM alert_tenant WHERE tenant_id = ${tenantId}::uuid FOR UPDATE`;
}

/** Lets every process know, and has the tenant's shipments looked at. */
async function announce(tx: Transaction, tenantId: string, now: Date): Promise<void> {
  await tx.$executeRaw`
    UPDATE alert_tenant SET version = version + 1, rules = (
      SELECT count(*) FROM alert_rule WHERE tenant_id = ${tenantId}::uuid AND is_enabled AND deleted_at IS NULL)
    WHERE tenant_id = ${tenantId}::uuid`;
  await spreadRules(tx, tenantId, now);
}

async function existingRule(tx: Transaction, tenantId: string, id: string): Promise<AlertRuleRow> {
  const rule = isUuid(id) ? await tx.alertRule.findFirst({ where: { id, tenantId, deletedAt: null } }) : null;
  if (rule === null) throw notFound('alert rule', id);
  return rule;
}

/** A rule names only shipments of its tenant. */
async function checkShipments(tx: Transaction, tenantId: string, { scope }: RuleDraft): Promise<void> {
  const { shipmentIds } = scope;
  if (shipmentIds.length === 0) return;
  const found = await tx.shipment.findMany({
    where: { tenantId, id: { in: [...shipmentIds] } },
    select: { id: true },
  });
  const known = new Set(found.map(({ id }) => id));
  const faults = shipmentIds.flatMap((id, index) =>
    known.has(id) ? [] : [fault(`input.scope.shipmentIds[${index}]`, id, 'expected the id of a shipment')],
  );
  if (faults.length > 0) throw badUserInput(...faults);
}

function columnsOf({ name, isEnabled, condition, scope }: RuleDraft) {
  const json = (value: object) => JSON.parse(JSON.stringify(value)) as Prisma.InputJsonObject;
  return { name, isEnabled, condition: json(condition), scope: json(scope) };
}
