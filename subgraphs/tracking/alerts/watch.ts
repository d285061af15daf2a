import type { Statements } from '../ingestion/statements.ts';
import type { LiveUpdates } from '../live-updates.ts';
import type { ShipmentMove } from '../positions/shipment-moves.ts';
import type { AreaCrossing, NoSignal } from './condition.ts';
import { isWanted } from './assess/area.ts';
import { crossingsOf } from './geofence.ts';
import type { Crossing } from './geofence.ts';

/** A crossing of the area of one rule. */
export interface RuleCrossing extends Crossing {
  readonly ruleId: string;
}

/**
 * Takes note of the shipments that rules have to be evaluated at, in the transaction that changes them. For tenants
 * without rules it costs nothing; for the others one statement.
 */
export interface AlertWatch {
  changed(sql: Statements, shipments: readonly { tenantId: string; shipmentId: string }[]): Promise<void>;
  /** @param now when the positions came to be known */
  moved(sql: Statements, moves: readonly ShipmentMove[], now: Date): Promise<void>;
  /** The same updates, with note taken of the shipments that they are about. */
  watching(live: LiveUpdates): LiveUpdates;
}

interface Tenant {
  readonly version: string;
  readonly rules: number;
  /** Read when a position comes in. */
  forPositions: ForPositions | null;
}

interface RuleForPositions {
  readonly id: string;
  readonly tenantId: string;
  readonly condition: AreaCrossing | NoSignal;
}

interface ForPositions {
  readonly areas: readonly { readonly ruleId: string; readonly condition: AreaCrossing }[];
  /** Whether a rule waits for signals. */
  readonly signals: boolean;
}

/**
 * Milliseconds for which it is taken as known which tenants have rules. A rule is spread to the shipments a second time
 * when this and the longest transaction are over (spread.ts), so that none is forgotten.
 */
const FRESH = 1_000;

/** A position tells nothing new about whether there is a signal for so many milliseconds. */
const SIGNAL_INTERVAL = 15 * 60_000;
const MAX_SIGNALS = 100_000;

const TENANTS = {
  name: 'tenants with alert rules',
  text: `SELECT tenant_id::text AS "tenantId", rules, version::text FROM alert_tenant WHERE rules > 0`,
};
const POSITION_RULES = {
  name: 'alert rules for positions',
  text: `SELECT id::text, tenant_id::text AS "tenantId", condition FROM alert_rule
    WHERE tenant_id = ANY($1::uuid[]) AND is_enabled AND deleted_at IS NULL
      AND condition->>'kind' IN ('AREA', 'NO_SIGNAL')`,
};
const MARK = {
  name: 'note shipments for alerts',
  text: `INSERT INTO alert_due (tenant_id, shipment_id, crossings, signal_at)
    SELECT tenant_id, shipment_id, crossings, signal_at FROM jsonb_to_recordset($1::jsonb)
      AS r (tenant_id uuid, shipment_id uuid, crossings jsonb, signal_at timestamptz)`,
};
const MARK_IF_WATCHED = {
  name: 'note watched shipments',
  text: `${MARK.text} WHERE EXISTS (SELECT FROM alert_tenant WHERE tenant_id = r.tenant_id AND rules > 0)`,
};

/**
 * Takes note in one tenant's transactions, which may see nothing of other tenants: whether the tenant has rules is asked
 * each time. Positions are not for this.
 */
export function watchCallers(live: LiveUpdates): LiveUpdates {
  return {
    ...live,
    keep: async (sql, updates) => {
      const rows = updates.map(({ tenantId, shipmentId }) => dueRow(tenantId, shipmentId));
      if (rows.length > 0) await sql.run(MARK_IF_WATCHED, [JSON.stringify(rows)]);
      return live.keep(sql, updates);
    },
  };
}

/**
 * Takes note in transactions that are about the shipments of any tenants.
 * @param onMarked called when something was noted, before it is committed
 */
export function createAlertWatch(onMarked: () => void = () => undefined): AlertWatch {
  let tenants = new Map<string, Tenant>();
  let readAt = -Infinity;
  const signalled = new Map<string, number>();

  const refresh = async (sql: Statements): Promise<void> => {
    if (performance.now() - readAt < FRESH) return;
    const began = performance.now();
    const rows = await sql.run<{ tenantId: string; rules: number; version: string }>(TENANTS, []);
    tenants = new Map(
      rows.map(({ tenantId, rules, version }) => {
        const known = tenants.get(tenantId);
        const forPositions = known?.version === version ? known.forPositions : null;
        return [tenantId, { rules, version, forPositions }];
      }),
    );
    readAt = began;
  };

  const readRules = async (sql: Statements, ids: readonly string[]): Promise<void> => {
    const unread = ids.filter((id) => tenants.get(id)?.forPositions === null);
    if (unread.length === 0) return;
    const rows = await sql.run<RuleForPositions>(POSITION_RULES, [unread]);
    for (const id of unread) {
      const own = rows.filter(({ tenantId }) => tenantId === id);
      const tenant = tenants.get(id);
      if (!tenant) continue;
      tenant.forPositions = {
        areas: own.flatMap(({ id: ruleId, condition }) =>
          condition.kind === 'AREA' ? [{ ruleId, condition }] : [],
        ),
        signals: own.some(({ condition }) => condition.kind === 'NO_SIGNAL'),
      };
    }
  };

  /** Whether a position is a signal that has to be noted. */
  const isSignal = (shipmentId: string, receivedAt: Date): boolean => {
    const last = signalled.get(shipmentId) ?? -Infinity;
    if (receivedAt.getTime() - last < SIGNAL_INTERVAL) return false;
    if (signalled.size >= MAX_SIGNALS) signalled.clear();
    signalled.set(shipmentId, receivedAt.getTime());
    return true;
  };

  const mark = async (sql: Statements, rows: readonly DueRow[]): Promise<void> => {
    if (rows.length === 0) return;
    await sql.run(MARK, [JSON.stringify(rows)]);
    onMarked();
  };

  const watch: AlertWatch = {
    changed: async (sql, shipments) => {
      if (shipments.length === 0) return;
      await refresh(sql);
      const watched = new Map(
        shipments.filter(({ tenantId }) => tenants.has(tenantId)).map((each) => [each.shipmentId, each]),
      );
      await mark(
        sql,
        [...watched.values()].map(({ tenantId, shipmentId }) => dueRow(tenantId, shipmentId)),
      );
    },
    moved: async (sql, moves, now) => {
      if (moves.length === 0) return;
      await refresh(sql);
      const watched = moves.filter(({ tenantId }) => tenants.has(tenantId));
      await readRules(sql, [...new Set(watched.map(({ tenantId }) => tenantId))]);
      const rows = watched.flatMap((move): DueRow[] => {
        const rules = tenants.get(move.tenantId)?.forPositions;
        if (!rules) return [];
        const crossings = rules.areas.flatMap((rule) => crossingsOfRule(rule, move));
        const signalAt = rules.signals && isSignal(move.shipmentId, now) ? now : null;
        if (crossings.length === 0 && signalAt === null) return [];
        return [dueRow(move.tenantId, move.shipmentId, crossings, signalAt)];
      });
      await mark(sql, rows);
    },
    watching: (live) => ({
      ...live,
      keep: async (sql, updates) => {
        await watch.changed(sql, updates);
        return live.keep(sql, updates);
      },
    }),
  };
  return watch;
}

interface DueRow {
  readonly tenant_id: string;
  readonly shipment_id: string;
  readonly crossings: readonly RuleCrossing[] | null;
  readonly signal_at: Date | null;
}

function dueRow(
  tenantId: string,
  shipmentId: string,
  crossings: readonly RuleCrossing[] = [],
  signalAt: Date | null = null,
): DueRow {
  return {
    tenant_id: tenantId,
    shipment_id: shipmentId,
    crossings: crossings.length > 0 ? crossings : null,
    signal_at: signalAt,
  };
}

function crossingsOfRule(
  { ruleId, condition }: ForPositions['areas'][number],
  { previous, current, isJump }: ShipmentMove,
): RuleCrossing[] {
  const { area } = condition;
  if (previous === null || isJump || area.type === 'PORTS') return [];
  return crossingsOf(area, previous, current)
    .filter(({ direction }) => isWanted(condition, direction))
    .map((crossing) => ({ ...crossing, ruleId }));
}
