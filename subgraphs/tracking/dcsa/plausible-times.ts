import { parseInstant } from './date-time.ts';
import { describeValue } from './fault.ts';
import type { FieldFault } from './fault.ts';

/** Nothing that Track & Trace reports is older. */
const EARLIEST = Date.UTC(2000, 0, 1);
/** How far a reporter's clock may be ahead of ours. */
const CLOCK_SKEW = 24 * 60 * 60 * 1000;
/** How far ahead plans may reach. */
const PLAN_YEARS = 5;

/** Says what is wrong with an instant (milliseconds since 1970 UTC), or null when nothing is. */
type TimeFault = (instant: number, now: number) => string | null;

const fields: readonly [field: string, fault: TimeFault][] = [
  ['eventCreatedDateTime', recordFault],
  ['eventUpdatedDateTime', recordFault],
  ['eventDateTime', planFault],
];

/**
 * Times of an event that are well-formed but can't be true. The contract sets no bounds; these are ours.
 *
 * @param event an object from JSON; times that are missing or malformed are another check's business.
 * @param now milliseconds since 1970 UTC.
 */
export function implausibleTimes(event: object, now: number): FieldFault[] {
  return fields.flatMap(([field, fault]) => {
    const value: unknown = (event as Record<string, unknown>)[field];
    const instant = typeof value === 'string' ? parseInstant(value) : null;
    const reason = instant === null ? null : fault(instant, now);
    return reason === null ? [] : [{ field, value: describeValue(value), reason }];
  });
}

/** As `implausibleTimes`, without saying which. @param event a valid one */
export function areTimesPlausible(event: object, now: number): boolean {
  return fields.every(([field, fault]) => {
    const value: unknown = (event as Record<string, unknown>)[field];
    const instant = typeof value === 'string' ? parseInstant(value) : null;
    return instant === null || fault(instant, now) === null;
  });
}

/** What is planned, estimated or happens lies between 2000 and five years from now. */
export function planFault(instant: number, now: number): string | null {
  if (instant >= EARLIEST && instant <= now) return null;
  const latest = new Date(now);
  latest.setUTCFullYear(latest.getUTCFullYear() + PLAN_YEARS);
  return outside(instant, latest.getTime(), `${PLAN_YEARS} years from now`);
}

/** What is on record was made between 2000 and a day from now. */
function recordFault(instant: number, now: number): string | null {
  return outside(instant, now + CLOCK_SKEW, 'a day from now');
}

function outside(instant: number, latest: number, limit: string): string | null {
  if (instant < EARLIEST) return 'too early: expected 2000-01-01 or later';
  return instant > latest ? `too late: expected no later than ${limit}` : null;
}
