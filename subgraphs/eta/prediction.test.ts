import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Coordinate } from './geodesy.ts';
import type { MilestoneTimes, PortCall } from './itinerary.ts';
import { type ArrivalPrediction, predictArrival, type Voyage } from './prediction.ts';
import { HOUR } from './uncertainty.ts';
import { TYPICAL_SPEED } from './voyage-speed.ts';

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
/** Planned times that take the 6,000 nautical miles at this speed, from an instant some hours from now. */
const plannedAt = (knots: number, leaving: number) => ({
  departure: { planned: at(leaving) },
  arrival: { planned: at(leaving + 6000 / knots) },
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
      ...plannedAt(20, -110),
      position: { coordinate: [40, 0], observedAt: at(0), speedKnots: 20 },
    });
    expect(prediction.basis).toBe('POSITION');
    expect(prediction.remainingNauticalMiles).toBe(3600);
    expect(prediction.speedKnots).toBe(20);
    expect(hoursFromNow(prediction.p50)).toBe(180);
  });

  it('from a position counts from when the ship was seen', () => {
    const seen = (hoursAgo: number) =>
      predict({
        ...plannedAt(20, -200),
        position: { coordinate: [40, 0], observedAt: at(-hoursAgo), speedKnots: 20 },
      });
    expect(hoursFromNow(seen(10).p50)).toBe(170);
    const width = (hoursAgo: number) => seen(hoursAgo).p90.getTime() - seen(hoursAgo).p50.getTime();
    expect(width(100)).toBeGreaterThan(width(1));
  });

  it('trusts the speed a ship was seen at for a day', () => {
    const prediction = predict({
      ...plannedAt(20, -100),
      position: { coordinate: [40, 0], observedAt: NOW, speedKnots: 10 },
    });
    expect(hoursFromNow(prediction.p50)).toBe(24 + (3600 - 240) / 20);
  });

  it.each([0, 0.4, -3, 60, Number.NaN, undefined])(
    'takes the planned speed, else the usual one, for a speed of %s',
    (speedKnots) => {
      const position = { coordinate: [40, 0] as const, observedAt: NOW, speedKnots };
      expect(hoursFromNow(predict({ ...plannedAt(18, -130), position }).p50)).toBe(200);
      expect(predict({ position }).speedKnots).toBe(TYPICAL_SPEED);
    },
  );

  it('takes the plan for the speed, not what the ship is built for', () => {
    const sailed = { departure: { planned: at(-100), actual: at(-90) }, arrival: { planned: at(300) } };
    expect(predict({ ...sailed, serviceSpeedKnots: 22 })).toMatchObject({ speedKnots: 15, p50: at(310) });
    expect(predict({ departure: { actual: NOW }, serviceSpeedKnots: 22 }).speedKnots).toBe(TYPICAL_SPEED);
    expect(predict({ ...sailed, serviceSpeedKnots: 12 }).speedKnots).toBe(12);
    expect(predict({ ...sailed, serviceSpeedKnots: Number.NaN }).speedKnots).toBe(15);
  });

  it.each([
    ['slow', 2, 8],
    ['fast', 90, 23],
  ])('takes a plan that is too %s for the nearest plausible one', (_, planned, plausible) => {
    expect(predict({ stage: 'under-way', ...plannedAt(planned, -10) }).speedKnots).toBeCloseTo(plausible);
    const backwards = { departure: { planned: at(5), actual: at(-5) }, arrival: { planned: at(-50) } };
    expect(predict(backwards).speedKnots).toBe(TYPICAL_SPEED);
  });

  it('passes over positions that are too old or of an earlier leg', () => {
    const coordinate = [40, 0] as const;
    expect(
      predict({ departure: { actual: at(-200) }, position: { coordinate, observedAt: at(-169) } }).basis,
    ).toBe('DEPARTURE');
    expect(
      predict({ departure: { actual: at(-20) }, position: { coordinate, observedAt: at(-21) } }).basis,
    ).toBe('DEPARTURE');
    const future = predict({ position: { coordinate, observedAt: at(5), speedKnots: 16 } });
    expect(hoursFromNow(future.p50)).toBe(225);
  });

  it('from a departure is the whole distance by the usual speed', () => {
    const prediction = predict({ departure: { actual: at(-100) } });
    expect(prediction.basis).toBe('DEPARTURE');
    expect(hoursFromNow(prediction.p50)).toBe(275);
    expect(prediction.remainingNauticalMiles).toBe(4400);
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
    const sailing = predict({ stage, departure });
    expect(sailing).toMatchObject({ basis: 'DEPARTURE', p50: at(399), remainingNauticalMiles: 6000 });
    expect(predict({ stage, departure: { planned: at(-24) } }).p50).toEqual(at(375));
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

describe("the carrier's estimate", () => {
  // By our own reckoning it is there in 275 hours.
  const sailed = { departure: { actual: at(-100) } };
  const estimated = (hours: number) => predict({ ...sailed, arrival: { estimated: at(hours) } });

  it('counts half when a week ahead, and more the nearer it is', () => {
    expect(estimated(168).basis).toBe('DEPARTURE');
    expect(hoursFromNow(estimated(168).p50)).toBe((275 + 168) / 2);
    expect(hoursFromNow(estimated(336).p50)).toBe((2 / 3) * 275 + (1 / 3) * 336);
    const near = { coordinate: [99, 0] as const, observedAt: at(-1), speedKnots: 6 }; // there in 9 hours
    const close = predict({ ...sailed, position: near, arrival: { estimated: at(4) } });
    expect(hoursFromNow(close.p50)).toBeLessThan(4.2);
  });

  it('stands when the ship should long be there, however long', () => {
    const position = { coordinate: [100, 0] as const, observedAt: at(-120) };
    const arrived = { position, arrival: { planned: at(-110), estimated: at(9) } };
    expect(predict(arrived)).toMatchObject({ basis: 'POSITION', p50: at(9), remainingNauticalMiles: 0 });
    const long = predict({ departure: { actual: at(-900) }, arrival: { estimated: at(9) } });
    expect(long).toMatchObject({ basis: 'DEPARTURE', p50: at(9), remainingNauticalMiles: 0 });
  });

  it('that has just passed makes the ship overdue since then, not since our reckoning', () => {
    const position = { coordinate: [100, 0] as const, observedAt: at(-160) };
    expect(hoursFromNow(predict({ position, arrival: { estimated: at(-2) } }).p50)).toBe(1);
    expect(hoursFromNow(predict({ position }).p50)).toBe(80);
  });

  it('is passed over when no ship can be there by then', () => {
    const position = { coordinate: [40, 0] as const, observedAt: NOW };
    for (const hours of [-10, 24, 130]) {
      expect(predict({ position, arrival: { estimated: at(hours) } }).p50).toEqual(at(225));
    }
    expect(predict({ position, arrival: { estimated: at(135) } }).p50.getTime()).toBeLessThan(
      at(200).getTime(),
    );
  });

  it('of an arrival at a transshipment tells whether the next vessel is caught', () => {
    const late = { departure: { actual: at(-100) } }; // at SGSIN in 50 hours by our reckoning
    const caught = (arrival: MilestoneTimes) =>
      predict({ ...late, calls: [call('SGSIN', 40, arrival, { planned: at(60) })] }).p50;
    expect(caught({})).toEqual(at(60 + 168 + 225));
    expect(caught({ estimated: at(40) })).toEqual(at(60 + 225));
  });
});

describe('a transshipment ahead', () => {
  const sailing = { departure: { actual: at(-100) } };

  it('costs the time until the departure that the carrier gives', () => {
    const calls = [call('SGSIN', 40, {}, { planned: at(100) })];
    expect(hoursFromNow(predict({ ...sailing, calls }).p50)).toBe(100 + 3600 / 16);
  });

  it('costs half a week when no departure is given, and makes the arrival less sure', () => {
    const direct = predict(sailing);
    const changing = predict({ ...sailing, calls: [call('SGSIN', 40)] });
    expect(hoursFromNow(changing.p50)).toBe(275 + 84);
    const width = ({ p50, p90 }: typeof direct) => p90.getTime() - p50.getTime();
    expect(width(changing)).toBeGreaterThan(width(direct) + 20 * HOUR);
  });

  it('that is missed costs the week until the next sailing', () => {
    const calls = [call('SGSIN', 40, {}, { planned: at(55) })]; // the ship is there at 50, and needs 12 to change
    expect(hoursFromNow(predict({ ...sailing, calls }).p50)).toBe(55 + 168 + 225);
  });

  it('is one stay, whether under one call or under those of the vessels in and out', () => {
    const arrival = { planned: at(45), estimated: at(50) };
    const departure = { planned: at(100) };
    const single = predict({ ...sailing, calls: [call('SGSIN', 40, arrival, departure)] });
    expect(hoursFromNow(single.p50)).toBe(100 + 225);
    const leftBehind = { planned: at(70) }; // the vessel that brings the cargo goes on before
    const waiting = { planned: at(30) }; // the vessel that takes it on is there before
    for (const calls of [
      [call('SGSIN', 40, arrival), call('SGSIN', 40, {}, departure)],
      [call('SGSIN', 40, {}, departure), call('SGSIN', 40, arrival)],
      [call('SGSIN', 40, arrival, leftBehind), call('SGSIN', 40, { planned: at(90) }, departure)],
      [call('SGSIN', 40, waiting, departure), call('SGSIN', 40, arrival, leftBehind)],
      [call('SGSIN', 40, arrival), call('SGSIN', 40), call('SGSIN', 40, {}, departure)],
    ]) {
      expect(predict({ ...sailing, calls })).toEqual(single);
    }
  });

  it('is not over when the vessel that brought the cargo has left again', () => {
    const brought = call('SGSIN', 40, { actual: at(-60) }, { actual: at(-40) });
    const fetched = (arrival: MilestoneTimes, departure: MilestoneTimes) =>
      predict({ ...sailing, calls: [brought, call('SGSIN', 40, arrival, departure)] });
    expect(fetched({}, { estimated: at(20) })).toMatchObject({
      p50: at(20 + 225),
      remainingNauticalMiles: 3600,
    });
    expect(fetched({ estimated: at(10) }, {}).remainingNauticalMiles).toBe(3600);
  });

  it('is two stays with a call elsewhere in between', () => {
    const calls = [call('SGSIN', 40), call('LKCMB', 50), call('SGSIN', 40)];
    expect(hoursFromNow(predict({ ...sailing, calls }).p50)).toBe(275 + (2 * 600) / 16 + 3 * 84);
  });

  it('is none at the ports of loading and of discharge under two calls', () => {
    const calls = [
      call('CNSHA', 0, { actual: at(-130) }),
      call('CNSHA', 0, {}, { actual: at(-100) }),
      call('USLAX', 100),
      call('USLAX', 100),
    ];
    expect(predict({ calls })).toEqual(predict(sailing));
  });

  it('counts from the port once the ship is there, and from the next departure once it left', () => {
    const inPort = [call('SGSIN', 40, { actual: at(-20) }, { estimated: at(30) })];
    expect(predict({ ...sailing, calls: inPort })).toMatchObject({
      basis: 'DEPARTURE',
      p50: at(30 + 225),
      remainingNauticalMiles: 3600,
    });
    const left = [call('SGSIN', 40, { actual: at(-60) }, { actual: at(-20) })];
    expect(predict({ ...sailing, calls: left })).toMatchObject({
      basis: 'DEPARTURE',
      p50: at(-20 + 225),
      remainingNauticalMiles: 3280,
    });
  });

  it('knows the calls at the ends by their codes and takes their times', () => {
    const calls = [
      call('CNNGB', -5, { actual: at(-150) }, { actual: at(-140) }),
      call('CNSHA', 0, {}, { actual: at(-100) }),
      call('USLAX', 100, { estimated: at(168) }),
      call('USOAK', 105),
    ];
    expect(predict({ calls })).toMatchObject({
      basis: 'DEPARTURE',
      p50: at((275 + 168) / 2),
      carrierEstimate: at(168),
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
      expect(hoursFromNow(p50)).toBe(375);
      return p90.getTime() - p50.getTime();
    };
    const seen = width({ position });
    const sailed = width({ departure: { actual: NOW } });
    const scheduled = width({ stage: 'before-departure', arrival: { planned: at(375) } });
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
