import type { EtaSlip } from '../condition.ts';
import { MAX_SEVERITY } from '../condition.ts';
import type { Assessment } from '../finding.ts';
import { saidAbout, splitAt } from '../history.ts';
import type { Observation } from '../history.ts';
import type { AlertRule } from '../rule.ts';
import { isOver } from '../situation.ts';
import type { Situation } from '../situation.ts';
import { hoursBetween, hoursText, shown } from '../time.ts';

const CAUSE = 'eta';

/** An estimate has to come back by so much of the threshold before the slip counts as made good. */
const BAND = 0.25;

/**
 * Goes through the estimates in the order in which they were made. A slip begins with the estimate that is more than
 * the threshold behind the reference, gets more severe with each further threshold, and ends with the estimate that is
 * a quarter of it below: what moves in between is noise.
 */
export function assessEtaSlip(rule: AlertRule & { condition: EtaSlip }, situation: Situation): Assessment {
  const { hours } = rule.condition;
  const { reference, estimates } = basisOf(rule, situation);
  const last = estimates.at(-1);
  if (reference === null || last === undefined) return { findings: [], nextAt: null };

  let began: Observation | null = null;
  let ended: Observation | null = null;
  let severity = 0;
  for (const each of estimates) {
    const slip = hoursBetween(reference, new Date(each.value));
    if (slip > hours) {
      began ??= each;
      severity = Math.max(severity, Math.min(Math.ceil(slip / hours) - 1, MAX_SEVERITY));
    } else if (began !== null && slip <= hours * (1 - BAND)) {
      began = null;
      ended = each;
      severity = 0;
    }
  }
  const arrival = situation.milestones.findLast(({ code }) => code === 'ARRIVED')?.actual ?? null;
  const slip = hoursBetween(reference, new Date(last.value));
  const over = (status: 'ENDED' | 'NEVER', endedAt: Date, ending: string): Assessment => ({
    findings: [{ status, cause: CAUSE, endedAt, ending }],
    nextAt: null,
  });
  if (arrival !== null) return over('ENDED', arrival, `It arrived on ${shown(arrival)}.`);
  if (isOver(situation)) return over('ENDED', situation.now, `The shipment is ${situation.status}.`);
  const estimate = `The estimated arrival is ${shown(last.value)}, ${lateText(slip)}`;
  if (began === null && ended !== null) return over('ENDED', new Date(ended.revision), `${estimate}.`);
  if (began === null) return over('NEVER', new Date(last.revision), `${estimate}.`);
  return {
    findings: [
      {
        status: 'HOLDS',
        cause: CAUSE,
        severity,
        fingerprint: '',
        occurredAt: new Date(began.revision),
        reason: {
          kind: 'ETA_SLIP',
          thresholdHours: hours,
          hours: slip,
          reference: reference.toISOString(),
          estimated: last.value,
        },
        summary: `${estimate} (${shown(reference)}); the rule allows ${hoursText(hours)}.`,
        eventIds: [...new Set([last.eventId, began.eventId])],
      },
    ],
    nextAt: null,
  };
}

interface Basis {
  /** What the estimates are compared with; null while nothing is known. */
  readonly reference: Date | null;
  /** In the order in which they were made. */
  readonly estimates: readonly Observation[];
}

function basisOf(
  { condition, watchingSince }: AlertRule & { condition: EtaSlip },
  { shipment, history }: Situation,
): Basis {
  const said = saidAbout(history, 'eta');
  const [firstPlan] = saidAbout(history, 'plan');
  const planned = firstPlan === undefined ? shipment.plannedArrival : new Date(firstPlan.value);
  const first = (estimates: readonly Observation[]): Basis => {
    const [one] = estimates;
    return { reference: planned ?? (one === undefined ? null : new Date(one.value)), estimates };
  };
  if (condition.reference === 'PLAN') return first(said);
  const { standing, later } = splitAt(said, watchingSince);
  if (standing === null) return first(later);
  return { reference: new Date(standing.value), estimates: [standing, ...later] };
}

function lateText(hours: number): string {
  if (hours === 0) return 'as expected at first';
  return `${hoursText(Math.abs(hours))} ${hours > 0 ? 'later' : 'earlier'} than expected at first`;
}
