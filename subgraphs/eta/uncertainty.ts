/**
 * How sure an arrival time is.
 *
 * Ships are seldom early and often late, and the more time lies ahead, the more can go wrong. So the interval
 * grows with the remaining time and reaches further to the late side:
 *
 *     late  = √( base² + (rate · hours to go)² + (connection · connections ahead)² + (drift · hours unseen)² ) + overdue
 *     p90   = p50 + late
 *     p10   = p50 − EARLY_SHARE · late, but never before now
 *
 * The parameters are assumptions, not fitted to data of ours. SCHEDULE is set by Sea-Intelligence's Global Liner
 * Performance reports of 2023 and 2024: about half of the vessels arrive within a day of their schedule, the late
 * ones some five days late on average; with exponential delays, one in ten is then more than a week late on a
 * voyage of a month. A ship that has sailed has its port delays behind it, and one that has been seen also its
 * slow steaming, so DEPARTURE and POSITION are tighter.
 */
export interface Uncertainty {
  /** Hours, whatever the distance: pilot, berth, the time until an arrival is reported. */
  readonly base: number;
  /** Hours late for each hour to go. */
  readonly rate: number;
}

export const UNCERTAINTY = {
  POSITION: { base: 6, rate: 0.08 },
  DEPARTURE: { base: 12, rate: 0.15 },
  SCHEDULE: { base: 24, rate: 0.25 },
} as const satisfies Record<string, Uncertainty>;

/** Hours that one change of vessel still to come may add: liner services sail weekly, a missed one costs days. */
const CONNECTION_HOURS = 60;
/** Hours late for each hour since the ship was last seen. */
const DRIFT_RATE = 0.15;
/** How far the interval reaches to the early side, as a share of the late side. */
const EARLY_SHARE = 0.4;
/** A ship that has not arrived by now is not there in less than this. */
const SHORTEST_WAIT_HOURS = 1;
/** A ship that is late by some time is expected to need half of that time again, at most this long. */
const LONGEST_WAIT_HOURS = 120;

export interface Interval {
  readonly p10: Date;
  readonly p50: Date;
  readonly p90: Date;
}

export const HOUR = 3_600_000;
const MINUTE = 60_000;

/**
 * The interval around an expected arrival of a ship that has not arrived: now ≤ p10 ≤ p50 ≤ p90, in whole minutes.
 * @param expected when the ship is expected; may be past.
 * @param connections changes of vessel still to come.
 * @param unseenHours hours since the ship was last seen.
 */
export function arrivalInterval(
  expected: Date,
  now: Date,
  { base, rate }: Uncertainty,
  connections = 0,
  unseenHours = 0,
): Interval {
  const overdue = Math.max(0, (now.getTime() - expected.getTime()) / HOUR);
  const wait = Math.min(Math.max(overdue / 2, SHORTEST_WAIT_HOURS), LONGEST_WAIT_HOURS);
  const median = Math.max(expected.getTime(), now.getTime() + wait * HOUR);
  const toGo = (median - now.getTime()) / HOUR;
  const late =
    overdue +
    Math.hypot(base, rate * toGo, CONNECTION_HOURS * Math.sqrt(connections), DRIFT_RATE * unseenHours);
  return {
    p10: wholeMinute(Math.max(median - EARLY_SHARE * late * HOUR, now.getTime())),
    p50: wholeMinute(median),
    p90: wholeMinute(median + late * HOUR),
  };
}

function wholeMinute(time: number): Date {
  return new Date(Math.ceil(time / MINUTE) * MINUTE);
}
