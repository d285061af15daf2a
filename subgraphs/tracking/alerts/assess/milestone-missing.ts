import type { MilestoneMissing } from '../condition.ts';
import { MAX_EVENTS } from '../finding.ts';
import type { Assessment, Finding } from '../finding.ts';
import { overdue } from '../overdue.ts';
import type { AlertRule } from '../rule.ts';
import { evidenceOf, isOver } from '../situation.ts';
import type { Situation } from '../situation.ts';
import { hoursLater, hoursText, shown } from '../time.ts';
import type { Milestone } from '../../milestones.ts';

/**
 * Of the milestones that the rule is about, only the one that is waited for can be missing: the first that hasn't
 * happened and that nothing later has overtaken. What comes after it is late for the same cause.
 */
export function assessMilestoneMissing(
  { condition }: AlertRule & { condition: MilestoneMissing },
  situation: Situation,
): Assessment {
  const { milestones, now } = situation;
  const reached = milestones.findLastIndex(({ actual }) => actual !== null);
  const isOf = ({ code }: Milestone) => condition.codes.length === 0 || condition.codes.includes(code);
  const awaited = milestones.findIndex(
    (each, index) => index > reached && isOf(each) && expectedOf(each) !== null,
  );
  const findings: Finding[] = [];
  let nextAt: Date | null = null;
  for (const [index, milestone] of milestones.entries()) {
    const expected = expectedOf(milestone);
    if (!isOf(milestone) || expected === null) continue;
    const cause = causeOf(milestones, index);
    const deadline = hoursLater(expected, condition.hours);
    const end = endOf(situation, index, awaited);
    if (end !== null) {
      // What happened in time wasn't missing; it was reported late.
      findings.push({ ...end, cause, status: end.endedAt > deadline ? 'ENDED' : 'NEVER' });
      continue;
    }
    const { severity, nextAt: next } = overdue(expected, condition.hours, now);
    nextAt = next;
    if (severity === 0) {
      const ending = `${nameOf(milestone)} is expected on ${shown(expected)}.`;
      findings.push({ status: 'NEVER', cause, endedAt: now, ending });
      continue;
    }
    const basis = milestone.planned === null ? 'EST' : 'PLN';
    const hours = severity * condition.hours;
    findings.push({
      status: 'HOLDS',
      cause,
      severity,
      fingerprint: '',
      occurredAt: deadline,
      reason: {
        kind: 'MILESTONE_MISSING',
        thresholdHours: condition.hours,
        hours,
        code: milestone.code,
        unLocationCode: milestone.unLocationCode,
        expected: expected.toISOString(),
        basis,
      },
      summary: `${nameOf(milestone)} was ${basis === 'PLN' ? 'planned' : 'estimated'} for ${shown(expected)} and has not been reported for ${hoursText(hours)} since.`,
      eventIds: evidenceOf(situation, milestone, basis, expected)
        .map(({ id }) => id)
        .slice(0, MAX_EVENTS),
    });
  }
  return { findings, nextAt };
}

function expectedOf({ planned, estimated }: Milestone): Date | null {
  return planned ?? estimated;
}

/** Why a milestone isn't waited for; null when it is. */
function endOf(
  situation: Situation,
  index: number,
  awaited: number,
): { readonly endedAt: Date; readonly ending: string } | null {
  const { milestones, now, status } = situation;
  const milestone = milestones[index] as Milestone;
  const { actual } = milestone;
  if (actual !== null) {
    return { endedAt: actual, ending: `${nameOf(milestone)} happened on ${shown(actual)}.` };
  }
  const overtaking = milestones.find((each, other) => other > index && each.actual !== null);
  if (overtaking?.actual) {
    const ending = `${nameOf(overtaking)} happened on ${shown(overtaking.actual)}: ${nameOf(milestone)} is not waited for.`;
    return { endedAt: now, ending };
  }
  if (isOver(situation)) return { endedAt: now, ending: `The shipment is ${status}.` };
  const first = milestones[awaited];
  if (index !== awaited && first)
    return { endedAt: now, ending: `${nameOf(first)} is waited for before that.` };
  return null;
}

/** A step may be there once for each transshipment. */
function causeOf(milestones: readonly Milestone[], index: number): string {
  const { code, unLocationCode } = milestones[index] as Milestone;
  const same = milestones
    .slice(0, index)
    .filter((each) => each.code === code && each.unLocationCode === unLocationCode);
  const place = unLocationCode ?? '';
  return `milestone:${code}:${place}${same.length > 0 ? `:${same.length + 1}` : ''}`;
}

function nameOf({ code, unLocationCode }: Milestone): string {
  return unLocationCode === null ? code : `${code} at ${unLocationCode}`;
}
