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

/** A vessel's call on the journey. */
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
  /** The calls known so far in the order of the journey; those before the origin or after the destination count not. */
  readonly calls: readonly PortCall[];
}

/**
 * The calls from the port of loading to the port of discharge, both included, whether or not the carrier has
 * named any call. Null when one of these two isn't known.
 */
export function itinerary({ origin, destination, departure, arrival, calls }: Journey): PortCall[] | null {
  if (!origin || !destination) return null;
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
