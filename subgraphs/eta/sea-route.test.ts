import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type Coordinate, greatCircleDistance, wrapLongitude } from './geodesy.ts';
import { pairs } from './pairs.ts';
import {
  distanceToSeaLanes,
  pointAlongRoute,
  progressAlongRoute,
  seaDistance,
  seaRoute,
  type SeaRoute,
} from './sea-route.ts';

const PORTS = {
  shanghai: [121.47, 31.23],
  losAngeles: [-118.26, 33.73],
  rotterdam: [4.5, 51.92],
  newYork: [-74.0, 40.7],
  singapore: [103.85, 1.28],
  santos: [-46.33, -23.95],
  hamburg: [9.97, 53.54],
  yokohama: [139.65, 35.45],
  oakland: [-122.27, 37.8],
  capeTown: [18.42, -33.92],
  mumbai: [72.85, 18.95],
  sydney: [151.2, -33.85],
  suva: [178.42, -18.13],
  nhavaSheva: [72.95, 18.95],
  colombo: [79.85, 6.95],
  melbourne: [144.9, -37.83],
  auckland: [174.78, -36.84],
  algeciras: [-5.43, 36.13],
  felixstowe: [1.32, 51.95],
} satisfies Record<string, Coordinate>;

const distanceBetween = (origin: Coordinate, destination: Coordinate): number =>
  seaDistance(origin, destination) ?? NaN;
const routeBetween = (origin: Coordinate, destination: Coordinate): SeaRoute => {
  const route = seaRoute(origin, destination);
  if (!route) throw new Error(`no way by sea from ${origin.join()} to ${destination.join()}`);
  return route;
};

const endsOf = ({ waypoints }: SeaRoute): [Coordinate, Coordinate] => {
  const [first, last] = [waypoints[0], waypoints.at(-1)];
  if (!first || !last) throw new Error('the route has no waypoints');
  return [first, last];
};

const port = fc.constantFrom<Coordinate>(...Object.values(PORTS));

describe('sea distances', () => {
  // Reference figures: published port-to-port distance tables, the usual way, canals open.
  it.each([
    ['shanghai', 'losAngeles', 5975],
    ['shanghai', 'rotterdam', 10500],
    ['rotterdam', 'newYork', 3350],
    ['singapore', 'rotterdam', 8300],
    ['santos', 'hamburg', 5500],
    ['yokohama', 'oakland', 4600],
    ['newYork', 'losAngeles', 4930],
    ['capeTown', 'mumbai', 4600],
    ['sydney', 'oakland', 6450],
  ] as const)('%s to %s is %d nautical miles within 5 per cent', (from, to, expected) => {
    const nauticalMiles = distanceBetween(PORTS[from], PORTS[to]);
    expect(nauticalMiles / expected).toBeGreaterThan(0.95);
    expect(nauticalMiles / expected).toBeLessThan(1.05);
  });

  // Ways that lead from one lane into another that it crosses.
  it.each([
    ['nhavaSheva', 'colombo', 890],
    ['melbourne', 'auckland', 1640],
    ['algeciras', 'felixstowe', 1270],
  ] as const)('%s to %s is %d nautical miles within 8 per cent', (from, to, expected) => {
    const nauticalMiles = distanceBetween(PORTS[from], PORTS[to]);
    expect(nauticalMiles / expected).toBeGreaterThan(0.95);
    expect(nauticalMiles / expected).toBeLessThan(1.08);
  });

  it('are the same both ways', () => {
    fc.assert(
      fc.property(port, port, (a, b) => {
        expect(seaDistance(a, b)).toBeCloseTo(distanceBetween(b, a), 6);
      }),
    );
  });

  it('are zero from a place to itself, at sea and in port', () => {
    fc.assert(
      fc.property(
        fc.oneof(port, fc.constant<Coordinate>([-40, 30]), fc.constant<Coordinate>([180, 0])),
        (a) => {
          expect(seaDistance(a, a)).toBe(0);
        },
      ),
    );
  });

  it('are no shorter than the great circle and no longer than over a third port', () => {
    fc.assert(
      fc.property(port, port, port, (a, b, c) => {
        const direct = distanceBetween(a, b);
        expect(direct).toBeGreaterThanOrEqual(greatCircleDistance(a, b) - 1e-6);
        expect(direct).toBeLessThanOrEqual(distanceBetween(a, c) + distanceBetween(c, b) + 1e-6);
      }),
    );
  });

  it('take the meridians 180° and -180° for the same place', () => {
    for (const latitude of [-40, 0, 20, 40]) {
      const east = distanceBetween([180, latitude], PORTS.oakland);
      expect(seaDistance([-180, latitude], PORTS.oakland)).toBe(east);
      expect(seaDistance([179.99, latitude], PORTS.oakland)).toBeCloseTo(east, -1);
      expect(seaDistance([-179.99, latitude], PORTS.oakland)).toBeCloseTo(east, -1);
      expect(seaDistance([180, latitude], [-180, latitude])).toBe(0);
    }
  });

  it('are unknown for places deep inland and for the Caspian', () => {
    const denver: Coordinate = [-104.99, 39.74];
    const baku: Coordinate = [49.87, 40.37];
    expect(seaDistance(denver, PORTS.newYork)).toBeNull();
    expect(seaDistance(PORTS.newYork, denver)).toBeNull();
    expect(seaRoute(baku, PORTS.newYork)).toBeNull();
    expect(distanceToSeaLanes(denver)).toBeGreaterThan(600);
    expect(distanceToSeaLanes(PORTS.rotterdam)).toBeLessThan(20);
  });

  it('refuse what is no place on the globe', () => {
    expect(() => seaDistance([0, 100], PORTS.suva)).toThrow(/latitude.*100/);
    expect(() => seaDistance(PORTS.suva, [Infinity, 0])).toThrow(/longitude.*Infinity/);
  });

  it('shrink by what a ship sails', () => {
    const route = routeBetween(PORTS.shanghai, PORTS.losAngeles);
    for (let sailed = 500; sailed < route.nauticalMiles; sailed += 500) {
      const { coordinate } = pointAlongRoute(route, sailed);
      expect(seaDistance(coordinate, PORTS.losAngeles)).toBeCloseTo(route.nauticalMiles - sailed, 0);
    }
  });

  it('are computed in little time for ships on their way to the same port', () => {
    seaDistance(PORTS.shanghai, PORTS.rotterdam);
    const started = performance.now();
    for (let ship = 0; ship < 500; ship++) seaDistance([60 + ship / 100, 10], PORTS.rotterdam);
    expect((performance.now() - started) / 500).toBeLessThan(2);
  });
});

describe('sea routes', () => {
  const crossing = routeBetween(PORTS.shanghai, PORTS.losAngeles);

  it('are lines of short steps whose length is the distance', () => {
    fc.assert(
      fc.property(port, port, (a, b) => {
        const route = routeBetween(a, b);
        expect(route.nauticalMiles).toBeCloseTo(distanceBetween(a, b), 6);
        let length = 0;
        for (const [from, to] of pairs(route.waypoints)) {
          const step = greatCircleDistance(from, to);
          expect(step).toBeLessThanOrEqual(200.001);
          expect(Math.abs(to[0] - from[0])).toBeLessThan(180);
          length += step;
        }
        expect(length).toBeCloseTo(route.nauticalMiles, 3);
        const [first, last] = endsOf(route);
        expect(greatCircleDistance(first, a)).toBeLessThan(1e-6);
        expect(greatCircleDistance(last, b)).toBeLessThan(1e-6);
      }),
    );
  });

  it('go on beyond the antimeridian', () => {
    const longitudes = (route: SeaRoute) =>
      endsOf(route).map(([longitude]) => Math.round(longitude * 100) / 100);
    expect(longitudes(crossing)).toEqual([121.47, 360 - 118.26]);
    expect(longitudes(routeBetween(PORTS.losAngeles, PORTS.shanghai))).toEqual([-118.26, 121.47 - 360]);
  });

  it('give the place and the course after some miles', () => {
    expect(pointAlongRoute(crossing, 0).coordinate[0]).toBeCloseTo(121.47);
    expect(pointAlongRoute(crossing, -10).coordinate[0]).toBeCloseTo(121.47);
    expect(pointAlongRoute(crossing, 99_999).coordinate[0]).toBeCloseTo(-118.26);
    const middle = pointAlongRoute(crossing, crossing.nauticalMiles / 2);
    expect(middle.coordinate[0]).toBe(wrapLongitude(middle.coordinate[0]));
    expect(middle.coordinate[1]).toBeGreaterThan(35);
    expect(middle.course).toBeGreaterThan(60);
    expect(middle.course).toBeLessThan(120);
  });

  it('tell how far along and how far off the track a ship is', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (fraction) => {
        const travelled = crossing.nauticalMiles * fraction;
        const progress = progressAlongRoute(crossing, pointAlongRoute(crossing, travelled).coordinate);
        expect(progress.travelled).toBeCloseTo(travelled, 2);
        expect(progress.remaining).toBeCloseTo(crossing.nauticalMiles - travelled, 2);
        expect(progress.offTrack).toBeLessThan(1e-3);
      }),
    );
    const [longitude, latitude] = pointAlongRoute(crossing, 3000).coordinate;
    const drifted = progressAlongRoute(crossing, [longitude, latitude + 1]);
    expect(drifted.offTrack).toBeGreaterThan(50);
    expect(drifted.offTrack).toBeLessThan(61);
    expect(drifted.travelled).toBeGreaterThan(2950);
    expect(drifted.travelled).toBeLessThan(3050);
  });

  it('from a place to itself are empty', () => {
    const still = routeBetween(PORTS.suva, PORTS.suva);
    expect(still.nauticalMiles).toBe(0);
    expect(pointAlongRoute(still, 5).coordinate[0]).toBeCloseTo(PORTS.suva[0]);
    expect(progressAlongRoute(still, PORTS.suva).remaining).toBe(0);
  });
});
