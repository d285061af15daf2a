import { MAX_SEVERITY } from './condition.ts';
import { HOUR, hoursLater } from './time.ts';

/** How long something has lasted, measured by a rule's hours. */
export interface Overdue {
  /** 0: not long enough; then one for each time that the hours have passed, at most 3. */
  readonly severity: number;
  /** When it becomes more severe; null: never. */
  readonly nextAt: Date | null;
}

/** Something that began at an instant and lasts; a rule is about its lasting for more than some hours. */
export function overdue(since: Date, hours: number, now: Date): Overdue {
  const times = Math.floor((now.getTime() - since.getTime()) / (hours * HOUR));
  const severity = Math.max(0, Math.min(times, MAX_SEVERITY));
  return {
    severity,
    nextAt: severity === MAX_SEVERITY ? null : hoursLater(since, hours * (severity + 1)),
  };
}
