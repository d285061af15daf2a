import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Coordinate } from './geodesy.ts';
import type { MilestoneTimes, PortCall } from './itinerary.ts';
import { type ArrivalPrediction, DEFAULT_SERVICE_SPEED, predictArrival, type Voyage } from './prediction.ts';
import { HOUR } from './uncertainty.ts';

const NOW = new Date('2026-03-01T00:00:00Z');
const at = (hours: number): Date => new Date(NOW.getTime() + hours * HOUR);
const hoursFromNow = (date: Date): number => (date.getTime() - NOW.getTime()) / HOUR;

/** A flat sea on which one degree of longitude is 60 nautical miles. */
const distance = (from: Coordinate, to: Coordinate): number => Math.abs(to[0] - from[0]) * 60;
const port = (unlocode: string, longitude: number) => ({ unlocode, coordinate: [longitude, 0] as const });
const call = (
  unlocode: string,
  longitude: number,
  arrival: MilestoneTimes = {},
  departure: MilestoneTimes = {},
): PortCall => ({ port: port(unlocode, longitude), arrival, departure });

const voyage = (facts: Partial<Voyage>): Voyage => ({
  stage: 'under-way',
  origin: port('CNSHA', 0),
  destination: port('USLAX', 100),
  departure: {},
  arrival: {},
  calls: [],
  ...facts,
});
const predictOrNull = (facts: Partial<Voyage>) => predictArrival(voyage(facts), NOW, distance);
const predict = (facts: Partial<Voyage>): ArrivalPrediction => {
  const prediction = predictOrNull(facts);
  if (!prediction) throw new Error('too little was known for a prediction');
  return prediction;
};

describe('an arrival', () => {
  it('that has happened is the actual one, whatever else is known', () => {
    const prediction = predict({
      arrival: { planned: at(-9), estimated: at(-5), actual: at(-3) },
      position: { coordinate: [50, 0], observedAt: at(-1) },
    });
    expect(prediction).toEqual({
      basis: 'ACTUAL',
      p10: at(-3),
      p50: at(-3),
      p90: at(-3),
      carrierEstimate: at(-5),
      remainingNauticalMiles: 0,
      speedKnots: null,
    });
  });

  it('from a position is the remaining distance by the speed', () => {
    const prediction = predict({
      departure: { actual: at(-100) },
      position: { coordinate: [40, 0], observedAt: at(0), speedKnots: 20 },
      serviceSpeedKnots: 20,
    });
    expect(prediction.basis).toBe('POSITION');
    expect(prediction.remainingNauticalMiles).toBe(3600);
    expect(prediction.speedKnots).toBe(20);
    expect(hoursFromNow(prediction.p50)).toBe(180);
  });

  it('from a position counts from when the ship was seen', () => {
    const seen = (hoursAgo: number) =>
      predict({
        position: { coordinate: [40, 0], observedAt: at(-hoursAgo), speedKnots: 20 },
        serviceSpeedKnots: 20,
      });
    expect(hoursFromNow(seen(10).p50)).toBe(170);
    const width = (hoursAgo: number) => seen(hoursAgo).p90.getTime() - seen(hoursAgo).p50.getTime();
    expect(width(100)).toBeGreaterThan(width(1));
  });

  it('trusts the speed a ship was seen at for a day', () => {
    const prediction = predict({
      position: { coordinate: [40, 0], observedAt: NOW, speedKnots: 10 },
      serviceSpeedKnots: 20,
    });
    expect(hoursFromNow(prediction.p50)).toBe(24 + (3600 - 240) / 20);
  });

  it.each([0, 0.4, -3, 60, Number.NaN, undefined])(
    'takes the service speed for a speed of %s',
    (speedKnots) => {
      const position = { coordinate: [40, 0] as const, observedAt: NOW, speedKnots };
      expect(hoursFromNow(predict({ position, serviceSpeedKnots: 18 }).p50)).toBe(200);
      expect(predict({ position }).speedKnots).toBe(DEFAULT_SERVICE_SPEED);
      expect(predict({ position, serviceSpeedKnots: 300 }).speedKnots).toBe(DEFAULT_SERVICE_SPEED);
    },
  );

  it('passes over positions that are too old or of an earlier leg', () => {
    const coordinate = [40, 0] as const;
    expect(
      predict({ departure: { actual: at(-200) }, position: { coordinate, observedAt: at(-169) } }).basis,
    ).toBe('DEPARTURE');
    expect(
      predict({ departure: { actual: at(-20) }, position: { coordinate, observedAt: at(-21) } }).basis,
    ).toBe('DEPARTURE');
    const future = predict({ position: { coordinate, observedAt: at(5), speedKnots: 15 } });
    expect(hoursFromNow(future.p50)).toBe(240);
  });

  it('from a departure is the whole distance by the service speed', () => {
    const prediction = predict({ departure: { actual: at(-100) }, serviceSpeedKnots: 20 });
    expect(prediction.basis).toBe('DEPARTURE');
    expect(hoursFromNow(prediction.p50)).toBe(200);
    expect(prediction.remainingNauticalMiles).toBe(4000);
  });

  it('before departure follows the carrier: its estimate, else its plan, else its departure', () => {
    const stage = 'before-departure';
    const departure = { planned: at(24) };
    const estimated = predict({ stage, departure, arrival: { planned: at(500), estimated: at(520) } });
    expect(estimated).toMatchObject({
      basis: 'SCHEDULE',
      p50: at(520),
      carrierEstimate: at(520),
      speedKnots: null,
    });
    const planned = predict({ stage, departure, arrival: { planned: at(500) } });
    expect(planned).toMatchObject({ basis: 'SCHEDULE', p50: at(500), carrierEstimate: null });
    const sailing = predict({ stage, departure, serviceSpeedKnots: 20 });
    expect(sailing).toMatchObject({ basis: 'DEPARTURE', p50: at(324), remainingNauticalMiles: 6000 });
    expect(predict({ stage, departure: { planned: at(-24) }, serviceSpeedKnots: 20 }).p50).toEqual(at(300));
    expect(predictOrNull({ stage })).toBeNull();
  });

  it('is unknown for a cancelled shipment and for one that arrived at an unknown time', () => {
    expect(predictOrNull({ stage: 'cancelled', arrival: { estimated: at(5) } })).toBeNull();
    expect(predictOrNull({ stage: 'arrived' })).toBeNull();
    expect(predict({ stage: 'arrived', arrival: { estimated: at(-5) } }).p90).toEqual(at(-5));
  });

  it('falls back to the schedule where there is no way by sea', () => {
    const inland = voyage({
      position: { coordinate: [40, 0], observedAt: NOW },
      arrival: { estimated: at(90) },
    });
    expect(predictArrival(inland, NOW, () => null)).toMatchObject({ basis: 'SCHEDULE', p50: at(90) });
    expect(predict({ origin: undefined, arrival: { estimated: at(90) } }).basis).toBe('SCHEDULE');
  });
});

describe('a transshipment ahead', () => {
  const sailing = { departure: { actual: at(-100) }, serviceSpeedKnots: 20 };

  it('costs the time until the departure that the carrier gives', () => {
    const calls = [call('SGSIN', 40, {}, { planned: at(100) })];
    expect(hoursFromNow(predict({ ...sailing, calls }).p50)).toBe(100 + 3600 / 20);
  });

  it('costs half a week when no departure is given, and makes the arrival less sure', () => {
    const direct = predict(sailing);
    const changing = predict({ ...sailing, calls: [call('SGSIN', 40)] });
    expect(hoursFromNow(changing.p50)).toBe(200 + 84);
    const width = ({ p50, p90 }: typeof direct) => p90.getTime() - p50.getTime();
    expect(width(changing)).toBeGreaterThan(width(direct) + 20 * HOUR);
  });

  it('that is missed costs the week until the next sailing', () => {
    const calls = [call('SGSIN', 40, {}, { planned: at(25) })]; // the ship is there at 20, and needs 12 to change
    expect(hoursFromNow(predict({ ...sailing, calls }).p50)).toBe(25 + 168 + 180);
  });

  it('counts from the port once the ship is there, and from the next departure once it left', () => {
    const inPort = [call('SGSIN', 40, { actual: at(-20) }, { estimated: at(30) })];
    expect(predict({ ...sailing, calls: inPort })).toMatchObject({
      basis: 'DEPARTURE',
      p50: at(30 + 180),
      remainingNauticalMiles: 3600,
    });
    const left = [call('SGSIN', 40, { actual: at(-60) }, { actual: at(-20) })];
    expect(predict({ ...sailing, calls: left })).toMatchObject({
      basis: 'DEPARTURE',
      p50: at(-20 + 180),
      remainingNauticalMiles: 3200,
    });
  });

  it('knows the calls at the ends by their codes and takes their times', () => {
    const calls = [
      call('CNNGB', -5, { actual: at(-150) }, { actual: at(-140) }),
      call('CNSHA', 0, {}, { actual: at(-100) }),
      call('USLAX', 100, { estimated: at(210) }),
      call('USOAK', 105),
    ];
    expect(predict({ calls, serviceSpeedKnots: 20 })).toMatchObject({
      basis: 'DEPARTURE',
      p50: at(200),
      carrierEstimate: at(210),
    });
  });
});

describe('the interval', () => {
  const hours = fc.double({ min: -2000, max: 2000, noNaN: true });
  const moment = fc.option(hours.map(at), { nil: undefined });
  const times = fc.record({ planned: moment, estimated: moment });
  const facts = fc.record<Partial<Voyage>>({
    stage: fc.constantFrom('before-departure', 'under-way'),
    departure: fc.record({ planned: moment, estimated: moment, actual: fc.option(hours.map((h) => at(-Math.abs(h)))).map((d) => d ?? undefined) }), // prettier-ignore
    arrival: times,
    position: fc.option(
      fc.record({
        coordinate: fc.double({ min: 0, max: 100, noNaN: true }).map((x) => [x, 0] as const),
        observedAt: hours.map(at),
        speedKnots: fc.option(fc.double(), { nil: undefined }),
      }),
      { nil: undefined },
    ),
    serviceSpeedKnots: fc.option(fc.double(), { nil: undefined }),
    calls: fc.array(
      fc.tuple(fc.constantFrom('SGSIN', 'LKCMB'), times, times).map(([code, a, d]) => call(code, 40, a, d)),
      { maxLength: 3 },
    ),
  });

  it('is in order and never in the past for a shipment that has not arrived', () => {
    fc.assert(
      fc.property(facts, (known) => {
        const prediction = predictOrNull(known);
        if (!prediction) return;
        expect(prediction.p10.getTime()).toBeGreaterThanOrEqual(NOW.getTime());
        expect(prediction.p50.getTime()).toBeGreaterThanOrEqual(prediction.p10.getTime());
        expect(prediction.p90.getTime()).toBeGreaterThan(prediction.p50.getTime());
        expect(prediction.remainingNauticalMiles ?? 0).toBeGreaterThanOrEqual(0);
        expect(prediction.speedKnots ?? 15).toBeGreaterThanOrEqual(5);
        expect(prediction.speedKnots ?? 15).toBeLessThanOrEqual(27);
      }),
      { numRuns: 1000 },
    );
  });

  it('reaches further to the late side', () => {
    fc.assert(
      fc.property(facts, (known) => {
        const prediction = predictOrNull(known);
        if (!prediction) return;
        const { p10, p50, p90 } = prediction;
        expect(p90.getTime() - p50.getTime()).toBeGreaterThan(p50.getTime() - p10.getTime());
      }),
    );
  });

  it('grows with the distance to go', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 90, noNaN: true }), (longitude) => {
        const seen = (x: number) => predict({ position: { coordinate: [x, 0], observedAt: NOW } });
        const [far, near] = [seen(longitude), seen(longitude + 10)];
        expect(far.p50.getTime()).toBeGreaterThan(near.p50.getTime());
        expect(far.p90.getTime() - far.p50.getTime()).toBeGreaterThan(
          near.p90.getTime() - near.p50.getTime(),
        );
      }),
    );
  });

  it('is tighter the better the basis', () => {
    const position = { coordinate: [0, 0] as const, observedAt: NOW };
    const width = (known: Partial<Voyage>) => {
      const { p50, p90 } = predict(known);
      expect(hoursFromNow(p50)).toBe(400);
      return p90.getTime() - p50.getTime();
    };
    const seen = width({ position });
    const sailed = width({ departure: { actual: NOW } });
    const scheduled = width({ stage: 'before-departure', arrival: { planned: at(400) } });
    expect(seen).toBeLessThan(sailed);
    expect(sailed).toBeLessThan(scheduled);
  });

  it('moves on with a shipment that is overdue', () => {
    const overdue = (by: number) => predict({ stage: 'before-departure', arrival: { planned: at(-by) } });
    expect(hoursFromNow(overdue(0).p50)).toBe(1);
    expect(hoursFromNow(overdue(48).p50)).toBe(24);
    expect(hoursFromNow(overdue(2000).p50)).toBe(120);
    expect(overdue(48).p90.getTime()).toBeGreaterThan(overdue(0).p90.getTime());
  });
});
