import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Shipment } from '#prisma/generated/client.ts';
import { distance } from './geodesy.ts';
import { legsOf, legUnderWay } from './legs.ts';
import type { Call } from './legs.ts';
import { plausibleTrack } from './plausible-track.ts';
import { thinTrack } from './thin-track.ts';
import { validateReport } from './validate-report.ts';

const NOW = Date.UTC(2026, 4, 10, 12);
const HOUR = 60 * 60 * 1000;

describe('a position report', () => {
  const report = {
    vesselIMONumber: '9321483',
    observedAt: '2026-05-10T13:58:00.5+02:00',
    latitude: -33.9,
    longitude: 180,
    speedKnots: 14.2,
    courseDegrees: 0,
    headingDegrees: 359.9,
    navigationalStatus: 5,
  };
  const faultsOf = (changes: object) => {
    const validation = validateReport({ ...report, ...changes }, NOW, 90);
    return validation.ok ? [] : validation.faults.map(({ field, value }) => [field, value]);
  };

  test('that can be true is a position', () => {
    expect(validateReport({ ...report, source: 'AIS' }, NOW, 90)).toEqual({
      ok: true,
      position: {
        imo: 9321483,
        observedAt: new Date('2026-05-10T11:58:00.500Z'),
        latitude: -33.9,
        longitude: 180,
        speedKnots: 14.2,
        courseDegrees: 0,
        headingDegrees: 359.9,
        navigationalStatus: 5,
      },
    });
    const { vesselIMONumber, observedAt, latitude, longitude } = report;
    const least = validateReport(
      { vesselIMONumber, observedAt, latitude, longitude, speedKnots: null },
      NOW,
      90,
    );
    expect(least).toMatchObject({ ok: true, position: { speedKnots: null, navigationalStatus: null } });
  });

  test.each([
    ['vesselIMONumber', 9321483],
    ['vesselIMONumber', '9321484'],
    ['vesselIMONumber', '932148'],
    ['vesselIMONumber', null],
    ['observedAt', '9999-12-31T00:00:00Z'],
    ['observedAt', '2026-05-10T12:06:00Z'],
    ['observedAt', '2026-02-08T12:00:00Z'],
    ['observedAt', '2026-05-10'],
    ['observedAt', NOW],
    ['latitude', 91],
    ['latitude', '51.9'],
    ['latitude', Number.NaN],
    ['latitude', null],
    ['longitude', -180.001],
    ['longitude', Infinity],
    ['longitude', true],
    ['speedKnots', 80.1],
    ['speedKnots', 102.3],
    ['speedKnots', -1],
    ['speedKnots', '14'],
    ['courseDegrees', 360],
    ['headingDegrees', 511],
    ['navigationalStatus', 16],
    ['navigationalStatus', 1.5],
  ])('with the %s %s is refused', (field, value) => {
    expect(faultsOf({ [field]: value })).toEqual([[field, value]]);
  });

  test('names everything that is wrong with it, and what was expected', () => {
    const validation = validateReport({ latitude: 100, longitude: [], speedKnots: 'x'.repeat(500) }, NOW, 90);
    expect(validation).toEqual({
      ok: false,
      faults: [
        { field: 'vesselIMONumber', value: null, reason: 'is missing' },
        { field: 'observedAt', value: null, reason: 'is missing' },
        { field: 'latitude', value: 100, reason: 'expected decimal degrees from -90 to 90' },
        { field: 'longitude', value: 'a list of 0', reason: 'expected decimal degrees from -180 to 180' },
        {
          field: 'speedKnots',
          value: `${'x'.repeat(100)}…`,
          reason: 'expected knots from 0 to 80, or none when not available',
        },
      ],
    });
    for (const value of [null, 7, 'text', [report]])
      expect(validateReport(value, NOW, 90)).toMatchObject({ ok: false, faults: [{ field: 'report' }] });
  });
});

describe('the legs of a shipment', () => {
  const at = (day: number) => new Date(Date.UTC(2026, 4, day));
  const [ONE, OTHER] = ['9321483', '9074729'];
  const call = (unLocationCode: string, vesselImo: string | null, times: Partial<Call> = {}): Call => ({
    sequence: 0,
    modeOfTransport: 'VESSEL',
    unLocationCode,
    vesselImo,
    arrivalPlanned: null,
    arrivalEstimated: null,
    arrivalActual: null,
    departureActual: null,
    ...times,
  });
  const legs = (status: Shipment['status'], ...calls: Call[]) =>
    legsOf(
      { status, destination: 'NLRTM' },
      calls.map((each, sequence) => ({ ...each, sequence })),
    );
  const leg = (imo: string, departed: number, arrived: number | null) => ({
    imo: Number(imo),
    departed: at(departed),
    arrived: arrived === null ? null : at(arrived),
  });
  const shanghai = call('CNSHA', ONE, { departureActual: at(1) });

  test('begin with a departure and end with the next arrival', () => {
    expect(legs('BOOKED', call('CNSHA', ONE), call('NLRTM', ONE))).toEqual([]);
    const atSea = legs('IN_TRANSIT', shanghai, call('NLRTM', ONE));
    expect(atSea).toEqual([leg(ONE, 1, null)]);
    expect(legUnderWay(atSea)).toEqual(leg(ONE, 1, null));
    const arrived = legs(
      'ARRIVED',
      shanghai,
      call('NLRTM', ONE, { arrivalActual: at(9), departureActual: at(10) }),
    );
    expect(arrived).toEqual([leg(ONE, 1, 9)]);
    expect(legUnderWay(arrived)).toBeNull();
  });

  test('change the vessel at a transshipment, however long the first one has been gone', () => {
    const brought = call('SGSIN', ONE, { arrivalActual: at(5), departureActual: at(6) });
    const waits = legs('AT_TRANSSHIPMENT', shanghai, brought, call('SGSIN', OTHER), call('NLRTM', OTHER));
    expect(waits).toEqual([leg(ONE, 1, 5)]);
    const goesOn = call('SGSIN', OTHER, { arrivalActual: at(4), departureActual: at(8) });
    const second = legs('IN_TRANSIT', shanghai, brought, goesOn, call('NLRTM', OTHER));
    expect(second).toEqual([leg(ONE, 1, 5), leg(OTHER, 8, null)]);
    // Shanghai has two codes; a barge is no vessel.
    const known = call('CNSGH', OTHER, { departureActual: at(2) });
    expect(legs('IN_TRANSIT', shanghai, { ...brought, modeOfTransport: 'BARGE' }, known)).toEqual([
      leg(OTHER, 2, null),
    ]);
  });

  test('end without a report of the arrival, too', () => {
    const silent = call('SGSIN', ONE);
    const passed = call('LKCMB', ONE, { arrivalActual: at(7), departureActual: at(8) });
    expect(legs('IN_TRANSIT', shanghai, silent, passed)).toEqual([leg(ONE, 1, 7), leg(ONE, 8, null)]);
    const left = call('SGSIN', ONE, { departureActual: at(5) });
    expect(legs('IN_TRANSIT', shanghai, left)).toEqual([leg(ONE, 1, 5), leg(ONE, 5, null)]);
    const expected = call('NLRTM', ONE, { arrivalPlanned: at(8), arrivalEstimated: at(9) });
    expect(legs('DISCHARGED', shanghai, expected)).toEqual([leg(ONE, 1, 9)]);
    expect(legs('DISCHARGED', shanghai, call('NLRTM', ONE))).toEqual([]);
    expect(legs('IN_TRANSIT', call('CNSHA', null, { departureActual: at(1) }), call('NLRTM', ONE))).toEqual([
      leg(ONE, 1, null),
    ]);
  });
});

const sailing = (count: number, from = { latitude: 10, longitude: 170 }, knots = 15) =>
  Array.from({ length: count }, (_, hour) => ({
    latitude: from.latitude + Math.sin(hour / 7) * 0.3,
    longitude: ((from.longitude + (hour * knots) / 60 + 540) % 360) - 180,
    observedAt: new Date(NOW + hour * HOUR),
  }));

describe('a plausible track', () => {
  const line = sailing(200);
  const false_ = (hour: number) => ({
    latitude: -40,
    longitude: 3,
    observedAt: new Date(NOW + (hour + 0.5) * HOUR),
  });

  test('is the whole of what a ship has sailed, across the antimeridian too', () => {
    expect(line.some(({ longitude }) => longitude < 0)).toBe(true);
    expect(plausibleTrack(line)).toEqual(line);
    expect(plausibleTrack([])).toEqual([]);
    const silent = [...line.slice(0, 50), ...line.slice(150)];
    expect(plausibleTrack(silent)).toEqual(silent);
  });

  test('leaves out what contradicts it, wherever that is', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1, max: 199 }), { maxLength: 20 }), (hours) => {
        const wrong = hours.map(false_);
        const seen = [...line, ...wrong].sort((a, b) => a.observedAt.getTime() - b.observedAt.getTime());
        expect(plausibleTrack(seen)).toEqual(line);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a thinned track', () => {
  const places = fc.array(
    fc.record({
      latitude: fc.double({ min: -90, max: 90, noNaN: true }),
      longitude: fc.double({ min: -180, max: 180, noNaN: true }),
    }),
    { maxLength: 200 },
  );

  it('has no more places than asked for, in their order, with the first and the last', () => {
    fc.assert(
      fc.property(places, fc.integer({ min: 2, max: 50 }), (line, most) => {
        const thin = thinTrack(line, most);
        expect(thin).toHaveLength(Math.min(line.length, most));
        expect([thin[0], thin.at(-1)]).toEqual([line[0], line.at(-1)]);
        const indices = thin.map((place) => line.indexOf(place));
        expect(indices).toEqual([...indices].sort((a, b) => a - b));
      }),
    );
  });

  it('keeps its shape: no place that went is far from the line', () => {
    const line = sailing(2_000);
    const thin = thinTrack(line, 100);
    const gone = line.filter((place) => !thin.includes(place));
    const off = gone.map((place) => {
      const next = thin.findIndex(({ observedAt }) => observedAt > place.observedAt);
      const [a, b] = [thin[next - 1], thin[next]];
      if (!a || !b) throw new Error('the ends went');
      return distance(a, place) + distance(place, b) - distance(a, b);
    });
    expect(Math.max(...off)).toBeLessThan(5);
    // Every hundredth place of a straight line would do; a turn must stay.
    const straight = Array.from({ length: 100 }, (_, at) => ({ latitude: 0, longitude: at * 0.1 }));
    straight[40] = { latitude: 3, longitude: 4 };
    expect(thinTrack(straight, 5)).toContain(straight[40]);
  });

  it('is the same anywhere on the globe, the antimeridian included', () => {
    const line = sailing(300, { latitude: 10, longitude: 20 });
    const moved = line.map((place) => ({ ...place, longitude: ((place.longitude + 140 + 540) % 360) - 180 }));
    expect(moved.some(({ longitude }) => longitude < 0) && moved.some(({ longitude }) => longitude > 0)).toBe(
      true,
    );
    const chosen = (track: typeof line) => thinTrack(track, 40).map((place) => track.indexOf(place));
    expect(chosen(moved)).toEqual(chosen(line));
  });

  it('keeps what must stay while there is room', () => {
    const line = sailing(100);
    const ports = [33, 34, 66];
    const stays = (_: unknown, index: number) => ports.includes(index);
    expect(thinTrack(line, 6, stays)).toEqual(expect.arrayContaining(ports.map((at) => line[at])));
    expect(thinTrack(line, 2, stays)).toEqual([line[0], line[99]]);
  });

  it('takes time in proportion', () => {
    const begun = performance.now();
    expect(thinTrack(sailing(100_000), 500)).toHaveLength(500);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});
