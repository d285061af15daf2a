import { describeValue } from './fault.ts';
import type { FieldFault } from './fault.ts';
import { parseInstant } from './date-time.ts';

/** Nothing that Track & Trace reports is older. */
const EARLIEST = Date.UTC(2000, 0, 1);
/** How far a reporter's clock may be ahead of ours. */
const CLOCK_SKEW = 24 * 60 * 60 * 1000;
/** How far ahead plans may reach. */
const LATEST_PLAN_YEARS = 5;

/**
 * Times that are well-formed but can't be true. The contract sets no bounds; these are ours: an event isn't made
 * or updated before 2000 nor more than a day from now, and doesn't happen before 2000 nor more than five years from
 * now.
 *
 * @param event an object from JSON; times that are missing or malformed are another check's business.
 * @param now milliseconds since 1970 UTC.
 */
export function implausibleTimes(event: object, now: number): FieldFault[] {
  const soon = now + CLOCK_SKEW;
  const latestPlan = new Date(now);
  latestPlan.setUTCFullYear(latestPlan.getUTCFullYear() + LATEST_PLAN_YEARS);

  const bounds: [field: string, latest: number, limit: string][] = [
    ['eventCreatedDateTime', soon, 'a day from now'],
    ['eventUpdatedDateTime', soon, 'a day from now'],
    ['eventDateTime', latestPlan.getTime(), `${LATEST_PLAN_YEARS} years from now`],
  ];
  return bounds.flatMap(([field, latest, limit]) => {
    const value: unknown = (event as Record<string, unknown>)[field];
    const instant = typeof value === 'string' ? parseInstant(value) : null;
    if (instant === null) return [];
    const reason =
      instant < EARLIEST
        ? 'too early: expected 2000-01-01 or later'
        : instant > latest
          ? `too late: expected no later than ${limit}`
          : null;
    return reason === null ? [] : [{ field, value: describeValue(value), reason }];
  });
}
