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
  const sailed = lastPort > 0 || voyage.stage === 'under-way';
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

/** Index of the last call that the ship has reached or left, -1 when none is known. */
function lastPortReached(calls: readonly PortCall[]): number {
  return calls.findLastIndex(
    ({ arrival, departure }, index) => departure.actual ?? (index > 0 && arrival.actual),
  );
}

/** Sails the rest of the itinerary on paper; null when the start or a distance isn't known. */
function reckon(
  voyage: Voyage,
  calls: readonly PortCall[],
  lastPort: number,
  now: Date,
  distance: typeof seaDistance,
): Reckoning | null {
  const service = plausibleSpeed(voyage.serviceSpeedKnots) ?? DEFAULT_SERVICE_SPEED;
  const from = Math.max(lastPort, 0);
  const left = calls[from]!;
  const inPort = lastPort > 0 && !left.departure.actual;
  const position = inPort ? undefined : usablePosition(voyage, left.departure.actual, now);

  const start = position
    ? position.observedAt
    : (left.departure.actual ??
      (inPort ? nextDeparture(left, left.arrival.actual ?? now) : scheduledDeparture(left)));
  if (!start) return null;
  const ahead = calls.slice(from + 1);
  const places = [position?.coordinate ?? left.port.coordinate, ...ahead.map(({ port }) => port.coordinate)];
  const legs = legDistances(places, distance);
  if (!legs) return null;

  const observed = position && plausibleSpeed(position.speedKnots);
  const sailing = Boolean(position ?? left.departure.actual);
  let clock = sailing ? start : latest(start, now);
  let sailingHours = 0;
  legs.forEach((nauticalMiles, leg) => {
    const hours =
      leg === 0 && observed ? hoursAtSeenSpeed(nauticalMiles, observed, service) : nauticalMiles / service;
    sailingHours += hours;
    clock = new Date(clock.getTime() + hours * HOUR);
    // Not reported, so not there yet; at the last port `arrivalInterval` sees to that.
    if (leg < legs.length - 1) clock = nextDeparture(ahead[leg]!, latest(clock, now));
  });

  const total = legs.reduce((sum, leg) => sum + leg, 0);
  const sailedSince = position || !sailing ? 0 : ((now.getTime() - start.getTime()) / HOUR) * service;
  return {
    basis: position ? 'POSITION' : 'DEPARTURE',
    expected: clock,
    connections: legs.length - 1 + (inPort ? 1 : 0),
    unseenHours: position ? Math.max(0, (now.getTime() - start.getTime()) / HOUR) : 0,
    remainingNauticalMiles: total - Math.min(Math.max(sailedSince, 0), legs[0]!),
    speedKnots: sailingHours > 0 ? total / sailingHours : null,
  };
}

/** The position if it belongs to the leg under way and isn't too old; one from the future counts as seen now. */
function usablePosition({ position, stage }: Voyage, departed: Date | undefined, now: Date) {
  if (!position || (!departed && stage !== 'under-way')) return undefined;
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
