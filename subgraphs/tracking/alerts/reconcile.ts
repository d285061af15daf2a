import { alertId } from './alert.ts';
import type { Alert, AlertChange, ChangedAlert } from './alert.ts';
import { restsOnPositions } from './assess/area.ts';
import { natureOf } from './condition.ts';
import type { Finding, Holding, Over } from './finding.ts';
import type { AlertRule } from './rule.ts';
import type { Situation } from './situation.ts';
import { HOUR } from './time.ts';

/** What alerts at one shipment are brought in line with. */
export interface Occasion extends Pick<Situation, 'counts' | 'isWhole' | 'now'> {
  readonly shipmentId: string;
}

/** Positions jump at a border: crossings in one direction that follow within this time are one. */
const SAME_CROSSING = HOUR;

/**
 * What becomes of the alerts of one rule at one shipment. Reconciling again with the same findings changes nothing.
 * @param latest the latest episode of each cause
 */
export function reconcile(
  rule: AlertRule,
  latest: readonly Alert[],
  findings: readonly Finding[],
  occasion: Occasion,
): ChangedAlert[] {
  const alertOf = new Map(latest.map((alert) => [alert.cause, alert]));
  const found = new Set(findings.map(({ cause }) => cause));
  const changed = findings.map((finding) => {
    const alert = alertOf.get(finding.cause);
    if (finding.status === 'HOLDS') return holding(rule, alert, finding, occasion);
    return alert === undefined ? null : over(rule, alert, finding, occasion);
  });
  const unfounded = latest
    .filter(({ cause }) => !found.has(cause) && !restsOnPositions(cause))
    .map((alert) => withoutFinding(rule, alert, occasion));
  return [...changed, ...unfounded].flatMap((each) => each ?? []);
}

/** Ends the alerts of a rule that is gone, switched off, or no longer about the shipment. */
export function endWithRule(latest: readonly Alert[], now: Date): ChangedAlert[] {
  return latest.flatMap((alert) =>
    alert.state === 'OPEN'
      ? [ended(alert, 'CLOSED', now, 'The rule no longer watches this shipment.', now)]
      : [],
  );
}

/** Raises an alert for a crossing that positions show, unless it belongs to the one before. */
export function reconcileCrossing(
  rule: AlertRule,
  alert: Alert | undefined,
  finding: Holding,
  occasion: Occasion,
): ChangedAlert | null {
  const before = alert?.reason.kind === 'AREA' ? Date.parse(alert.reason.at) : -Infinity;
  const at = finding.occurredAt.getTime();
  if (alert === undefined || at - before > SAME_CROSSING) return raised(rule, alert, finding, occasion);
  // It still jumps: the hour begins anew.
  if (at <= before || alert.reason.kind !== 'AREA') return null;
  const reason = { ...alert.reason, at: finding.occurredAt.toISOString() };
  return { alert: { ...alert, reason, updatedAt: occasion.now }, change: null };
}

/** Raises again what was silenced until now and is still open. */
export function wake(alert: Alert, now: Date): ChangedAlert | null {
  if (alert.state !== 'OPEN' || alert.snoozedUntil === null || alert.snoozedUntil > now) return null;
  const awake = { ...alert, snoozedUntil: null, snoozedBy: null, updatedAt: now };
  return { alert: awake, change: awake.acknowledgedAt === null ? 'REMINDED' : null };
}

function holding(
  rule: AlertRule,
  alert: Alert | undefined,
  finding: Holding,
  occasion: Occasion,
): ChangedAlert | null {
  const isFact = natureOf[rule.condition.kind] === 'FACT';
  if (alert === undefined || alert.state === 'WITHDRAWN') return raised(rule, alert, finding, occasion);
  const isNews = isFact && alert.fingerprint !== finding.fingerprint;
  if (alert.state === 'CLOSED') return isFact && !isNews ? null : raised(rule, alert, finding, occasion);
  const hasGrown = finding.severity > alert.severity;
  const said = {
    ruleVersion: rule.version,
    // What has been serious stays so for as long as it lasts.
    severity: Math.max(finding.severity, alert.severity),
    fingerprint: finding.fingerprint,
    reason: finding.reason,
    summary: finding.summary,
    eventIds: finding.eventIds,
  };
  if (isSame(alert, said)) return null;
  const acknowledgement = hasGrown ? { acknowledgedAt: null, acknowledgedBy: null } : {};
  const next = { ...alert, ...said, ...acknowledgement, updatedAt: occasion.now };
  const change = hasGrown ? 'ESCALATED' : isNews ? 'CHANGED' : null;
  return { alert: next, change: isQuiet(next) ? null : change };
}

/** A snoozed alert says nothing until it wakes; an acknowledged one, until it gets more severe. */
function isQuiet({ snoozedUntil, acknowledgedAt }: Alert): boolean {
  return snoozedUntil !== null || acknowledgedAt !== null;
}

function isSame(alert: Alert, said: Partial<Alert>): boolean {
  const text = (of: Partial<Alert>) =>
    JSON.stringify(Object.keys(said).map((key) => canonical(of[key as keyof Alert])));
  return text(alert) === text(said);
}

/** Postgres keeps objects with their keys in an order of its own. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, each]): unknown => [key, canonical(each)]);
}

function over(rule: AlertRule, alert: Alert, finding: Over, { now }: Occasion): ChangedAlert | null {
  if (alert.state !== 'OPEN') return null;
  // The condition that the rule had when it was raised may have held.
  const state = finding.status === 'ENDED' || alert.ruleVersion !== rule.version ? 'CLOSED' : 'WITHDRAWN';
  return ended(alert, state, finding.endedAt, finding.ending, now);
}

function withoutFinding(
  rule: AlertRule,
  alert: Alert,
  { counts, isWhole, now }: Occasion,
): ChangedAlert | null {
  const isFact = natureOf[alert.kind] === 'FACT';
  if (alert.state === 'WITHDRAWN' || (alert.state === 'CLOSED' && !isFact)) return null;
  if (alert.ruleVersion !== rule.version) {
    if (alert.state === 'CLOSED') return null;
    return ended(alert, 'CLOSED', now, 'The rule has been changed.', now);
  }
  const isRetracted = alert.eventIds.some((id) => !counts(id));
  if (!isWhole && !isRetracted) return null;
  const why = isRetracted
    ? 'An event that it rested on was withdrawn by its reporter.'
    : 'By what is known now, it was not so.';
  return ended(alert, 'WITHDRAWN', now, why, now);
}

function ended(
  alert: Alert,
  state: 'CLOSED' | 'WITHDRAWN',
  endedAt: Date,
  ending: string,
  now: Date,
): ChangedAlert {
  return {
    alert: { ...alert, state, endedAt, ending, updatedAt: now, snoozedUntil: null, snoozedBy: null },
    change: state satisfies AlertChange,
  };
}

function raised(
  { id: ruleId, tenantId, version, condition }: AlertRule,
  before: Alert | undefined,
  finding: Holding,
  { shipmentId, now }: Occasion,
): ChangedAlert {
  const { cause, severity, fingerprint, reason, summary, eventIds, occurredAt } = finding;
  const episode = (before?.episode ?? 0) + 1;
  const alert: Alert = {
    id: alertId(ruleId, shipmentId, cause, episode),
    tenantId,
    ruleId,
    ruleVersion: version,
    shipmentId,
    cause,
    episode,
    kind: condition.kind,
    state: 'OPEN',
    severity,
    fingerprint,
    reason,
    summary,
    eventIds,
    occurredAt,
    detectedAt: now,
    updatedAt: now,
    endedAt: null,
    ending: null,
    acknowledgedAt: null,
    acknowledgedBy: null,
    snoozedUntil: null,
    snoozedBy: null,
  };
  return { alert, change: 'RAISED' };
}
