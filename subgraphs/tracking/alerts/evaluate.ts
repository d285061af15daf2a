import { setImmediate } from 'node:timers/promises';
import type { Transaction } from '#platform/database/database.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import { readShipments } from '../ingestion/known-shipment.ts';
import type { KnownShipment } from '../ingestion/known-shipment.ts';
import { onTransaction } from '../ingestion/statements.ts';
import type { StoredEvent } from '../ingestion/stored-event.ts';
import { latestAlerts, saveAlerts } from './alert-rows.ts';
import type { Alert, ChangedAlert } from './alert.ts';
import { crossingFound } from './assess/area.ts';
import { assess } from './assess.ts';
import { groupBy } from './group-by.ts';
import { endWithRule, reconcile, reconcileCrossing, wake } from './reconcile.ts';
import type { Occasion } from './reconcile.ts';
import type { AlertRule } from './rule.ts';
import { isInScope } from './scope.ts';
import { situationOf } from './situation.ts';
import type { Situation } from './situation.ts';
import { earlier, hoursLater } from './time.ts';
import {
  MAX_EVENTS,
  eventsToJudge,
  lockOverdue,
  lockWatches,
  rulesOf,
  saveWatches,
  takeNotes,
} from './watch-rows.ts';
import type { DueNote, WatchRow } from './watch-rows.ts';

/** Shipments in one transaction. */
export const BATCH = 50;

/** Milliseconds of computing, after which whoever applies events in this process gets a turn. */
const LONGEST_TURN = 5;

/** After a fault of ours a shipment is looked at again so many hours later, or when something happens. */
const AFTER_FAULT = 1;

/** Evaluates shipments of which something has become known. @returns how many notes were taken */
export async function evaluateNoted(
  tx: Transaction,
  now: Date,
  log: Logger,
): Promise<{ readonly taken: number; readonly changed: ChangedAlert[] }> {
  const notes = await takeNotes(tx, BATCH);
  if (notes.length === 0) return { taken: 0, changed: [] };
  const watches = await lockWatches(tx, notes);
  return { taken: notes.length, changed: await evaluate(tx, watches, notes, now, log) };
}

/** Evaluates shipments at which time may have changed something. @returns how many there were */
export async function evaluateOverdue(
  tx: Transaction,
  now: Date,
  log: Logger,
): Promise<{ readonly taken: number; readonly changed: ChangedAlert[] }> {
  const watches = await lockOverdue(tx, now, BATCH);
  return { taken: watches.length, changed: await evaluate(tx, watches, [], now, log) };
}

/** What was read of one shipment. */
interface Material {
  readonly watch: WatchRow;
  readonly notes: readonly DueNote[];
  readonly shipment: KnownShipment;
  readonly events: readonly StoredEvent[];
  readonly rules: readonly AlertRule[];
  readonly alerts: readonly Alert[];
}

interface Verdict {
  readonly watch: WatchRow & { readonly dueAt: Date | null };
  readonly changed: readonly ChangedAlert[];
}

/** Brings the alerts of shipments whose watches are locked up to date. Six statements. */
async function evaluate(
  tx: Transaction,
  watches: readonly WatchRow[],
  notes: readonly DueNote[],
  now: Date,
  log: Logger,
): Promise<ChangedAlert[]> {
  if (watches.length === 0) return [];
  const ids = watches.map(({ shipmentId }) => shipmentId);
  const rules = groupBy(
    await rulesOf(tx, [...new Set(watches.map(({ tenantId }) => tenantId))]),
    ({ tenantId }) => tenantId,
  );
  const alerts = groupBy(await latestAlerts(tx, ids), ({ shipmentId }) => shipmentId);
  const shipments = new Map((await readShipments(onTransaction(tx), ids)).map((each) => [each.id, each]));
  const events = groupBy(await eventsToJudge(onTransaction(tx), watches), ({ shipmentId }) => shipmentId);
  const noted = groupBy(notes, ({ shipmentId }) => shipmentId);
  const verdictOn = (watch: WatchRow): Verdict => {
    const { shipmentId, tenantId } = watch;
    const shipment = shipments.get(shipmentId);
    if (shipment?.tenantId !== tenantId) return { watch: { ...watch, dueAt: null }, changed: [] };
    const material: Material = {
      watch,
      shipment,
      notes: noted.get(shipmentId) ?? [],
      events: events.get(shipmentId) ?? [],
      rules: rules.get(tenantId) ?? [],
      alerts: alerts.get(shipmentId) ?? [],
    };
    try {
      return judge(material, now);
    } catch (error) {
      // The others must not wait for it.
      log.error({ error, shipment: shipmentId }, 'the rules could not be evaluated at a shipment');
      return { watch: { ...watch, dueAt: hoursLater(now, AFTER_FAULT) }, changed: [] };
    }
  };
  const verdicts: Verdict[] = [];
  let turn = performance.now();
  for (const watch of watches) {
    verdicts.push(verdictOn(watch));
    if (performance.now() - turn < LONGEST_TURN) continue;
    await setImmediate();
    turn = performance.now();
  }
  const changed = verdicts.flatMap((verdict) => verdict.changed);
  await saveAlerts(
    tx,
    changed.map(({ alert }) => alert),
  );
  await saveWatches(
    tx,
    verdicts.map(({ watch }) => watch),
  );
  return changed;
}

function judge({ watch, notes, shipment, events, rules, alerts }: Material, now: Date): Verdict {
  const signalAt = notes.reduce(
    (last, note) =>
      note.signalAt !== null && (last === null || note.signalAt > last) ? note.signalAt : last,
    watch.signalAt,
  );
  const situation = situationOf(
    { shipment, events, isWhole: events.length < MAX_EVENTS, history: watch.history, signalAt },
    now,
  );
  const occasion: Occasion = { ...situation, shipmentId: shipment.id };
  const ledger = new Ledger(alerts);
  for (const alert of alerts) ledger.enter(wake(alert, now));
  let dueAt: Date | null = null;
  const inForce = rules.filter(({ scope }) => isInScope(scope, shipment));
  for (const rule of inForce) {
    dueAt = earlier(dueAt, applyRule(rule, situation, occasion, ledger));
    for (const { ruleId, ...crossing } of notes.flatMap((note) => note.crossings ?? [])) {
      if (ruleId !== rule.id) continue;
      const finding = crossingFound({ ...crossing, at: new Date(crossing.at) });
      const alert = ledger.of(rule.id).find(({ cause }) => cause === finding.cause);
      ledger.enter(reconcileCrossing(rule, alert, finding, occasion));
    }
  }
  const ids = new Set(inForce.map(({ id }) => id));
  for (const ruleId of new Set(alerts.map((alert) => alert.ruleId))) {
    if (!ids.has(ruleId)) for (const each of endWithRule(ledger.of(ruleId), now)) ledger.enter(each);
  }
  for (const { state, snoozedUntil } of ledger.all()) {
    if (state === 'OPEN') dueAt = earlier(dueAt, snoozedUntil);
  }
  const history = inForce.length === 0 ? [] : situation.history;
  return { watch: { ...watch, history, signalAt, dueAt }, changed: ledger.changes() };
}

function applyRule(rule: AlertRule, situation: Situation, occasion: Occasion, ledger: Ledger): Date | null {
  const { findings, nextAt } = assess(rule, situation);
  for (const each of reconcile(rule, ledger.of(rule.id), findings, occasion)) ledger.enter(each);
  return nextAt;
}

/** The alerts of one shipment while it is judged: the latest episode of each cause, and what has changed. */
class Ledger {
  readonly #alerts: Map<string, Alert>;
  readonly #changes = new Map<string, ChangedAlert>();

  constructor(alerts: readonly Alert[]) {
    this.#alerts = new Map(alerts.map((alert) => [keyOf(alert), alert]));
  }

  all(): Alert[] {
    return [...this.#alerts.values()];
  }

  of(ruleId: string): Alert[] {
    return this.all().filter((alert) => alert.ruleId === ruleId);
  }

  enter(changed: ChangedAlert | null): void {
    if (changed === null) return;
    const { alert, change } = changed;
    this.#alerts.set(keyOf(alert), alert);
    const before = this.#changes.get(alert.id)?.change ?? null;
    // Whoever hears of it for the first time is told so.
    this.#changes.set(alert.id, { alert, change: before === 'RAISED' ? before : (change ?? before) });
  }

  changes(): ChangedAlert[] {
    return [...this.#changes.values()];
  }
}

function keyOf({ ruleId, cause }: Alert): string {
  return `${ruleId} ${cause}`;
}
