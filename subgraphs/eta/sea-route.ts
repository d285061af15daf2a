import {
  buildDistanceTree,
  distanceAlongNetwork,
  type DistanceTree,
  pathAlongNetwork,
} from './distance-tree.ts';
import {
  type Coordinate,
  initialCourse,
  interpolate,
  nearestOnArc,
  normaliseCoordinate,
  toCoordinate,
  toUnitVector,
  unwrapLongitude,
  type UnitVector,
  vectorDistance,
  wrapLongitude,
} from './geodesy.ts';
import { pairs } from './pairs.ts';
import { RecentlyUsed } from './recently-used.ts';
import { type NetworkPoint, seaNetwork } from './sea-network.ts';

/** A way by sea. */
export interface SeaRoute {
  /** Length in nautical miles, the legs between the ends and the network included. */
  readonly nauticalMiles: number;
  /**
   * The way as a line, `[longitude, latitude]`, from the origin to the destination. Great circles between
   * neighbours, which are at most 200 nautical miles apart, so that it may be drawn as it is.
   *
   * The first longitude is in [-180, 180). A way over the antimeridian goes on beyond: Shanghai to Los Angeles
   * runs from 121.5 to 241.7, and back from -118.3 to -238.5. No two neighbours are more than 180° apart.
   */
  readonly waypoints: readonly Coordinate[];
}

/** A place on a route. */
export interface RoutePoint {
  /** Longitude in [-180, 180). */
  readonly coordinate: Coordinate;
  /** Course over ground in degrees from true north, [0, 360). */
  readonly course: number;
}

/** Where on a route a ship is. */
export interface RouteProgress {
  /** Nautical miles along the route from its start. */
  readonly travelled: number;
  /** Nautical miles along the route to its end. */
  readonly remaining: number;
  /** Nautical miles off the route. */
  readonly offTrack: number;
}

/**
 * How far from the sea lanes a place may be and still count as reachable by sea, in nautical miles.
 * Nine ports in ten lie within 150; cities deep inland lie further off than this.
 */
export const MAXIMUM_ACCESS_NM = 250;

const MAXIMUM_SPACING_NM = 200;
const SAME_PLACE_NM = 1e-6;

/** By destination; each takes some 60 kB. */
const trees = new RecentlyUsed<DistanceTree>(256);
const networkPoints = new RecentlyUsed<NetworkPoint>(4096);

/**
 * Length of the shortest way by sea in nautical miles, or null when one of the two is more than
 * {@link MAXIMUM_ACCESS_NM} from any sea lane. Cheap for destinations that repeat: give the port as
 * the destination and the ship as the origin.
 * @throws {RangeError} when a coordinate isn't a place on the globe.
 */
export function seaDistance(origin: Coordinate, destination: Coordinate): number | null {
  return plan(origin, destination)?.nauticalMiles ?? null;
}

/**
 * The shortest way by sea, or null when one of the two is more than {@link MAXIMUM_ACCESS_NM} from any sea
 * lane. Canals are open to every ship, that of Corinth too; draught, weather and danger areas are not looked at.
 * @throws {RangeError} when a coordinate isn't a place on the globe.
 */
export function seaRoute(origin: Coordinate, destination: Coordinate): SeaRoute | null {
  const found = plan(origin, destination);
  if (!found) return null;
  const { from, to, start, tree, nauticalMiles } = found;
  const between = tree ? pathAlongNetwork(seaNetwork(), start, tree) : [];
  return { nauticalMiles, waypoints: drawLine(from, [...between, to]) };
}

/** Nautical miles from a place to the nearest sea lane. */
export function distanceToSeaLanes(place: Coordinate): number {
  return nearestOnNetwork(normaliseCoordinate(place)).accessNauticalMiles;
}

/** The place `nauticalMiles` from the start of a route; the route's end when it is shorter than that. */
export function pointAlongRoute(route: SeaRoute, nauticalMiles: number): RoutePoint {
  let left = Math.max(nauticalMiles, 0);
  let end: RoutePoint | undefined;
  for (const [from, to] of pairs(route.waypoints)) {
    const a = toUnitVector(from);
    const b = toUnitVector(to);
    const length = vectorDistance(a, b);
    if (left < length) {
      const coordinate = toCoordinate(interpolate(a, b, left / length));
      return { coordinate, course: initialCourse(coordinate, to) };
    }
    left -= length;
    end = { coordinate: [wrapLongitude(to[0]), to[1]], course: initialCourse(from, to) };
  }
  if (!end) throw new RangeError(`a route must have two waypoints or more, got ${route.waypoints.length}`);
  return end;
}

/** Where on a route the place nearest to `position` is. */
export function progressAlongRoute(route: SeaRoute, position: Coordinate): RouteProgress {
  const vector = toUnitVector(normaliseCoordinate(position));
  let passed = 0;
  let travelled = 0;
  let offTrack = Infinity;
  for (const [from, to] of pairs(route.waypoints)) {
    const a = toUnitVector(from);
    const b = toUnitVector(to);
    const nearest = nearestOnArc(vector, a, b);
    if (nearest.nauticalMiles < offTrack) {
      offTrack = nearest.nauticalMiles;
      travelled = passed + vectorDistance(a, nearest.point);
    }
    passed += vectorDistance(a, b);
  }
  return { travelled, remaining: Math.max(passed - travelled, 0), offTrack };
}

interface Plan {
  readonly from: UnitVector;
  readonly to: UnitVector;
  readonly nauticalMiles: number;
  readonly start: NetworkPoint;
  /** The ways to the destination; absent when the two are nearer to each other than to the network. */
  readonly tree?: DistanceTree;
}

function plan(origin: Coordinate, destination: Coordinate): Plan | null {
  const network = seaNetwork();
  const fromPlace = normaliseCoordinate(origin);
  const toPlace = normaliseCoordinate(destination);
  const start = nearestOnNetwork(fromPlace);
  const target = nearestOnNetwork(toPlace);
  if (Math.max(start.accessNauticalMiles, target.accessNauticalMiles) > MAXIMUM_ACCESS_NM) return null;

  const from = toUnitVector(fromPlace);
  const to = toUnitVector(toPlace);
  const direct = vectorDistance(from, to);
  const access = start.accessNauticalMiles + target.accessNauticalMiles;
  if (direct <= access) return { from, to, start, nauticalMiles: direct };
  const tree = trees.get(toPlace.join(), () => buildDistanceTree(network, target));
  return { from, to, start, tree, nauticalMiles: access + distanceAlongNetwork(network, start, tree) };
}

function nearestOnNetwork(place: Coordinate): NetworkPoint {
  return networkPoints.get(place.join(), () => seaNetwork().nearest(toUnitVector(place)));
}

/** The line over some places, with points between those that are far apart. */
function drawLine(origin: UnitVector, others: readonly UnitVector[]): Coordinate[] {
  let previous = origin;
  let [longitude, latitude] = toCoordinate(origin);
  const line: Coordinate[] = [[longitude, latitude]];
  for (const [index, vector] of others.entries()) {
    const length = vectorDistance(previous, vector);
    if (length < SAME_PLACE_NM && index < others.length - 1) continue;
    const pieces = Math.max(1, Math.ceil(length / MAXIMUM_SPACING_NM));
    for (let piece = 1; piece <= pieces; piece++) {
      const point = toCoordinate(piece === pieces ? vector : interpolate(previous, vector, piece / pieces));
      longitude = unwrapLongitude(point[0], longitude);
      latitude = point[1];
      line.push([longitude, latitude]);
    }
    previous = vector;
  }
  return line;
}
