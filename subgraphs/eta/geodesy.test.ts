import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  type Coordinate,
  greatCircleDistance,
  initialCourse,
  interpolate,
  nearestOnArc,
  normaliseCoordinate,
  toCoordinate,
  toUnitVector,
  unwrapLongitude,
  vectorDistance,
  wrapLongitude,
} from './geodesy.ts';

const place = fc.tuple(
  fc.double({ min: -180, max: 180, noNaN: true }),
  fc.double({ min: -89, max: 89, noNaN: true }),
) as fc.Arbitrary<Coordinate>;

describe('great circles', () => {
  it('measures one degree of a meridian as 60.04 nautical miles', () => {
    expect(greatCircleDistance([10, 0], [10, 1])).toBeCloseTo(60.04, 2);
  });

  it('measures over the antimeridian', () => {
    expect(greatCircleDistance([179, 0], [-179, 0])).toBeCloseTo(120.08, 2);
    expect(greatCircleDistance([180, 20], [-180, 20])).toBeCloseTo(0, 9);
  });

  it('tells the course to sail', () => {
    expect(initialCourse([0, 0], [0, 10])).toBeCloseTo(0);
    expect(initialCourse([179, 0], [-179, 0])).toBeCloseTo(90);
    expect(initialCourse([5, 10], [5, -10])).toBeCloseTo(180);
  });

  it('divides an arc in proportion', () => {
    fc.assert(
      fc.property(place, place, fc.double({ min: 0, max: 1, noNaN: true }), (from, to, fraction) => {
        const [a, b] = [toUnitVector(from), toUnitVector(to)];
        const length = vectorDistance(a, b);
        fc.pre(length < 10_700); // antipodes have no one great circle
        expect(vectorDistance(a, interpolate(a, b, fraction))).toBeCloseTo(length * fraction, 3);
      }),
    );
  });

  it('finds no point of an arc that is nearer than the nearest', () => {
    fc.assert(
      fc.property(place, place, place, fc.double({ min: 0, max: 1, noNaN: true }), (point, from, to, at) => {
        const [p, a, b] = [toUnitVector(point), toUnitVector(from), toUnitVector(to)];
        fc.pre(vectorDistance(a, b) < 10_700);
        const { nauticalMiles, point: foot } = nearestOnArc(p, a, b);
        expect(vectorDistance(p, foot)).toBeCloseTo(nauticalMiles, 3);
        expect(vectorDistance(p, interpolate(a, b, at))).toBeGreaterThanOrEqual(nauticalMiles - 1e-3);
      }),
    );
  });
});

describe('coordinates', () => {
  it('survive the way to a vector and back', () => {
    fc.assert(
      fc.property(place, (coordinate) => {
        expect(greatCircleDistance(toCoordinate(toUnitVector(coordinate)), coordinate)).toBeLessThan(1e-6);
      }),
    );
  });

  it('wrap into [-180, 180) and unwrap next to a reference', () => {
    expect([180, -180, 190, -190, 540, 0].map(wrapLongitude)).toEqual([-180, -180, -170, 170, -180, 0]);
    expect(unwrapLongitude(-170, 175)).toBe(190);
    expect(unwrapLongitude(170, -175)).toBe(-190);
  });

  it('that are no place on the globe are refused by name', () => {
    expect(() => normaliseCoordinate([Number.NaN, 0])).toThrow(/longitude .*NaN/);
    expect(() => normaliseCoordinate([0, 91])).toThrow(/latitude .*91/);
    expect(() => normaliseCoordinate([0, Number.NaN])).toThrow(/latitude .*NaN/);
  });
});
