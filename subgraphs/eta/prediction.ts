import { weighEstimate } from './carrier-estimate.ts';
import type { Coordinate } from './geodesy.ts';
import { itinerary, type Journey, legDistances, type PortCall } from './itinerary.ts';
import { pairs } from './pairs.ts';
import { seaDistance } from './sea-route.ts';
import { arrivalInterval, HOUR, type Interval, UNCERTAINTY } from './uncertainty.ts';
import { hoursAtSea, legSpeed, TOP_SPEED, TYPICAL_SPEED, voyageSpeed } from './voyage-speed.ts';

/** A journey with what is known of the ship. */
export interface Voyage extends Journey {
  /** Where the shipment stands; `arrived` also when the time of arrival isn't known. */
  readonly stage: 'before-departure' | 'under-way' | 'arrived' | 'cancelled';
  readonly position?: ObservedPosition | undefined;
  /** The speed in knots that the vessel is built for; ships on a voyage steam slower. */
  readonly serviceSpeedKnots?: number | undefined;
}

/** Where the ship was seen. */
export interface ObservedPosition {
  readonly coordinate: Coordinate;
  readonly observedAt: Date;
  /** Speed over ground in knots. */
  readonly speedKnots?: number | undefined;
}

/** A predicted arrival at the port of discharge. */
export interface ArrivalPrediction extends Interval {
  readonly basis: 'ACTUAL' | 'POSITION' | 'DEPARTURE' | 'SCHEDULE';
  /** The carrier's own latest estimate. */
  readonly carrierEstimate: Date | null;
  /** Sea distance still to go; null when no distance was used. */
  readonly remainingNauticalMiles: number | null;
  /** Mean speed assumed for what is still to go, in knots; null when no distance was used or none is left. */
  readonly speedKnots: number | null;
}

/** A position older than this tells less than the departure. */
const POSITION_EXPIRES_HOURS = 7 * 24;
/** Least time between arrival at and departure from a port of transshipment. */
const SHORTEST_CONNECTION_HOURS = 12;
/** Time in a port of transshipment when the departure isn't known: an assumption, half a weekly service interval. */
const USUAL_CONNECTION_HOURS = 84;
/** Liner services sail weekly: who misses one takes the next. */
const SAILING_INTERVAL_HOURS = 7 * 24;

/**
 * Predicts the arrival at the port of discharge. The best basis that the facts allow is taken:
 *
 * 1. ACTUAL: it has arrived. All three times are the actual one.
 * 2. POSITION: under way and seen in the last week: the sea distance from there by the speed it was seen at for
 *    a day and the speed of its plan after that.
 * 3. DEPARTURE: under way but not seen, or in a port of transshipment: the distance from the last port by the
 *    speed of the plan. Also before departure, when the carrier gives a departure but no arrival.
 * 4. SCHEDULE: the carrier's estimate, else its plan.
 *
 * For the speeds see {@link legSpeed}. Each arrival reckoned in 2 and 3 is weighed with the carrier's estimate of it,
 * see {@link weighEstimate}. Ports of transshipment ahead cost the time until the departure that the carrier gives
 * for them.
 * {@link arrivalInterval} tells how sure it is.
 *
 * @returns null when it is cancelled or too little is known.
 */
export function predictArrival(voyage: Voyage, now: Date, distance = seaDistance): ArrivalPrediction | null {
  if (voyage.stage === 'cancelled') return null;
  const calls = itinerary(voyage);
  const arrival = calls?.at(-1)?.arrival ?? voyage.arrival;
  const carrierEstimate = arrival.estimated ?? null;
  const scheduled = carrierEstimate ?? arrival.planned;

  if (arrival.actual || voyage.stage === 'arrived') {
    const at = arrival.actual ?? (scheduled && scheduled < now ? scheduled : undefined);
    if (!at) return null;
    const basis = arrival.actual ? 'ACTUAL' : 'SCHEDULE';
    return { basis, p10: at, p50: at, p90: at, carrierEstimate, remainingNauticalMiles: 0, speedKnots: null };
  }

  const lastPort = calls ? lastPortReached(calls) : -1;
  const sailed = lastPort >= 0 || voyage.stage === 'under-way';
  const reckoned = calls && (sailed || !scheduled) ? reckon(voyage, calls, lastPort, now, distance) : null;
  if (reckoned) {
    const { basis, expected, connections, unseenHours, remainingNauticalMiles, speedKnots } = reckoned;
    const interval = arrivalInterval(expected, now, UNCERTAINTY[basis], connections, unseenHours);
    return { basis, ...interval, carrierEstimate, remainingNauticalMiles, speedKnots };
  }
  if (!scheduled) return null;
  const interval = arrivalInterval(scheduled, now, UNCERTAINTY.SCHEDULE);
  return { basis: 'SCHEDULE', ...interval, carrierEstimate, remainingNauticalMiles: null, speedKnots: null };
}

interface Reckoning {
  readonly basis: 'POSITION' | 'DEPARTURE';
  readonly expected: Date;
  readonly connections: number;
  readonly unseenHours: number;
  readonly remainingNauticalMiles: number;
  readonly speedKnots: number | null;
}

/** Index of the last call before the destination that the ship has reached or left; -1 while it hasn't left the origin. */
function lastPortReached(calls: readonly PortCall[]): number {
  return calls
    .slice(0, -1)
    .findLastIndex(({ arrival, departure }, index) => departure.actual ?? (index > 0 && arrival.actual));
}

/** Sails the rest of the itinerary on paper; null when the start or a distance isn't known. */
function reckon(
  voyage: Voyage,
  calls: readonly PortCall[],
  lastPort: number,
  now: Date,
  distance: typeof seaDistance,
): Reckoning | null {
  const [left, ...ahead] = calls.slice(Math.max(lastPort, 0));
  if (!left) return null;
  const inTransshipment = lastPort > 0 && !left.departure.actual;
  const atSea = !inTransshipment && (lastPort >= 0 || voyage.stage === 'under-way');
  const position = atSea ? usablePosition(voyage.position, left.departure.actual, now) : undefined;
  const start = position?.observedAt ?? legStart(left, now, atSea, inTransshipment);
  const places = [position?.coordinate ?? left.port.coordinate, ...ahead.map(({ port }) => port.coordinate)];
  const legs = legDistances(places, distance);
  if (!start || !legs) return null;

  const speeds = pairs([left, ...ahead]).map(([from, to], leg) => {
    const whole = leg === 0 && position ? distance(from.port.coordinate, to.port.coordinate) : legs[leg];
    return legSpeed(from, to, whole ?? null, voyage.serviceSpeedKnots);
  });
  const seen = voyageSpeed(position?.speedKnots);
  const hours = legs.map((nauticalMiles, leg) =>
    hoursAtSea(nauticalMiles, speeds[leg] ?? TYPICAL_SPEED, leg === 0 ? seen : undefined),
  );
  let clock = start;
  ahead.forEach((next, leg) => {
    const earliest = later(clock, (legs[leg] ?? 0) / TOP_SPEED);
    clock = weighEstimate(later(clock, hours[leg] ?? 0), next.arrival.estimated, now, earliest);
    // Not reported, so not there yet; at the last port `arrivalInterval` sees to that.
    if (leg < legs.length - 1) clock = nextDeparture(next, latest(clock, now));
  });

  const hoursSinceStart = Math.max(0, (now.getTime() - start.getTime()) / HOUR);
  const total = sum(legs);
  const [currentLeg = 0] = legs;
  return {
    basis: position ? 'POSITION' : 'DEPARTURE',
    expected: clock,
    connections: legs.length - 1 + (inTransshipment ? 1 : 0),
    unseenHours: position ? hoursSinceStart : 0,
    remainingNauticalMiles: total - (position ? 0 : Math.min(hoursSinceStart * (speeds[0] ?? 0), currentLeg)),
    speedKnots: total > 0 ? total / sum(hours) : null,
  };
}

/** When the leg from a port began, or will begin; undefined when nothing tells. */
function legStart(left: PortCall, now: Date, atSea: boolean, inTransshipment: boolean): Date | undefined {
  if (left.departure.actual) return left.departure.actual;
  if (inTransshipment) return latest(nextDeparture(left, left.arrival.actual ?? now), now);
  const scheduled = scheduledDeparture(left);
  if (!scheduled) return undefined;
  // A schedule that contradicts what is known of the ship is wrong by an unknown time: now is the best guess left.
  const contradicted = atSea ? scheduled > now : scheduled <= now;
  return contradicted ? now : scheduled;
}

/** The position if it belongs to the leg under way and isn't too old; one from the future counts as seen now. */
function usablePosition(position: ObservedPosition | undefined, departed: Date | undefined, now: Date) {
  if (!position) return undefined;
  const { observedAt } = position;
  if (departed && observedAt < departed) return undefined;
  if (now.getTime() - observedAt.getTime() > POSITION_EXPIRES_HOURS * HOUR) return undefined;
  return observedAt > now ? { ...position, observedAt: now } : position;
}

function scheduledDeparture({ departure }: PortCall): Date | undefined {
  return departure.estimated ?? departure.planned;
}

/** The first sailing from a port of transshipment that cargo arriving then can catch. */
function nextDeparture(call: PortCall, arrived: Date): Date {
  const scheduled = scheduledDeparture(call);
  if (!scheduled) return later(arrived, USUAL_CONNECTION_HOURS);
  const ready = arrived.getTime() + SHORTEST_CONNECTION_HOURS * HOUR;
  const missed = Math.ceil((ready - scheduled.getTime()) / HOUR / SAILING_INTERVAL_HOURS);
  return later(scheduled, Math.max(missed, 0) * SAILING_INTERVAL_HOURS);
}

function later(date: Date, hours: number): Date {
  return new Date(date.getTime() + hours * HOUR);
}

function latest(a: Date, b: Date): Date {
  return a > b ? a : b;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
