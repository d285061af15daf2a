import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crossingsOf, distanceKm, isInside } from './geofence.ts';
import type { Area, Sighting } from './geofence.ts';

const HOUR = 3_600_000;
const START = Date.parse('2026-05-01T00:00:00Z');

const seen = (latitude: number, longitude: number, hours = 0): Sighting => ({
  latitude,
  longitude,
  observedAt: new Date(START + hours * HOUR),
});
const polygon = (...points: readonly (readonly [latitude: number, longitude: number])[]): Area => ({
  type: 'POLYGON',
  points: points.map(([latitude, longitude]) => ({ latitude, longitude })),
});
const directions = (area: Area, from: Sighting, to: Sighting) =>
  crossingsOf(area, from, to).map(({ direction }) => direction);

const square = polygon([0, 0], [0, 10], [10, 10], [10, 0]);
/** Fiji: from 175° east to 175° west. */
const acrossAntimeridian = polygon([-20, 175], [-20, -175], [-10, -175], [-10, 175]);
const circle: Area = { type: 'CIRCLE', latitude: 1.3, longitude: 103.8, radiusKm: 50 };

describe('inside', () => {
  test('is what lies within the border of a polygon, on either side of the antimeridian', () => {
    expect(isInside(square, seen(5, 5))).toBe(true);
    expect(isInside(square, seen(5, -5))).toBe(false);
    expect(isInside(square, seen(11, 5))).toBe(false);
    for (const longitude of [176, 180, -180, -176])
      expect(isInside(acrossAntimeridian, seen(-15, longitude))).toBe(true);
    for (const longitude of [170, -170, 0])
      expect(isInside(acrossAntimeridian, seen(-15, longitude))).toBe(false);
  });

  test('is not the bay of a polygon that isn’t convex', () => {
    const horseshoe = polygon([0, 0], [0, 9], [9, 9], [9, 6], [3, 6], [3, 3], [9, 3], [9, 0]);
    expect(isInside(horseshoe, seen(6, 4.5))).toBe(false);
    expect(isInside(horseshoe, seen(6, 1.5))).toBe(true);
    expect(directions(horseshoe, seen(6, -1), seen(6, 10, 1))).toEqual([
      'ENTERS',
      'LEAVES',
      'ENTERS',
      'LEAVES',
    ]);
  });

  test('is what lies no further from the centre of a circle than its radius', () => {
    // A nautical mile is a minute of latitude.
    expect(distanceKm(seen(0, 0), seen(1 / 60, 0))).toBeCloseTo(1.853, 2);
    expect(isInside(circle, seen(1.3, 104.2))).toBe(true);
    expect(isInside(circle, seen(1.3, 104.3))).toBe(false);
    expect(isInside({ type: 'CIRCLE', latitude: 0, longitude: 179.9, radiusKm: 50 }, seen(0, -179.9))).toBe(
      true,
    );
  });
});

describe('crossing', () => {
  test('is told with its time and place', () => {
    expect(crossingsOf(square, seen(5, -5), seen(5, 5, 4))).toEqual([
      { direction: 'ENTERS', at: new Date(START + 2 * HOUR), latitude: 5, longitude: 0 },
    ]);
    const [left, ...more] = crossingsOf(circle, seen(1.3, 103.8), seen(1.3, 104.8, 10));
    expect(more).toEqual([]);
    expect(left?.direction).toBe('LEAVES');
    expect(distanceKm(left ?? seen(0, 0), seen(1.3, 103.8))).toBeCloseTo(50, 1);
  });

  test('happens at the antimeridian as elsewhere', () => {
    expect(crossingsOf(acrossAntimeridian, seen(-15, 174), seen(-15, 176, 2))).toMatchObject([
      { direction: 'ENTERS', longitude: 175 },
    ]);
    expect(directions(acrossAntimeridian, seen(-15, 179), seen(-15, -179, 1))).toEqual([]);
    expect(crossingsOf(acrossAntimeridian, seen(-15, -176), seen(-15, -174, 2))).toMatchObject([
      { direction: 'LEAVES', longitude: -175 },
    ]);
    expect(directions(acrossAntimeridian, seen(-15, 174), seen(-15, -174, 3))).toEqual(['ENTERS', 'LEAVES']);
  });

  test('is noticed where the area lies between two sightings, unless they are too far apart in time', () => {
    const small: Area = { type: 'CIRCLE', latitude: 5, longitude: 5.001, radiusKm: 0.5 };
    expect(directions(small, seen(5, 0), seen(5, 10, 6))).toEqual(['ENTERS', 'LEAVES']);
    expect(directions(square, seen(5, -1), seen(5, 11, 6))).toEqual(['ENTERS', 'LEAVES']);
    expect(directions(square, seen(5, -1), seen(5, 11, 13))).toEqual([]);
    expect(crossingsOf(square, seen(5, -1), seen(5, 5, 13))).toMatchObject([
      { direction: 'ENTERS', at: new Date(START + 13 * HOUR) },
    ]);
  });

  test('is none for whoever stays, only touches the border, or is seen out of order', () => {
    expect(directions(square, seen(5, 5), seen(5, 5, 1))).toEqual([]);
    expect(directions(square, seen(-1, -1), seen(-1, 1, 1))).toEqual([]);
    expect(directions(polygon([0, 0], [5, 5], [0, 10]), seen(5, 0), seen(5, 10, 1))).toEqual([]);
    expect(directions(square, seen(5, -5, 1), seen(5, 5, 0))).toEqual([]);
  });

  const areas = fc.constantFrom(square, acrossAntimeridian, circle, polygon([-30, 20], [-40, 20], [-35, 40]));
  const places = fc.record({
    latitude: fc.double({ min: -60, max: 60, noNaN: true }),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }),
  });

  test('leads from where it was to where it is', () => {
    fc.assert(
      fc.property(areas, places, places, fc.integer({ min: 0, max: 20 }), (area, from, to, hours) => {
        const previous = { ...from, observedAt: new Date(START) };
        const current = { ...to, observedAt: new Date(START + hours * HOUR) };
        let inside = isInside(area, previous);
        let last = START;
        for (const { direction, at } of crossingsOf(area, previous, current)) {
          expect(direction).toBe(inside ? 'LEAVES' : 'ENTERS');
          expect(at.getTime()).toBeGreaterThanOrEqual(last);
          last = at.getTime();
          inside = !inside;
        }
        expect(inside).toBe(isInside(area, current));
      }),
      { numRuns: 200 },
    );
  });
});
