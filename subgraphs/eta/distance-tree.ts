/* eslint-disable @typescript-eslint/no-non-null-assertion -- typed arrays, indexed by the nodes and edges they were made for */
import type { UnitVector } from './geodesy.ts';
import type { NetworkPoint, SeaNetwork } from './sea-network.ts';

/** No node: the way ends here, on the target's own edge. */
const TARGET = 0xffff;

/** The shortest way from every node of the network to one place on it. */
export interface DistanceTree {
  readonly target: NetworkPoint;
  /** Nautical miles from each node to the target; Infinity for a node that isn't on the network. */
  readonly nauticalMiles: Float64Array;
  /** The next node on the way from each node, or TARGET. */
  readonly next: Uint16Array;
}

/** Dijkstra's algorithm over the whole network, from the target outwards; some 2 ms. */
export function buildDistanceTree(network: SeaNetwork, target: NetworkPoint): DistanceTree {
  const { nodes, edgeFrom, edgeTo, edgeLength, adjacencyStart, adjacentEdges } = network;
  const nauticalMiles = new Float64Array(nodes.length).fill(Infinity);
  const next = new Uint16Array(nodes.length).fill(TARGET);
  const queue = new NodeQueue(adjacentEdges.length + 2);

  const reach = (node: number, distance: number, via: number): void => {
    if (distance >= nauticalMiles[node]!) return;
    nauticalMiles[node] = distance;
    next[node] = via;
    queue.push(node, distance);
  };
  reach(edgeFrom[target.edge]!, target.offset, TARGET);
  reach(edgeTo[target.edge]!, edgeLength[target.edge]! - target.offset, TARGET);

  while (queue.size > 0) {
    const distance = queue.nearestDistance;
    const node = queue.pop();
    if (distance > nauticalMiles[node]!) continue; // a shorter way was found after this entry was queued
    for (let at = adjacencyStart[node]!; at < adjacencyStart[node + 1]!; at++) {
      const edge = adjacentEdges[at]!;
      const from = edgeFrom[edge]!;
      reach(from === node ? edgeTo[edge]! : from, distance + edgeLength[edge]!, node);
    }
  }
  return { target, nauticalMiles, next };
}

/** Nautical miles along the network from `start` to the tree's target. */
export function distanceAlongNetwork(network: SeaNetwork, start: NetworkPoint, tree: DistanceTree): number {
  return firstStep(network, start, tree).nauticalMiles;
}

/** The places that the shortest way from `start` to the tree's target leads over, both included. */
export function pathAlongNetwork(network: SeaNetwork, start: NetworkPoint, tree: DistanceTree): UnitVector[] {
  const path = [start.vector];
  let { node } = firstStep(network, start, tree);
  while (node !== TARGET) {
    path.push(network.nodes[node]!);
    node = tree.next[node]!;
  }
  path.push(tree.target.vector);
  return path;
}

/** Which end of its edge the way from `start` takes; TARGET when the target is on the same edge. */
function firstStep(network: SeaNetwork, start: NetworkPoint, { target, nauticalMiles }: DistanceTree) {
  const first = network.edgeFrom[start.edge]!;
  const last = network.edgeTo[start.edge]!;
  const overFirst = start.offset + nauticalMiles[first]!;
  const overLast = network.edgeLength[start.edge]! - start.offset + nauticalMiles[last]!;
  const step =
    overFirst <= overLast
      ? { node: first, nauticalMiles: overFirst }
      : { node: last, nauticalMiles: overLast };
  const onSameEdge = start.edge === target.edge ? Math.abs(start.offset - target.offset) : Infinity;
  return onSameEdge <= step.nauticalMiles ? { node: TARGET, nauticalMiles: onSameEdge } : step;
}

/** A binary heap of nodes by distance. The same node may be in it more than once. */
class NodeQueue {
  size = 0;
  readonly #nodes: Uint16Array;
  readonly #distances: Float64Array;

  constructor(capacity: number) {
    this.#nodes = new Uint16Array(capacity);
    this.#distances = new Float64Array(capacity);
  }

  get nearestDistance(): number {
    return this.#distances[0]!;
  }

  push(node: number, distance: number): void {
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#distances[parent]! <= distance) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#nodes[at] = node;
    this.#distances[at] = distance;
  }

  pop(): number {
    const nearest = this.#nodes[0]!;
    const last = --this.size;
    const distance = this.#distances[last]!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= last) break;
      if (child + 1 < last && this.#distances[child + 1]! < this.#distances[child]!) child++;
      if (this.#distances[child]! >= distance) break;
      this.#move(child, at);
      at = child;
    }
    this.#nodes[at] = this.#nodes[last]!;
    this.#distances[at] = distance;
    return nearest;
  }

  #move(from: number, to: number): void {
    this.#nodes[to] = this.#nodes[from]!;
    this.#distances[to] = this.#distances[from]!;
  }
}
