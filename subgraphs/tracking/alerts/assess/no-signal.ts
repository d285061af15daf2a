import type { NoSignal } from '../condition.ts';
import type { Assessment } from '../finding.ts';
import { overdue } from '../overdue.ts';
import type { AlertRule } from '../rule.ts';
import { isOver } from '../situation.ts';
import type { Situation } from '../situation.ts';
import { hoursLater, hoursText, shown } from '../time.ts';

const CAUSE = 'signal';

/** Counts from when something was received, not from when it happened. */
export function assessNoSignal(
  { condition }: AlertRule & { condition: NoSignal },
  situation: Situation,
): Assessment {
  const { lastSignal, now, status } = situation;
  const { hours: thresholdHours } = condition;
  if (isOver(situation)) {
    const ending = `The shipment is ${status}.`;
    return { findings: [{ status: 'ENDED', cause: CAUSE, endedAt: now, ending }], nextAt: null };
  }
  const { severity, nextAt } = overdue(lastSignal.at, thresholdHours, now);
  if (severity === 0) {
    const ending = `A signal was received on ${shown(lastSignal.at)}.`;
    return { findings: [{ status: 'ENDED', cause: CAUSE, endedAt: lastSignal.at, ending }], nextAt };
  }
  const hours = severity * thresholdHours;
  return {
    findings: [
      {
        status: 'HOLDS',
        cause: CAUSE,
        severity,
        fingerprint: '',
        occurredAt: hoursLater(lastSignal.at, thresholdHours),
        reason: { kind: 'NO_SIGNAL', thresholdHours, hours, lastSignalAt: lastSignal.at.toISOString() },
        summary: `Neither an event nor a position has been received for ${hoursText(hours)}, since ${shown(lastSignal.at)}.`,
        eventIds: lastSignal.eventId === null ? [] : [lastSignal.eventId],
      },
    ],
    nextAt,
  };
}
