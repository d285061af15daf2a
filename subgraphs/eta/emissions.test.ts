import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { containerTeu, isReefer } from './container-teu.ts';
import { GLEC_CONTAINER_SHIPS } from './emission-factors.ts';
import { type CarriageEmissions, carriageEmissions, type LoadedContainer } from './emissions.ts';
import type { Coordinate } from './geodesy.ts';

const A: Coordinate = [0, 0];
const B: Coordinate = [10, 0];
const C: Coordinate = [20, 0];
const distance = (from: Coordinate, to: Coordinate): number => Math.abs(to[0] - from[0]) * 100;
const emissionsOrNull = (containers: LoadedContainer[], places = [A, B]) =>
  carriageEmissions(places, containers, GLEC_CONTAINER_SHIPS, distance);
const emissions = (containers: LoadedContainer[], places = [A, B]): CarriageEmissions => {
  const known = emissionsOrNull(containers, places);
  if (!known) throw new Error('too little was known of the emissions');
  return known;
};

describe('emissions', () => {
  it('are distance × TEU × the factor', () => {
    // 1,000 nm = 1,852 km; a forty-foot box is 2 TEU; 76 g/TEU-km
    expect(emissions([{ sizeType: '42G1' }])).toEqual({
      kilograms: expect.closeTo(1852 * 2 * 0.076, 9) as number,
      factorSet: GLEC_CONTAINER_SHIPS,
      distanceKilometres: 1852,
      teu: 2,
      cargoTonnes: null,
    });
  });

  it('of refrigerated containers are higher', () => {
    expect(emissions([{ sizeType: '45R1' }]).kilograms).toBeCloseTo(1852 * 2.25 * 0.1393, 9);
    expect(emissions([{ sizeType: '22G1' }, { sizeType: '22R1' }]).kilograms).toBeCloseTo(
      1852 * (0.076 + 0.1393),
      9,
    );
  });

  it('count a container by its cargo only when its size is not known', () => {
    expect(emissions([{ cargoKilograms: 15_000 }])).toMatchObject({ teu: 1.5, cargoTonnes: 15 });
    expect(emissions([{ sizeType: '22G1', cargoKilograms: 15_000 }])).toMatchObject({
      teu: 1,
      cargoTonnes: null,
    });
    expect(emissions([{ sizeType: '22G1' }, { sizeType: 'ZZZZ', cargoKilograms: 20_000 }])).toMatchObject({
      teu: 3,
      cargoTonnes: 20,
    });
  });

  it('are unknown without cargo, without its size and mass, and without a way', () => {
    expect(emissionsOrNull([])).toBeNull();
    expect(emissionsOrNull([{}, { sizeType: '22G1' }])).toBeNull();
    expect(emissionsOrNull([{ sizeType: '22G1' }], [A])).toBeNull();
    expect(carriageEmissions([A, B], [{ sizeType: '22G1' }], GLEC_CONTAINER_SHIPS, () => null)).toBeNull();
  });

  it('follow the ports of call', () => {
    expect(emissions([{ sizeType: '22G1' }], [A, C, B]).distanceKilometres).toBeCloseTo(30 * 185.2, 9);
    expect(emissions([{ sizeType: '22G1' }], [A, A]).kilograms).toBe(0);
  });

  it('of Shanghai to Los Angeles are those of the short way', () => {
    const shanghai: Coordinate = [121.47, 31.23];
    const losAngeles: Coordinate = [-118.26, 33.73];
    const box = carriageEmissions([shanghai, losAngeles], [{ sizeType: '45G1' }]);
    expect(box?.distanceKilometres).toBeGreaterThan(5_700 * 1.852);
    expect(box?.distanceKilometres).toBeLessThan(6_250 * 1.852);
    expect(box?.kilograms).toBeGreaterThan(1_700);
    expect(box?.kilograms).toBeLessThan(2_000);
  });

  it('add up over containers', () => {
    const container = fc.record({
      sizeType: fc.constantFrom('22G1', '42G1', '45G1', '45R1', 'L5G1'),
    });
    fc.assert(
      fc.property(fc.array(container, { minLength: 1, maxLength: 9 }), (containers) => {
        const apart = containers.map((one) => emissions([one]).kilograms).reduce((sum, one) => sum + one, 0);
        expect(emissions(containers).kilograms).toBeCloseTo(apart, 6);
      }),
    );
  });
});

describe('size-type codes', () => {
  it.each([
    ['22G1', 1],
    ['25G1', 1],
    ['42G1', 2],
    ['45G1', 2.25],
    ['4EG1', 2.25],
    ['L5G1', 2.25],
    ['12G1', 0.5],
    ['', undefined],
    ['X2G1', undefined],
  ])('%s is %s TEU', (code, teu) => {
    expect(containerTeu(code)).toBe(teu);
  });

  it('tell refrigerated containers', () => {
    expect(['45R1', '22R9', '22G1', '22T6', ''].map(isReefer)).toEqual([true, true, false, false, false]);
  });
});
