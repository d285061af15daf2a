import { HOUR } from './uncertainty.ts';

/** A carrier's estimate counts as much as our own reckoning when it lies this far ahead. */
const EQUAL_WEIGHT_HOURS = 7 * 24;

/**
 * Weighs the carrier's estimate of an arrival that nobody has reported against our reckoning of it.
 *
 * - No ship can be there by then: the estimate is out of date and the reckoning stands.
 * - The estimate lies ahead and the reckoned time is past: the reckoning is refuted and the estimate stands.
 * - Both lie ahead: the mean of the two, the estimate with the weight 168 / (168 + hours until then). Weeks ahead
 *   it mostly repeats the schedule; in the last days the carrier knows its berth and its pilot, and leads.
 * - The estimate is past: the later of the two, for the ship is overdue by no more than that.
 *
 * @param reckoned the arrival by distance and speed; may be past.
 * @param earliest before this no ship can be there.
 */
export function weighEstimate(reckoned: Date, estimate: Date | undefined, now: Date, earliest: Date): Date {
  if (!estimate || estimate < earliest) return reckoned;
  if (estimate <= now) return reckoned > estimate ? reckoned : estimate;
  if (reckoned <= now) return estimate;
  const hoursAhead = (estimate.getTime() - now.getTime()) / HOUR;
  const weight = EQUAL_WEIGHT_HOURS / (EQUAL_WEIGHT_HOURS + hoursAhead);
  return new Date(reckoned.getTime() + weight * (estimate.getTime() - reckoned.getTime()));
}
