import { canonicalPlace } from '../../port-aliases.ts';
import type { Dwell } from '../condition.ts';
import { MAX_EVENTS } from '../finding.ts';
import type { Assessment, Finding } from '../finding.ts';
import { groupBy } from '../group-by.ts';
import { overdue } from '../overdue.ts';
import type { AlertRule } from '../rule.ts';
import { isOver } from '../situation.ts';
import type { Situation } from '../situation.ts';
import { staysOf } from '../stays.ts';
import type { Stay } from '../stays.ts';
import { earlier, hoursLater, hoursText, shown } from '../time.ts';

/** One cause a port, whatever the number of containers that stay there. */
export function assessDwell(
  { condition }: AlertRule & { condition: Dwell },
  situation: Situation,
): Assessment {
  const ports = new Set(condition.ports.map(canonicalPlace));
  const stays = staysOf(situation.events).filter(({ place }) => ports.size === 0 || ports.has(place));
  const findings: Finding[] = [];
  let nextAt: Date | null = null;
  for (const [cause, group] of groupBy(stays, ({ place, ordinal }) => `dwell:${place}:${ordinal}`)) {
    const open = isOver(situation) ? [] : group.filter(({ end }) => end === null);
    for (const { begin } of open) {
      nextAt = earlier(nextAt, overdue(begin.at, condition.hours, situation.now).nextAt);
    }
    findings.push(findingOf(cause, group, open, condition.hours, situation));
  }
  return { findings, nextAt };
}

function findingOf(
  cause: string,
  group: readonly Stay[],
  open: readonly Stay[],
  hours: number,
  { now, status }: Situation,
): Finding {
  const place = group[0]?.place ?? '';
  const dwelling = open
    .filter(({ begin }) => overdue(begin.at, hours, now).severity > 0)
    .sort((a, b) => a.begin.at.getTime() - b.begin.at.getTime() || (a.container < b.container ? -1 : 1));
  const [longest] = dwelling;
  if (longest === undefined) {
    const tooLong = group.filter(({ begin, end }) => (end?.at ?? now) > hoursLater(begin.at, hours));
    const last = group.map(({ end }) => end?.at ?? now).sort((a, b) => b.getTime() - a.getTime())[0] ?? now;
    const isElsewhere = group.every(({ end }) => end !== null);
    const ending = isElsewhere
      ? `The last container left ${place} on ${shown(last)}.`
      : open.length === 0
        ? `The shipment is ${status}.`
        : `No container has been at ${place} for ${hoursText(hours)} by what is known now.`;
    return { status: tooLong.length > 0 ? 'ENDED' : 'NEVER', cause, endedAt: last, ending };
  }
  const { severity } = overdue(longest.begin.at, hours, now);
  const containers = dwelling.map(({ container }) => container);
  const which =
    containers.length === 1
      ? `Container ${longest.container} has`
      : `${containers.length} containers (${longest.container} the longest) have`;
  return {
    status: 'HOLDS',
    cause,
    severity,
    fingerprint: '',
    occurredAt: hoursLater(longest.begin.at, hours),
    reason: {
      kind: 'DWELL',
      thresholdHours: hours,
      hours: severity * hours,
      unLocationCode: place,
      since: longest.begin.at.toISOString(),
      containers,
    },
    summary: `${which} been at ${place} for more than ${hoursText(severity * hours)}, since ${shown(longest.begin.at)}.`,
    eventIds: dwelling.map(({ begin }) => begin.event.id).slice(0, MAX_EVENTS),
  };
}
