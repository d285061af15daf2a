import type { ScheduleChanged } from '../condition.ts';
import type { Assessment, Finding } from '../finding.ts';
import { MAX_EVENTS } from '../finding.ts';
import { groupBy } from '../group-by.ts';
import { splitAt } from '../history.ts';
import type { Observation } from '../history.ts';
import type { ScheduleChange, ScheduleField } from '../reason.ts';
import type { AlertRule } from '../rule.ts';
import type { Situation } from '../situation.ts';
import { hoursBetween, hoursText, shown } from '../time.ts';

const CALL = /^call:(?<reference>.*):(?<field>[A-Z_]+)$/s;
const WARNING = 1;

interface Changed {
  readonly change: ScheduleChange;
  readonly by: Observation;
}

/**
 * One cause a transport call: what is said of it now, beside what was said when the rule began to watch, or at first.
 * Times count as moved when they have moved by the rule's hours since they were last told, in small steps or in one.
 */
export function assessScheduleChanged(
  rule: AlertRule & { condition: ScheduleChanged },
  { history }: Situation,
): Assessment {
  const ofCalls = history.filter(({ about }) => about.startsWith('call:'));
  const calls = groupBy(ofCalls, ({ about }) => CALL.exec(about)?.groups?.reference ?? '');
  const findings = [...calls].flatMap(([reference, said]) => findingsOf(rule, reference, said));
  return { findings, nextAt: null };
}

function findingsOf(
  { condition, watchingSince }: AlertRule & { condition: ScheduleChanged },
  transportCallReference: string,
  said: readonly Observation[],
): Finding[] {
  const fields = groupBy(said, ({ about }) => CALL.exec(about)?.groups?.field as ScheduleField);
  const changed = [...fields].flatMap(
    ([field, ofField]) => changeOf(field, ofField, watchingSince, condition.hours) ?? [],
  );
  const [latest] = [...changed].sort((a, b) => b.by.revision - a.by.revision);
  if (latest === undefined) return [];
  const changes = changed.map(({ change }) => change);
  const unLocationCode = fields.get('PLACE')?.at(-1)?.value ?? null;
  const where = unLocationCode === null ? `Call ${transportCallReference}` : `The call at ${unLocationCode}`;
  return [
    {
      status: 'HOLDS',
      cause: `call:${transportCallReference}`,
      severity: WARNING,
      fingerprint: changes.map(({ field, to }) => `${field} ${to}`).join(', '),
      occurredAt: new Date(latest.by.revision),
      reason: {
        kind: 'SCHEDULE_CHANGED',
        thresholdHours: condition.hours,
        transportCallReference,
        unLocationCode,
        changes,
      },
      summary: `${where} has changed: ${changes.map(changeText).join('; ')}.`,
      eventIds: [...new Set(changed.map(({ by }) => by.eventId))].slice(0, MAX_EVENTS),
    },
  ];
}

/** From what stood at first to what was last told; null when that is the same. */
function changeOf(
  field: ScheduleField,
  said: readonly Observation[],
  since: Date,
  threshold: number,
): Changed | null {
  const { standing, later } = splitAt(said, since);
  const first = standing ?? later[0];
  if (first === undefined) return null;
  const isTime = field === 'ARRIVAL' || field === 'DEPARTURE';
  const apart = (a: Observation, b: Observation) => hoursBetween(new Date(a.value), new Date(b.value));
  let told = first;
  for (const each of later) {
    const isNews = isTime ? Math.abs(apart(told, each)) >= threshold : each.value !== told.value;
    if (isNews) told = each;
  }
  if (isTime ? Math.abs(apart(first, told)) < threshold : told.value === first.value) return null;
  const hours = isTime ? apart(first, told) : null;
  return { change: { field, from: first.value, to: told.value, hours }, by: told };
}

const names: Readonly<Record<ScheduleField, string>> = {
  ARRIVAL: 'planned arrival',
  DEPARTURE: 'planned departure',
  VESSEL: 'vessel',
  EXPORT_VOYAGE: 'export voyage',
  IMPORT_VOYAGE: 'import voyage',
  PLACE: 'port',
};

function changeText({ field, from, to, hours }: ScheduleChange): string {
  if (hours === null) return `${names[field]} ${to} instead of ${from}`;
  const direction = hours > 0 ? 'later' : 'earlier';
  return `${names[field]} ${shown(to)} instead of ${shown(from)}, ${hoursText(Math.abs(hours))} ${direction}`;
}
