import { DEMO_TENANTS } from '#platform/auth/personas.ts';
import type { Transaction } from '#platform/database/database.ts';
import type { AlertCondition } from '#subgraphs/tracking/alerts/condition.ts';
import { spreadRules } from '#subgraphs/tracking/alerts/spread.ts';
import { fixedUuid } from '#tools/demo/chance.ts';

interface DemoRule {
  readonly tenant: 'aurora' | 'borealis';
  readonly name: string;
  readonly condition: AlertCondition;
}

const NORTH_SEA = ['NLRTM', 'DEHAM', 'GBFXT'];

/** What an operations desk would watch for. */
const RULES: readonly DemoRule[] = [
  {
    tenant: 'aurora',
    name: 'Arrival slips by more than 12 hours',
    condition: { kind: 'ETA_SLIP', hours: 12, reference: 'PLAN' },
  },
  {
    tenant: 'aurora',
    name: 'Still in port after two days',
    condition: { kind: 'DWELL', hours: 48, ports: [] },
  },
  {
    tenant: 'aurora',
    name: 'Vessel reaches Europe or America',
    condition: {
      kind: 'AREA',
      direction: 'ENTERS',
      area: { type: 'PORTS', ports: [...NORTH_SEA, 'USLAX', 'USOAK', 'USNYC'] },
    },
  },
  {
    tenant: 'borealis',
    name: 'A day behind the plan',
    condition: { kind: 'MILESTONE_MISSING', hours: 24, codes: [] },
  },
  {
    tenant: 'borealis',
    name: 'Vessel reaches the North Sea',
    condition: { kind: 'AREA', direction: 'ENTERS', area: { type: 'PORTS', ports: NORTH_SEA } },
  },
];

/** Adds the demo's alert rules where they are missing; what is there stays as it is. */
export async function seedAlertRules(tx: Transaction, now: number): Promise<void> {
  const createdAt = new Date(now);
  for (const name of ['aurora', 'borealis'] as const) {
    const tenantId = DEMO_TENANTS[name];
    const rows = RULES.filter(({ tenant }) => tenant === name).map((rule) => ({
      id: fixedUuid('alert rule', tenantId, rule.name),
      tenantId,
      name: rule.name,
      condition: JSON.parse(JSON.stringify(rule.condition)) as object,
      scope: { carriers: [], origins: [], destinations: [], shipmentIds: [] },
      isEnabled: true,
      version: 1,
      watchingSince: createdAt,
      createdBy: `${name}-operations`,
      createdAt,
      updatedAt: createdAt,
    }));
    const { count } = await tx.alertRule.createMany({ data: rows, skipDuplicates: true });
    if (count === 0) continue;
    await tx.alertTenant.upsert({
      where: { tenantId },
      create: { tenantId, rules: count, version: 1 },
      update: { rules: { increment: count }, version: { increment: 1 } },
    });
    await spreadRules(tx, tenantId, createdAt);
  }
}
