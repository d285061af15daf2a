import type { Coordinate } from './geodesy.ts';
import { itinerary, type Journey, legDistances, type PortCall } from './itinerary.ts';
import { seaDistance } from './sea-route.ts';
import { arrivalInterval, HOUR, type Interval, UNCERTAINTY } from './uncertainty.ts';

/** A journey with what is known of the ship. */
export interface Voyage extends Journey {
  /** Where the shipment stands; `arrived` also when the time of arrival isn't known. */
  readonly stage: 'before-departure' | 'under-way' | 'arrived' | 'cancelled';
  readonly position?: ObservedPosition | undefined;
  /** The vessel's service speed in knots. */
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

/**
 * Speed of a ship whose own service speed isn't known, in knots. An assumption: container ships have averaged
 * between 13 and 17 knots at sea since they took to slow steaming, by size (IMO, Fourth Greenhouse Gas Study).
 */
export const DEFAULT_SERVICE_SPEED = 15;

/** Speeds over ground, in knots, that tell how fast the voyage goes; slower is anchored or drifting, faster an error. */
const VOYAGE_SPEED = { slowest: 5, fastest: 27 };
/** A ship keeps the speed it was seen at for this long and then goes at its service speed. */
const SPEED_PERSISTS_HOURS = 24;
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
 *    a day and the service speed after that.
 * 3. DEPARTURE: under way but not seen, or in a port of transshipment: the distance from the last port by the
 *    service speed. Also before departure, when the carrier gives a departure but no arrival.
 * 4. SCHEDULE: the carrier's estimate, else its plan.
 *
 * Ports of transshipment ahead cost the time until the departure that the carrier gives for them.
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

  const service = plausibleSpeed(voyage.serviceSpeedKnots) ?? DEFAULT_SERVICE_SPEED;
  const seen = plausibleSpeed(position?.speedKnots);
  const hours = legs.map((nauticalMiles, leg) =>
    leg === 0 && seen ? hoursAtSeenSpeed(nauticalMiles, seen, service) : nauticalMiles / service,
  );
  let clock = start;
  hours.forEach((sailing, leg) => {
    clock = new Date(clock.getTime() + sailing * HOUR);
    // Not reported, so not there yet; at the last port `arrivalInterval` sees to that.
    const next = ahead[leg];
    if (next && leg < legs.length - 1) clock = nextDeparture(next, latest(clock, now));
  });

  const hoursSinceStart = Math.max(0, (now.getTime() - start.getTime()) / HOUR);
  const total = sum(legs);
  const [currentLeg = 0] = legs;
  return {
    basis: position ? 'POSITION' : 'DEPARTURE',
    expected: clock,
    connections: legs.length - 1 + (inTransshipment ? 1 : 0),
    unseenHours: position ? hoursSinceStart : 0,
    remainingNauticalMiles: total - (position ? 0 : Math.min(hoursSinceStart * service, currentLeg)),
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

function plausibleSpeed(knots: number | undefined): number | undefined {
  return knots !== undefined && knots >= VOYAGE_SPEED.slowest && knots <= VOYAGE_SPEED.fastest
    ? knots
    : undefined;
}

function hoursAtSeenSpeed(nauticalMiles: number, seen: number, service: number): number {
  const atSeenSpeed = Math.min(nauticalMiles, seen * SPEED_PERSISTS_HOURS);
  return atSeenSpeed / seen + (nauticalMiles - atSeenSpeed) / service;
}

function scheduledDeparture({ departure }: PortCall): Date | undefined {
  return departure.estimated ?? departure.planned;
}

/** The first sailing from a port of transshipment that cargo arriving then can catch. */
function nextDeparture(call: PortCall, arrived: Date): Date {
  const scheduled = scheduledDeparture(call);
  if (!scheduled) return new Date(arrived.getTime() + USUAL_CONNECTION_HOURS * HOUR);
  const ready = arrived.getTime() + SHORTEST_CONNECTION_HOURS * HOUR;
  const missed = Math.ceil((ready - scheduled.getTime()) / HOUR / SAILING_INTERVAL_HOURS);
  return new Date(scheduled.getTime() + Math.max(missed, 0) * SAILING_INTERVAL_HOURS * HOUR);
}

function latest(a: Date, b: Date): Date {
  return a > b ? a : b;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
