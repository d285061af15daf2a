import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DcsaEvent } from '../dcsa/event.ts';
import {
  CONTAINERS,
  DESTINATION,
  ORIGIN,
  TRANSSHIPMENT,
  VESSELS,
  equipmentEvent,
  transportEvent,
  vesselCall,
} from '../test/event-builders.ts';
import { Watched, hour } from '../test/watched-shipment.ts';
import type { AlertCondition } from './condition.ts';

describe('any order of arrival and any repetition', () => {
  const conditions: AlertCondition[] = [
    { kind: 'ETA_SLIP', hours: 5, reference: 'PLAN' },
    { kind: 'MILESTONE_MISSING', hours: 20, codes: [] },
    { kind: 'DWELL', hours: 30, ports: [] },
    { kind: 'AREA', direction: 'BOTH', area: { type: 'PORTS', ports: [ORIGIN, TRANSSHIPMENT, DESTINATION] } },
    { kind: 'TRANSSHIPMENT_MISSED', graceHours: 5 },
    { kind: 'SCHEDULE_CHANGED', hours: 5 },
  ];
  const anEvent = fc
    .record({
      kind: fc.constantFrom('ARRI', 'DEPA', 'DISC', 'LOAD', 'GTIN', 'GTOT' as const),
      place: fc.constantFrom(ORIGIN, TRANSSHIPMENT, DESTINATION),
      classifier: fc.constantFrom('PLN', 'EST', 'ACT' as const),
      made: fc.integer({ min: 0, max: 400 }),
      at: fc.integer({ min: 0, max: 500 }),
      vessel: fc.constantFrom(...VESSELS),
      container: fc.constantFrom(...CONTAINERS),
      retracted: fc.integer({ min: 0, max: 9 }).map((draw) => draw === 0),
      eventID: fc.uuid(),
    })
    .map(({ kind, place, classifier, made, at, vessel, container, retracted, eventID }) => {
      const changes = {
        eventID,
        eventClassifierCode: classifier,
        eventCreatedDateTime: hour(made),
        eventDateTime: hour(at),
        isRetracted: retracted,
        transportCall: vesselCall(place, { vessel: { vesselIMONumber: vessel } }),
      };
      return kind === 'ARRI' || kind === 'DEPA'
        ? transportEvent(kind, place, changes)
        : equipmentEvent(kind, place, { ...changes, equipmentReference: container });
    });
  const arrivals = fc
    .uniqueArray(anEvent, { maxLength: 12, selector: ({ eventID }) => eventID })
    .chain((events) =>
      fc.record({
        events: fc.constant(events),
        shuffled: fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }),
      }),
    );

  test.each(conditions)('leads to the same open alerts: $kind', (condition) => {
    fc.assert(
      fc.property(arrivals, ({ events, shuffled }) => {
        const together = new Watched(condition).hear(400, ...events);
        const oneByOne = new Watched(condition);
        for (const event of shuffled) oneByOne.hear(400, event);
        expect(oneByOne.at(400).standing).toEqual(together.standing);
        expect(oneByOne.at(600).standing).toEqual(together.at(600).standing);
      }),
      { numRuns: 60 },
    );
  });

  const onward = { transportCall: vesselCall(TRANSSHIPMENT, { vessel: { vesselIMONumber: VESSELS[1] } }) };
  const planned = { eventClassifierCode: 'PLN' as const };
  const sails = (changes: object) => transportEvent('DEPA', TRANSSHIPMENT, { ...onward, ...changes });
  const discharged = equipmentEvent('DISC', TRANSSHIPMENT, { eventDateTime: hour(0) });
  const missed: AlertCondition = { kind: 'TRANSSHIPMENT_MISSED', graceHours: 5 };

  test.each<{ name: string; condition: AlertCondition; events: DcsaEvent[]; reason: object }>([
    {
      name: 'a vessel that is said to have sailed twice left containers behind the first time',
      condition: missed,
      events: [
        sails({ eventDateTime: hour(1) }),
        sails({ eventDateTime: hour(0) }),
        equipmentEvent('LOAD', TRANSSHIPMENT, { ...planned, ...onward }),
        discharged,
      ],
      reason: { sailedAt: hour(0), containers: [CONTAINERS[0]] },
    },
    {
      name: 'a connection is planned, though its sailing was reported at the time of its plan',
      condition: missed,
      events: [sails(planned), sails({ eventDateTime: hour(1) }), discharged],
      reason: { sailedAt: hour(1), plannedVesselIMONumber: VESSELS[1] },
    },
    {
      name: 'of two connections planned at one time, the same is the later plan',
      condition: missed,
      events: [
        sails(planned),
        sails({
          ...planned,
          transportCall: vesselCall(TRANSSHIPMENT, { vessel: { vesselIMONumber: VESSELS[0] } }),
        }),
      ],
      reason: { plannedVesselIMONumber: VESSELS[1], vesselIMONumber: VESSELS[0] },
    },
    {
      name: 'a container that is said to be at two ports at one time is at the same one',
      condition: { kind: 'DWELL', hours: 30, ports: [] },
      events: [
        equipmentEvent('GTIN', ORIGIN, { eventID: '00000000-0000-4000-8000-000000000001' }),
        equipmentEvent('GTIN', TRANSSHIPMENT, { eventID: '00000000-0000-4000-8000-000000000002' }),
      ],
      reason: { unLocationCode: TRANSSHIPMENT },
    },
    {
      name: 'an arrival that was reported twice is told by the last word',
      condition: { kind: 'AREA', direction: 'BOTH', area: { type: 'PORTS', ports: [ORIGIN] } },
      events: [1, 2].map((made) =>
        transportEvent('ARRI', ORIGIN, {
          eventCreatedDateTime: hour(made),
          transportCall: vesselCall(made === 1 ? ORIGIN : 'CNSGH', { transportCallID: 'call' }),
        }),
      ),
      reason: { unLocationCode: 'CNSGH' },
    },
  ])('leads to the same alert: $name', ({ condition, events, reason }) => {
    for (const order of [events, events.toReversed()]) {
      const oneByOne = new Watched(condition);
      for (const event of order) oneByOne.hear(400, event);
      for (const watched of [new Watched(condition).hear(400, ...order), oneByOne]) {
        const open = watched.alerts.filter(({ state }) => state === 'OPEN');
        expect(open).toMatchObject([{ reason }]);
      }
    }
  });
});
