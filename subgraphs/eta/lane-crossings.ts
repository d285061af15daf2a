/* eslint-disable @typescript-eslint/no-non-null-assertion -- arrays, indexed by the nodes and edges they were made for */
import { cross, dot, EARTH_RADIUS_NM, normalise, type UnitVector, vectorDistance } from './geodesy.ts';
import { pairs } from './pairs.ts';

type Edge = readonly [from: number, to: number];

/** A crossing this near to a node is taken to be at the node, so that no sliver of an edge is made. */
const SNAP_NM = 0.1;

/**
 * The edges, cut where they cross: the source draws lanes over each other without a node in common, so that a ship
 * could not turn from one into the other. Both lanes are at sea at their crossing, so no way over land opens.
 * A node that another lane leads over counts as a crossing too.
 *
 * @param nodes gets the crossings that are not at a node yet.
 */
export function splitAtCrossings(nodes: UnitVector[], edges: readonly Edge[]): Edge[] {
  const arcs = edges.map(([from, to], edge) => toArc(edge, from, to, nodes[from]!, nodes[to]!));
  const cuts = new Map<number, number[]>();
  const cut = ({ edge, from, to }: Arc, node: number): void => {
    const known = cuts.get(edge);
    if (node === from || node === to || known?.includes(node)) return;
    if (known) known.push(node);
    else cuts.set(edge, [node]);
  };
  const nodeAt = (first: Arc, second: Arc, point: UnitVector): number => {
    const isNear = (node: number): boolean => vectorDistance(nodes[node]!, point) < SNAP_NM;
    const near =
      [first.from, first.to, second.from, second.to].find(isNear) ??
      cuts.get(first.edge)?.find(isNear) ??
      cuts.get(second.edge)?.find(isNear);
    return near ?? nodes.push(point) - 1;
  };

  for (const [first, second] of neighbours(arcs)) {
    for (const point of meetings(first, second)) {
      const node = nodeAt(first, second, point);
      cut(first, node);
      cut(second, node);
    }
  }
  return edges.flatMap(([from, to], edge): readonly Edge[] => {
    const between = cuts.get(edge);
    if (!between) return [[from, to]];
    const start = nodes[from]!;
    // The nearer to the start, the greater the cosine of the angle from it; edges are shorter than half the globe.
    between.sort((one, other) => dot(start, nodes[other]!) - dot(start, nodes[one]!));
    return pairs([from, ...between, to]);
  });
}

/** An edge as an arc of a great circle. */
interface Arc {
  readonly edge: number;
  readonly from: number;
  readonly to: number;
  readonly a: UnitVector;
  readonly b: UnitVector;
  /** Of the plane of the great circle. */
  readonly normal: UnitVector;
  readonly middle: UnitVector;
  /** Straight distance from the middle within which the whole arc lies, in earth radii. */
  readonly reach: number;
}

function toArc(edge: number, from: number, to: number, a: UnitVector, b: UnitVector): Arc {
  const middle = normalise([a[0] + b[0], a[1] + b[1], a[2] + b[2]]);
  const reach = Math.hypot(a[0] - middle[0], a[1] - middle[1], a[2] - middle[2]) + SNAP_NM / EARTH_RADIUS_NM;
  return { edge, from, to, a, b, normal: normalise(cross(a, b)), middle, reach };
}

/** The pairs of arcs that lie near enough to each other to meet: a sweep from pole to pole. */
function* neighbours(arcs: readonly Arc[]): Generator<readonly [Arc, Arc]> {
  const bySouthEnd = [...arcs].sort((p, q) => p.middle[2] - p.reach - (q.middle[2] - q.reach));
  for (const [index, first] of bySouthEnd.entries()) {
    const [x, y, z] = first.middle;
    for (let other = index + 1; other < bySouthEnd.length; other++) {
      const second = bySouthEnd[other]!;
      if (second.middle[2] - second.reach > z + first.reach) break;
      const reach = first.reach + second.reach;
      const dx = second.middle[0] - x;
      const dy = second.middle[1] - y;
      const dz = second.middle[2] - z;
      if (dx * dx + dy * dy + dz * dz <= reach * reach) yield [first, second];
    }
  }
}

/** Where two arcs cross, and the ends of each that lie on the other. Arcs with an end in common meet only there. */
function meetings(first: Arc, second: Arc): UnitVector[] {
  if (first.from === second.from || first.from === second.to) return [];
  if (first.to === second.from || first.to === second.to) return [];
  const aSide = dot(first.a, second.normal);
  const bSide = dot(first.b, second.normal);
  const cSide = dot(second.a, first.normal);
  const dSide = dot(second.b, first.normal);
  const snap = SNAP_NM / EARTH_RADIUS_NM;
  if (isBeyond(aSide, bSide, snap) || isBeyond(cSide, dSide, snap)) return [];

  const touching = [
    ...[first.a, first.b].filter((end, at) => Math.abs(at ? bSide : aSide) < snap && isBeside(end, second)),
    ...[second.a, second.b].filter((end, at) => Math.abs(at ? dSide : cSide) < snap && isBeside(end, first)),
  ];
  if (touching.length > 0 || aSide * bSide > 0 || cSide * dSide > 0) return touching;
  const line = normalise(cross(first.normal, second.normal));
  const point: UnitVector = dot(line, first.middle) >= 0 ? line : [-line[0], -line[1], -line[2]];
  return dot(point, second.middle) > 0 ? [point] : [];
}

/** Whether both ends lie clearly on one side of a plane. */
function isBeyond(one: number, other: number, margin: number): boolean {
  return (one > margin && other > margin) || (one < -margin && other < -margin);
}

/** Whether a point near an arc's great circle lies between the ends of the arc. */
function isBeside(point: UnitVector, { a, b, normal }: Arc): boolean {
  return dot(cross(a, point), normal) >= 0 && dot(cross(point, b), normal) >= 0;
}
