import { describe, expect, it } from 'vitest';

import { buildDistanceTree, distanceAlongNetwork } from './distance-tree.ts';
import { type Coordinate, dot, toUnitVector } from './geodesy.ts';
import { buildSeaNetwork, seaNetwork } from './sea-network.ts';

const lane = (...coordinates: Coordinate[]): Coordinate[] => coordinates;

const distance = (lanes: Coordinate[][], from: Coordinate, to: Coordinate): number => {
  const network = buildSeaNetwork(lanes);
  const tree = buildDistanceTree(network, network.nearest(toUnitVector(to)));
  return distanceAlongNetwork(network, network.nearest(toUnitVector(from)), tree);
};

describe('the sea network', () => {
  it('joins lanes that meet at the antimeridian', () => {
    const lanes = [lane([170, 0], [180, 0]), lane([-180, 0], [-170, 0])];
    expect(distance(lanes, [170, 0], [-170, 0])).toBeCloseTo(20 * 60.04, 0);
  });

  it('joins a loose end to the lane it touches, wherever it touches it', () => {
    const lanes = [lane([0, 0], [10, 0]), lane([4, 0.01], [4, 5])];
    expect(distance(lanes, [4, 5], [10, 0])).toBeCloseTo((5 + 6) * 60.04, -1);
  });

  it('joins lanes where they cross, without making them longer', () => {
    const lanes = [lane([0, 0], [10, 0]), lane([4, -5], [4, 5]), lane([7, -5], [7, 5])];
    expect(distance(lanes, [0, 0], [4, 5])).toBeCloseTo(9 * 60.04, 0);
    expect(distance(lanes, [4, 5], [7, -5])).toBeCloseTo(13 * 60.04, 0);
    expect(distance(lanes, [0, 0], [10, 0])).toBeCloseTo(10 * 60.04, 0);
    expect(buildSeaNetwork(lanes).edgeFrom).toHaveLength(3 + 2 + 2);
  });

  it('joins lanes that cross at the antimeridian and far from their ends', () => {
    const lanes = [lane([175, 0], [-175, 0]), lane([180, -40], [180, 40])];
    expect(distance(lanes, [175, 0], [-180, 40])).toBeCloseTo(45 * 60.04, 0);
  });

  it('joins a lane to one that bends on it, or ends on it', () => {
    const bending = [lane([0, 0], [10, 0]), lane([0, 5], [4, 0], [8, 5])];
    expect(distance(bending, [0, 5], [10, 0])).toBeCloseTo((Math.hypot(4, 5) + 6) * 60.04, -1);
    expect(buildSeaNetwork(bending).edgeFrom).toHaveLength(4);
    const ending = [lane([0, 0], [10, 0]), lane([4, 0], [4, 5])];
    expect(distance(ending, [4, 5], [0, 0])).toBeCloseTo(9 * 60.04, 0);
    expect(buildSeaNetwork(ending).edgeFrom).toHaveLength(3);
  });

  it('does not join lanes that pass each other, on this side of the globe or on the other', () => {
    const apart = [lane([0, 0], [10, 0]), lane([4, 1], [4, 5]), lane([-176, -1], [-176, 1])];
    expect(buildSeaNetwork(apart).edgeFrom).toHaveLength(1);
  });

  it('leaves a loose end alone that ends away from every lane, and drops what it can not reach', () => {
    const network = buildSeaNetwork([lane([0, 0], [10, 0], [20, 0]), lane([4, 1], [4, 5])]);
    expect(network.edgeFrom).toHaveLength(2);
    expect(network.nearest(toUnitVector([4, 5])).accessNauticalMiles).toBeCloseTo(5 * 60.04, 0);
  });

  it('is one piece: every node of every lane reaches every other', () => {
    const network = seaNetwork();
    const { nauticalMiles } = buildDistanceTree(network, network.nearest(toUnitVector([4, 52])));
    expect(network.edgeFrom.length).toBeGreaterThan(15_000);
    expect(network.nodes.length).toBeLessThan(65_535);
    const reached = [...network.edgeFrom, ...network.edgeTo].map((node) => nauticalMiles[node] ?? NaN);
    expect(Math.max(...reached)).toBeLessThan(15_000);
  });

  it('finds the nearest lane as an exhaustive search does', () => {
    const network = seaNetwork();
    for (const place of [
      [0, 0],
      [180, 37.5],
      [-179.9, -12],
      [103.8, 1.2],
      [-3.7, 40.4],
      [50, -89],
    ] as const) {
      const vector = toUnitVector(place);
      const { accessNauticalMiles } = network.nearest(vector);
      const nearestNode = Math.max(
        ...[...network.edgeFrom, ...network.edgeTo].map((node) => {
          const at = network.nodes[node];
          return at ? dot(at, vector) : NaN;
        }),
      );
      expect(accessNauticalMiles).toBeLessThanOrEqual(Math.acos(nearestNode) * 3440.07);
    }
  });
});
