import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DcsaEvent, DcsaEquipmentEvent } from './dcsa/event.ts';
import { compareVersions, currentVersions, knownEvent } from './event-version.ts';
import type { KnownEvent } from './event-version.ts';
import { estimatesOfMilestones } from './milestone-estimates.ts';
import { projectEvents, projectShipment } from './projection.ts';
import { ShipmentDigest } from './shipment-digest.ts';
import type { ShipmentPlan } from './shipment-plan.ts';
import {
  CONTAINERS,
  DESTINATION,
  ORIGIN,
  TRANSSHIPMENT,
  VESSELS,
  day,
  equipmentEvent,
  shipmentEvent,
  transportEvent,
  vesselCall,
} from './test/event-builders.ts';

const PRODUCER = '0f000000-0000-4000-8000-00000000000f';

const plan: ShipmentPlan = {
  origin: ORIGIN,
  destination: DESTINATION,
  plannedDeparture: null,
  plannedArrival: null,
  containers: [],
};

const known = (payload: DcsaEvent, producerId = PRODUCER): KnownEvent =>
  knownEvent({ producerId, eventID: payload.eventID ?? '', payload });
const project = (events: readonly DcsaEvent[], changes: Partial<ShipmentPlan> = {}) =>
  projectShipment(
    { ...plan, ...changes },
    events.map((event) => known(event)),
  );
const at = (text: string) => new Date(text);
const codes = (events: readonly DcsaEvent[], changes: Partial<ShipmentPlan> = {}) =>
  project(events, changes).milestones.map(({ code }) => code);

/** A voyage with one transshipment, each step actual, on the days 1 to 12. */
const voyage: DcsaEvent[] = [
  equipmentEvent('GTOT', ORIGIN, { emptyIndicatorCode: 'EMPTY' }),
  equipmentEvent('GTIN', ORIGIN),
  equipmentEvent('LOAD', ORIGIN, { transportCall: vesselCall(ORIGIN) }),
  transportEvent('DEPA', ORIGIN),
  transportEvent('ARRI', TRANSSHIPMENT),
  equipmentEvent('DISC', TRANSSHIPMENT, { transportCall: vesselCall(TRANSSHIPMENT) }),
  equipmentEvent('LOAD', TRANSSHIPMENT, {
    transportCall: vesselCall(TRANSSHIPMENT, { vessel: { vesselIMONumber: VESSELS[1] } }),
  }),
  transportEvent('DEPA', TRANSSHIPMENT, {
    transportCall: vesselCall(TRANSSHIPMENT, { vessel: { vesselIMONumber: VESSELS[1] } }),
  }),
  transportEvent('ARRI', DESTINATION, {
    transportCall: vesselCall(DESTINATION, { vessel: { vesselIMONumber: VESSELS[1] } }),
  }),
  equipmentEvent('DISC', DESTINATION),
  equipmentEvent('GTOT', DESTINATION),
  equipmentEvent('GTIN', 'NLAMS', { emptyIndicatorCode: 'EMPTY' }),
].map((event, index) => ({ ...event, eventDateTime: day(index + 1) }));

describe('a voyage', () => {
  test('passes through every status', () => {
    const statuses = voyage.map((_, index) => project(voyage.slice(0, index + 1)).status);
    expect(statuses).toEqual([
      'BOOKED',
      'GATED_IN',
      'LOADED',
      'IN_TRANSIT',
      'AT_TRANSSHIPMENT',
      'AT_TRANSSHIPMENT',
      'AT_TRANSSHIPMENT',
      'IN_TRANSIT',
      'ARRIVED',
      'DISCHARGED',
      'DELIVERED',
      'DELIVERED',
    ]);
    expect(project([]).status).toBe('BOOKED');
  });

  test('has its milestones in order, each with its place and time', () => {
    const { milestones } = project(voyage);
    expect(milestones.map(({ code, unLocationCode }) => `${code} ${unLocationCode}`)).toEqual([
      'EMPTY_PICKUP CNSHA',
      'GATE_IN CNSHA',
      'LOADED CNSHA',
      'DEPARTED CNSHA',
      'TRANSSHIPMENT_ARRIVED SGSIN',
      'TRANSSHIPMENT_DISCHARGED SGSIN',
      'TRANSSHIPMENT_LOADED SGSIN',
      'TRANSSHIPMENT_DEPARTED SGSIN',
      'ARRIVED NLRTM',
      'DISCHARGED NLRTM',
      'GATE_OUT NLRTM',
      'EMPTY_RETURN NLAMS',
    ]);
    expect(milestones.map(({ actual }) => actual)).toEqual(voyage.map((_, index) => at(day(index + 1))));
  });

  test('is on the vessel that left last, or leaves next', () => {
    const vessels = voyage.map((_, index) => project(voyage.slice(0, index + 1)).vesselImo);
    const [first, second] = VESSELS;
    expect(vessels).toEqual([null, null, ...Array<string>(4).fill(first), ...Array<string>(6).fill(second)]);
  });

  test('a missing event holds nothing back', () => {
    for (const index of voyage.keys()) {
      const without = project(voyage.filter((_, other) => other !== index));
      expect(without.status).toBe('DELIVERED');
    }
  });

  test('knows its ports by each of their codes', () => {
    const departed = transportEvent('DEPA', 'CNSGH');
    expect(project([departed]).milestones).toMatchObject([{ code: 'DEPARTED', unLocationCode: 'CNSHA' }]);
  });
});

describe('times', () => {
  const arrival = (eventClassifierCode: 'PLN' | 'EST' | 'ACT', eventDateTime: string, made: number) =>
    transportEvent('ARRI', DESTINATION, {
      eventClassifierCode,
      eventDateTime,
      eventCreatedDateTime: `2026-04-${String(made).padStart(2, '0')}T00:00:00Z`,
    });

  test('stand side by side: first plan, last estimate, last word on what happened', () => {
    const events = [
      arrival('PLN', day(20), 2),
      arrival('PLN', day(21), 5),
      arrival('EST', day(22), 3),
      arrival('EST', day(19), 4),
      arrival('ACT', day(25), 6),
      arrival('ACT', day(24), 7),
      arrival('EST', day(28), 9),
    ];
    expect(project(events).milestones).toMatchObject([
      {
        code: 'ARRIVED',
        unLocationCode: DESTINATION,
        planned: at(day(20)),
        estimated: at(day(28)),
        actual: at(day(24)),
      },
    ]);
    expect(project(events).transportCalls).toMatchObject([
      { arrival: { planned: at(day(20)), estimated: at(day(28)), actual: at(day(24)) } },
    ]);
  });

  test("are the shipment's own plan where the carrier has none", () => {
    const own = { plannedDeparture: at(day(1)), plannedArrival: at(day(30)) };
    const { milestones } = project([arrival('PLN', day(29), 1)], own);
    expect(milestones.map(({ code, planned }) => [code, planned])).toEqual([
      ['DEPARTED', at(day(1))],
      ['ARRIVED', at(day(29))],
    ]);
  });

  test('of several containers: in with the first, out with the last', () => {
    const move = (code: 'GTIN' | 'DISC', container: number, eventDateTime: string) =>
      equipmentEvent(code, code === 'GTIN' ? ORIGIN : DESTINATION, {
        equipmentReference: CONTAINERS[container] ?? '',
        eventDateTime,
      });
    const containers = CONTAINERS.slice(0, 2);
    const events = [move('GTIN', 0, day(2)), move('GTIN', 1, day(1)), move('DISC', 0, day(20))];
    expect(project(events, { containers })).toMatchObject({
      status: 'GATED_IN',
      milestones: [{ code: 'GATE_IN', actual: at(day(1)) }],
    });
    expect(project([...events, move('DISC', 1, day(22))], { containers })).toMatchObject({
      status: 'DISCHARGED',
      milestones: [{ code: 'GATE_IN' }, { code: 'DISCHARGED', actual: at(day(22)) }],
    });
    const forAll = equipmentEvent('DISC', DESTINATION, { eventDateTime: day(21) });
    const { equipmentReference: _none, ...nameless } = forAll;
    expect(project([nameless as DcsaEquipmentEvent], { containers }).status).toBe('DISCHARGED');
  });
});

describe('transshipments', () => {
  test('at one port are told apart when another lies between', () => {
    const leg = (code: 'ARRI' | 'DEPA', place: string, id: string, number: number) =>
      transportEvent(code, place, {
        transportCall: vesselCall(place, { transportCallID: id }),
        eventDateTime: day(number),
      });
    const events = [
      leg('ARRI', 'SGSIN', 'a', 5),
      leg('DEPA', 'SGSIN', 'b', 6),
      leg('ARRI', 'LKCMB', 'c', 9),
      leg('ARRI', 'SGSIN', 'd', 12),
      leg('DEPA', 'SGSIN', 'd', 13),
    ];
    const { milestones, transportCalls } = project(events);
    expect(milestones.map(({ code, unLocationCode, actual }) => [code, unLocationCode, actual])).toEqual([
      ['TRANSSHIPMENT_ARRIVED', 'SGSIN', at(day(5))],
      ['TRANSSHIPMENT_DEPARTED', 'SGSIN', at(day(6))],
      ['TRANSSHIPMENT_ARRIVED', 'LKCMB', at(day(9))],
      ['TRANSSHIPMENT_ARRIVED', 'SGSIN', at(day(12))],
      ['TRANSSHIPMENT_DEPARTED', 'SGSIN', at(day(13))],
    ]);
    expect(transportCalls.map(({ reference }) => reference)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('are known from equipment alone, too', () => {
    expect(codes([equipmentEvent('DISC', 'SGSIN'), equipmentEvent('LOAD', 'SGSIN')])).toEqual([
      'TRANSSHIPMENT_DISCHARGED',
      'TRANSSHIPMENT_LOADED',
    ]);
  });

  test('are not lost when one transport call ID stands for two places', () => {
    const call = (place: string) => ({ transportCall: vesselCall(place, { transportCallID: 'N/A' }) });
    const events = [
      transportEvent('ARRI', 'SGSIN', call('SGSIN')),
      transportEvent('ARRI', 'LKCMB', call('LKCMB')),
    ];
    const places = project(events).milestones.map(({ unLocationCode }) => unLocationCode);
    expect(places.sort()).toEqual(['LKCMB', 'SGSIN']);
  });

  test('a call gets its place from whichever event tells it', () => {
    const { UNLocationCode: _place, ...placeless } = vesselCall('SGSIN', { transportCallID: 'x' });
    const events = [
      transportEvent('ARRI', 'SGSIN', { transportCall: placeless }),
      transportEvent('DEPA', 'SGSIN', { transportCall: { ...placeless, UNLocationCode: 'SGSIN' } }),
    ];
    expect(codes(events)).toEqual(['TRANSSHIPMENT_ARRIVED', 'TRANSSHIPMENT_DEPARTED']);
  });
});

describe('what is no milestone', () => {
  test.each([
    [
      'a truck leaving the port of loading',
      transportEvent('DEPA', ORIGIN, { transportCall: vesselCall(ORIGIN, { modeOfTransport: 'TRUCK' }) }),
    ],
    [
      'loading onto a train',
      equipmentEvent('LOAD', ORIGIN, { transportCall: vesselCall(ORIGIN, { modeOfTransport: 'RAIL' }) }),
    ],
    ['the vessel coming for the cargo', transportEvent('ARRI', ORIGIN)],
    ['the vessel going on without it', transportEvent('DEPA', DESTINATION)],
    [
      'a gate at an inland terminal',
      equipmentEvent('GTIN', ORIGIN, { transportCall: vesselCall(ORIGIN, { facilityTypeCode: 'INTE' }) }),
    ],
    ['a gate somewhere else', equipmentEvent('GTIN', 'CNNKG')],
    ['an inspection', equipmentEvent('INSP', ORIGIN)],
    ['a document', shipmentEvent('ISSU', { documentTypeCode: 'TRD' })],
  ])('%s', (_name, event) => {
    expect(project([event])).toMatchObject({ status: 'BOOKED', milestones: [] });
  });

  test('calls on land stand before and after the sea', () => {
    const land = (place: string, number: number) =>
      transportEvent('ARRI', place, {
        transportCall: vesselCall(place, { modeOfTransport: 'TRUCK' }),
        eventDateTime: day(number),
      });
    const events = [...voyage, land('DEDUI', 20), land('CNNKG', 1)];
    const places = project(events).transportCalls.map(({ unLocationCode }) => unLocationCode);
    expect(places).toEqual(['CNNKG', 'CNSHA', 'SGSIN', 'SGSIN', 'NLRTM', 'DEDUI']);
  });
});

test('a booking that is void or rejected is cancelled, until it is confirmed after all', () => {
  const said = (code: 'CONF' | 'VOID' | 'REJE', minute: number) =>
    shipmentEvent(code, { eventCreatedDateTime: `2026-04-01T00:0${minute}:00Z` });
  expect(project([said('CONF', 1), said('VOID', 2)]).status).toBe('CANCELLED');
  expect(project([said('REJE', 1), said('CONF', 2)]).status).toBe('BOOKED');
  expect(project([shipmentEvent('VOID', { documentTypeCode: 'ARN' })]).status).toBe('BOOKED');
});

describe('the state is a function of the set of events', () => {
  const instant = fc.integer({ min: 1, max: 28 }).map(day);
  const places = fc.constantFrom(ORIGIN, 'CNSGH', TRANSSHIPMENT, 'LKCMB', DESTINATION);
  const version = {
    // Few, so that versions of one event meet.
    eventID: fc
      .integer({ min: 1, max: 12 })
      .map((n) => `00000000-0000-4000-8000-0000000000${String(n).padStart(2, '0')}`),
    eventClassifierCode: fc.constantFrom('PLN' as const, 'EST' as const, 'ACT' as const),
    eventDateTime: instant,
    eventCreatedDateTime: instant,
    eventUpdatedDateTime: instant,
    isRetracted: fc.boolean(),
  };
  const requiredKeys: Exclude<keyof typeof version, 'eventUpdatedDateTime' | 'isRetracted'>[] = [
    'eventID',
    'eventClassifierCode',
    'eventDateTime',
    'eventCreatedDateTime',
  ];
  const anyCall = fc
    .record({
      place: places,
      transportCallID: fc.constantFrom('a', 'b', 'c', 'd'),
      modeOfTransport: fc.constantFrom('VESSEL' as const, 'VESSEL' as const, 'TRUCK' as const),
      vessel: fc.constantFrom(...VESSELS),
    })
    .map(({ place, vessel, ...call }) => vesselCall(place, { ...call, vessel: { vesselIMONumber: vessel } }));
  const anyEvent: fc.Arbitrary<DcsaEvent> = fc.oneof(
    fc
      .tuple(fc.constantFrom('ARRI' as const, 'DEPA' as const), anyCall, fc.record(version, { requiredKeys }))
      .map(([code, transportCall, changes]) => transportEvent(code, '', { ...changes, transportCall })),
    fc
      .tuple(
        fc.constantFrom('LOAD' as const, 'DISC' as const, 'GTIN' as const, 'GTOT' as const, 'INSP' as const),
        places,
        fc.constantFrom(...CONTAINERS),
        fc.option(anyCall, { nil: undefined }),
        fc.record(version, { requiredKeys }),
        fc.constantFrom('EMPTY' as const, 'LADEN' as const),
      )
      .map(([code, place, equipmentReference, transportCall, changes, emptyIndicatorCode]) =>
        equipmentEvent(code, place, {
          ...changes,
          equipmentReference,
          emptyIndicatorCode,
          eventLocation: { UNLocationCode: place, latitude: '1.5', longitude: String(place.charCodeAt(0)) },
          ...(transportCall === undefined ? {} : { transportCall }),
        }),
      ),
    fc
      .tuple(
        fc.constantFrom('CONF' as const, 'VOID' as const, 'REJE' as const),
        fc.record(version, { requiredKeys }),
      )
      .map(([code, changes]) => shipmentEvent(code, changes)),
  );
  const anyVersion = fc
    .tuple(anyEvent, fc.constantFrom(PRODUCER, '0c000000-0000-4000-8000-00000000000c'))
    .map(([event, producerId]) => known(event, producerId));
  const anyVersions = fc.array(anyVersion, { maxLength: 25 });
  const containers = CONTAINERS.slice(0, 2);
  const state = (versions: readonly KnownEvent[]) => projectShipment({ ...plan, containers }, versions);
  const estimates = (versions: readonly KnownEvent[]) =>
    estimatesOfMilestones({ ...plan, containers }, versions);

  test('neither their order nor their repetition matters', () => {
    const scenario = anyVersions.chain((versions) =>
      fc.record({
        versions: fc.constant(versions),
        arrivals: fc
          .array(fc.nat({ max: Math.max(0, versions.length - 1) }), { maxLength: 10 })
          .map((again) => [...versions, ...again.flatMap((index) => versions[index] ?? [])])
          .chain((all) => fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })),
      }),
    );
    fc.assert(
      fc.property(scenario, ({ versions, arrivals }) => {
        expect(state(arrivals)).toEqual(state(versions));
        expect(estimates(arrivals)).toEqual(estimates(versions));
      }),
      { numRuns: 500 },
    );
  });

  test('a retracted event counts as if never sent', () => {
    const later = '2026-06-01T00:00:00Z';
    fc.assert(
      fc.property(anyVersions, fc.nat(), (versions, pick) => {
        const target = versions[pick % Math.max(1, versions.length)];
        if (target === undefined) return;
        const retraction = known(
          { ...target.payload, isRetracted: true, eventUpdatedDateTime: later },
          target.producerId,
        );
        const others = versions.filter(
          ({ eventID, producerId }) => eventID !== target.eventID || producerId !== target.producerId,
        );
        expect(state([retraction, ...versions])).toEqual(state(others));
        expect(estimates([retraction, ...versions])).toEqual(estimates(others));
      }),
      { numRuns: 500 },
    );
  });

  test('a later version replaces the earlier ones', () => {
    const later = '2026-06-01T00:00:00Z';
    fc.assert(
      fc.property(anyVersions, anyEvent, (versions, event) => {
        const newest = known({ ...event, eventUpdatedDateTime: later });
        const others = versions.filter(
          ({ eventID, producerId }) => eventID !== newest.eventID || producerId !== newest.producerId,
        );
        expect(state([newest, ...versions])).toEqual(state([...others, newest]));
      }),
      { numRuns: 500 },
    );
  });

  test('a digest of any events, however they came and went, tells the same', () => {
    // Many that differ in little, so that what a digest leaves out comes to count.
    const alike = fc
      .record({
        number: fc.integer({ min: 1, max: 30 }),
        code: fc.constantFrom('ARRI' as const, 'DEPA' as const),
        changes: fc.record(version, {
          requiredKeys: ['eventClassifierCode', 'eventDateTime', 'eventCreatedDateTime'],
        }),
      })
      .map(({ number, code, changes }) =>
        known(
          transportEvent(code, DESTINATION, {
            ...changes,
            eventID: `00000000-0000-4000-8000-0000000001${String(number).padStart(2, '0')}`,
            transportCall: vesselCall(DESTINATION, { location: { latitude: '51.9', longitude: '4.5' } }),
          }),
        ),
      );
    const several = fc.array(alike, { minLength: 30, maxLength: 60 });
    const manyAlike = fc
      .tuple(several, several)
      .chain(([versions, more]) =>
        fc
          .shuffledSubarray(versions)
          .map((withdrawn) => [
            ...versions,
            ...withdrawn.map(({ payload }) =>
              known({ ...payload, isRetracted: true, eventUpdatedDateTime: '2026-05-28T00:00:01Z' }),
            ),
            ...more.map(({ payload }) => known({ ...payload, eventUpdatedDateTime: '2026-05-28T00:00:02Z' })),
          ]),
      );
    const scenario = fc.oneof(fc.array(anyVersion, { maxLength: 40 }), manyAlike);
    fc.assert(
      fc.property(scenario, (arrivals) => {
        let digest = new ShipmentDigest();
        const current = new Map<string, KnownEvent>();
        const counting = () => [...current.values()].filter(({ facts }) => !facts.isRetracted);
        for (const version of arrivals) {
          const key = `${version.producerId} ${version.eventID}`;
          const former = current.get(key);
          if (former !== undefined && compareVersions(version, former) <= 0) continue;
          current.set(key, version);
          const wasCounting = former !== undefined && !former.facts.isRetracted;
          let isKnown = true;
          if (version.facts.isRetracted) isKnown = !wasCounting || digest.remove(former);
          else if (wasCounting) isKnown = digest.replace(former, version);
          else digest.add(version);
          if (!isKnown) {
            digest = new ShipmentDigest();
            for (const event of counting()) digest.add(event);
          }
          const words = digest.words();
          expect(projectEvents({ ...plan, containers }, words)).toEqual(
            projectEvents({ ...plan, containers }, counting()),
          );
        }
        expect(projectEvents({ ...plan, containers }, digest.words())).toEqual(state(arrivals));
      }),
      { numRuns: 200 },
    );
  });

  test('estimates move as the versions were made, whichever came first, and stay when they are replaced', () => {
    const made = (minute: number) => `2026-04-01T00:${String(minute).padStart(2, '0')}:00Z`;
    const eventID = '00000000-0000-4000-8000-000000000001';
    const estimate = (number: number, minute: number, changes: object = {}) =>
      known(
        transportEvent('ARRI', DESTINATION, {
          eventID,
          eventClassifierCode: 'EST',
          eventDateTime: day(number),
          eventUpdatedDateTime: made(minute),
          ...changes,
        }),
      );
    const other = { eventID: '00000000-0000-4000-8000-000000000002' };
    const versions = [
      estimate(20, 1),
      estimate(22, 2),
      estimate(22, 3, other),
      estimate(21, 5),
      estimate(24, 6, { eventClassifierCode: 'ACT' }),
    ];
    const moves = (arrivals: readonly KnownEvent[]) =>
      estimates(arrivals).flatMap((each) =>
        each.estimates.map(({ estimated, madeAt, eventID: id }) => [
          new Date(estimated).getUTCDate(),
          new Date(madeAt).getUTCMinutes(),
          id.slice(-1),
        ]),
      );
    const expected = [
      [20, 1, '1'],
      [22, 2, '1'],
      [21, 5, '1'],
    ];
    expect(moves(versions)).toEqual(expected);
    expect(moves(versions.toReversed())).toEqual(expected);
    expect(currentVersions(versions)).toHaveLength(2);
    // Withdrawn, the event takes with it what any of its versions has estimated.
    expect(moves([...versions, estimate(24, 7, { isRetracted: true })])).toEqual([[22, 3, '2']]);
    const many = Array.from({ length: 60 }, (_, minute) => estimate((minute % 28) + 1, minute));
    expect(moves(many)).toHaveLength(20);
    expect(moves(many).at(-1)).toEqual([(59 % 28) + 1, 59, '1']);
    expect(moves(many.toReversed())).toEqual(moves(many));
  });

  test('estimates never undo what has happened', () => {
    const estimates = fc.array(
      fc
        .tuple(fc.constantFrom(...voyage), fc.uuid(), instant, instant)
        .map(([event, eventID, eventDateTime, eventCreatedDateTime]): DcsaEvent => ({
          ...event,
          eventID,
          eventDateTime,
          eventCreatedDateTime,
          eventClassifierCode: 'EST',
        })),
      { maxLength: 10 },
    );
    fc.assert(
      fc.property(fc.subarray(voyage), estimates, (happened, estimated) => {
        const actuals = ({ status, milestones }: ReturnType<typeof project>) => ({
          status,
          actuals: milestones.flatMap(({ code, actual }) =>
            actual === null ? [] : `${code} ${actual.toISOString()}`,
          ),
        });
        expect(actuals(project([...happened, ...estimated]))).toEqual(actuals(project(happened)));
      }),
      { numRuns: 500 },
    );
  });
});
