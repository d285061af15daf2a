import type { Coordinate } from './geodesy.ts';
import { pairs } from './pairs.ts';

/** One moment of the journey as planned, as the carrier estimates it, and as it was. */
export interface MilestoneTimes {
  readonly planned?: Date | undefined;
  readonly estimated?: Date | undefined;
  readonly actual?: Date | undefined;
}

/** A port and where it is. */
export interface PortPlace {
  readonly unlocode: string;
  readonly coordinate: Coordinate;
}

/** A vessel's call on the journey, or a stay of the cargo at one port. */
export interface PortCall {
  readonly port: PortPlace;
  readonly arrival: MilestoneTimes;
  readonly departure: MilestoneTimes;
}

/** What is known of a journey. */
export interface Journey {
  readonly origin?: PortPlace | undefined;
  readonly destination?: PortPlace | undefined;
  /** The departure from the origin. */
  readonly departure: MilestoneTimes;
  /** The arrival at the destination. */
  readonly arrival: MilestoneTimes;
  /**
   * The calls of sea-going vessels known so far in the order of the journey; those before the origin or after the
   * destination count not.
   */
  readonly calls: readonly PortCall[];
}

/**
 * The calls from the port of loading to the port of discharge, both included, whether or not the carrier has
 * named any call. Null when one of these two isn't known.
 */
export function itinerary(journey: Journey): PortCall[] | null {
  const { origin, destination, departure, arrival } = journey;
  if (!origin || !destination) return null;
  const calls = staysOf(journey.calls);
  const last = calls.findLastIndex(({ port }) => port.unlocode === destination.unlocode);
  const first = calls.findIndex(({ port }) => port.unlocode === origin.unlocode);
  const start = first === -1 || (last !== -1 && first > last) ? 0 : first + 1;
  const between = calls.slice(start, last === -1 ? calls.length : last);
  return [
    {
      port: origin,
      arrival: calls[first]?.arrival ?? {},
      departure: merge(calls[first]?.departure, departure),
    },
    ...between,
    {
      port: destination,
      arrival: merge(calls[last]?.arrival, arrival),
      departure: calls[last]?.departure ?? {},
    },
  ];
}

/** Calls that follow each other at one port are one stay: one vessel brings the cargo and another takes it on. */
function staysOf(calls: readonly PortCall[]): PortCall[] {
  const stays: PortCall[][] = [];
  for (const call of calls) {
    const stay = stays.at(-1);
    if (stay?.[0]?.port.unlocode === call.port.unlocode) stay.push(call);
    else stays.push([call]);
  }
  return stays.map(stayOf);
}

/**
 * One call takes the cargo on; of the others the one that came first brought it. The vessel that brought it may have
 * left long before the cargo does, and the one that takes it on may have waited for it.
 */
function stayOf(calls: readonly PortCall[]): PortCall {
  const leaving = calls.reduce((one, other) => (leavesAfter(one, other) ? one : other));
  const [arriving = leaving] = calls
    .filter((call) => call !== leaving && bestTime(call.arrival) !== undefined)
    .sort((a, b) => Number(bestTime(a.arrival)) - Number(bestTime(b.arrival)));
  return { port: leaving.port, arrival: arriving.arrival, departure: leaving.departure };
}

/** Whether one of two calls at a port ends later, as far as is told: by departure, else by arrival. */
function leavesAfter(one: PortCall, other: PortCall): boolean {
  const departures = [bestTime(one.departure), bestTime(other.departure)] as const;
  if (departures[0] && departures[1]) return departures[0] > departures[1];
  const arrivals = [bestTime(one.arrival), bestTime(other.arrival)] as const;
  if (arrivals[0] && arrivals[1]) return arrivals[0] > arrivals[1];
  return departures[0] !== undefined && !arrivals[0];
}

function bestTime({ actual, estimated, planned }: MilestoneTimes): Date | undefined {
  return actual ?? estimated ?? planned;
}

/** The first of the two that knows each time. */
function merge(first: MilestoneTimes = {}, second: MilestoneTimes): MilestoneTimes {
  return {
    planned: first.planned ?? second.planned,
    estimated: first.estimated ?? second.estimated,
    actual: first.actual ?? second.actual,
  };
}

/**
 * Nautical miles of each leg between neighbouring calls.
 * @param distance the sea distance between two places, null when there is no way by sea.
 * @returns null when a leg has no way by sea.
 */
export function legDistances(
  places: readonly Coordinate[],
  distance: (from: Coordinate, to: Coordinate) => number | null,
): number[] | null {
  const legs: number[] = [];
  for (const [from, to] of pairs(places)) {
    const nauticalMiles = distance(from, to);
    if (nauticalMiles === null) return null;
    legs.push(nauticalMiles);
  }
  return legs;
}
