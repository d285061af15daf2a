import { randomUUID } from 'node:crypto';
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
import { START, Watched, hour, shipment } from '../test/watched-shipment.ts';
import type { Alert } from './alert.ts';
import { crossingFound } from './assess/area.ts';
import type { AlertCondition } from './condition.ts';
import { reconcileCrossing } from './reconcile.ts';
import { isInScope } from './scope.ts';

const estimate = (made: number, arrival: number, changes: object = {}): DcsaEvent =>
  transportEvent('ARRI', DESTINATION, {
    eventClassifierCode: 'EST',
    eventCreatedDateTime: hour(made),
    eventDateTime: hour(arrival),
    ...changes,
  });

describe('an ETA that slips', () => {
  const condition: AlertCondition = { kind: 'ETA_SLIP', hours: 12, reference: 'PLAN' };

  test('is silent within the threshold, told once beyond it, and again with each further threshold', () => {
    const watched = new Watched(condition);
    for (const [made, slip] of [1, 4, 9, 12, 8, 11].entries()) watched.hear(made, estimate(made, 480 + slip));
    expect(watched.told).toEqual([]);
    watched
      .hear(10, estimate(10, 480 + 13))
      .hear(11, estimate(11, 480 + 20))
      .hear(12, estimate(12, 480 + 10));
    expect(watched.told).toEqual(['RAISED eta#1']);
    expect(watched.alerts[0]).toMatchObject({
      state: 'OPEN',
      severity: 1,
      occurredAt: new Date(hour(10)),
      reason: { hours: 10, thresholdHours: 12, reference: hour(480), estimated: hour(490) },
    });
    watched.hear(13, estimate(13, 480 + 25)).hear(14, estimate(14, 480 + 30));
    expect(watched.told).toEqual(['RAISED eta#1', 'ESCALATED eta#1']);
    watched.hear(15, estimate(15, 480 + 9));
    expect(watched.alerts[0]).toMatchObject({ state: 'CLOSED', endedAt: new Date(hour(15)), severity: 2 });
    watched.hear(16, estimate(16, 480 + 50));
    expect(watched.told.slice(2)).toEqual(['CLOSED eta#1', 'RAISED eta#2']);
    watched.hear(500, transportEvent('ARRI', DESTINATION, { eventDateTime: hour(499) }));
    expect(watched.told.at(-1)).toBe('CLOSED eta#2');
  });

  test('remembers estimates that later versions of the same event replaced', () => {
    const eventID = randomUUID();
    const version = (made: number, slip: number) =>
      estimate(0, 480 + slip, { eventID, eventUpdatedDateTime: hour(made) });
    const watched = new Watched({ ...condition, reference: 'PLAN' });
    watched.hear(1, version(1, 13)).hear(2, version(2, 10));
    // Within the band, so that only who remembers knows that it is open.
    expect(watched.alerts).toMatchObject([{ state: 'OPEN', reason: { hours: 10 } }]);
  });

  test('is compared with what stood when the rule began to watch, if it says so', () => {
    const watched = new Watched({ ...condition, reference: 'WATCH' }, new Date(hour(20)));
    watched.hear(10, estimate(10, 480 + 40)).at(21);
    watched.hear(22, estimate(22, 480 + 50));
    expect(watched.told).toEqual([]);
    watched.hear(23, estimate(23, 480 + 53));
    expect(watched.alerts).toMatchObject([{ reason: { reference: hour(520), hours: 13 } }]);
  });

  test('is withdrawn with the estimate that it rested on', () => {
    const late = estimate(2, 500);
    const watched = new Watched(condition).hear(1, estimate(1, 481)).hear(2, late);
    expect(watched.told).toEqual(['RAISED eta#1']);
    watched.hear(3, { ...late, eventUpdatedDateTime: hour(3), isRetracted: true });
    expect(watched.alerts).toMatchObject([{ state: 'WITHDRAWN' }]);
    watched.hear(4, estimate(4, 510));
    expect(watched.told.slice(1)).toEqual(['WITHDRAWN eta#1', 'RAISED eta#2']);
  });
});

describe('a missing milestone', () => {
  const condition: AlertCondition = { kind: 'MILESTONE_MISSING', hours: 24, codes: [] };

  test('is alerted to when its time has come, gets graver, and closes when it is reported', () => {
    const watched = new Watched(condition).at(1);
    expect(watched.dueAt).toEqual(new Date(hour(72)));
    watched.at(71.9);
    expect(watched.told).toEqual([]);
    watched.at(72);
    expect(watched.alerts).toMatchObject([
      { cause: `milestone:DEPARTED:${ORIGIN}`, severity: 1, occurredAt: new Date(hour(72)), eventIds: [] },
    ]);
    expect(watched.dueAt).toEqual(new Date(hour(96)));
    watched.at(96).at(120).at(500);
    expect(watched.told.slice(1)).toEqual(Array(2).fill(`ESCALATED milestone:DEPARTED:${ORIGIN}#1`));
    watched.hear(501, transportEvent('DEPA', ORIGIN, { eventDateTime: hour(100) }));
    // The arrival was planned for hour 480.
    expect(watched.alerts).toMatchObject([{ state: 'CLOSED', endedAt: new Date(hour(100)) }]);
    watched.at(504);
    expect(watched.alerts[1]).toMatchObject({ state: 'OPEN', cause: `milestone:ARRIVED:${DESTINATION}` });
  });

  test('that turns out to have happened in time was never missing', () => {
    const watched = new Watched(condition).at(80);
    watched.hear(81, transportEvent('DEPA', ORIGIN, { eventDateTime: hour(50) }));
    expect(watched.alerts).toMatchObject([{ state: 'WITHDRAWN' }]);
    expect(watched.alerts[0]?.ending).toContain('happened on');
  });

  test('rests on the event that planned it, and reopens when the report is withdrawn', () => {
    const plan = transportEvent('DEPA', ORIGIN, { eventClassifierCode: 'PLN', eventDateTime: hour(60) });
    const departed = transportEvent('DEPA', ORIGIN, { eventDateTime: hour(99) });
    const watched = new Watched(condition).hear(1, plan).at(84);
    expect(watched.alerts[0]?.eventIds).toEqual([watched.rowOf(plan)]);
    watched.hear(100, departed);
    watched.hear(101, { ...departed, eventUpdatedDateTime: hour(101), isRetracted: true });
    const cause = `milestone:DEPARTED:${ORIGIN}`;
    expect(watched.told).toEqual([`RAISED ${cause}#1`, `CLOSED ${cause}#1`, `RAISED ${cause}#2`]);
  });

  test('is not looked for where something later has happened, or the rule names others', () => {
    const departed = transportEvent('DEPA', ORIGIN, { eventDateTime: hour(50) });
    const planned = equipmentEvent('GTIN', ORIGIN, { eventClassifierCode: 'PLN', eventDateTime: hour(10) });
    expect(new Watched(condition).hear(2, planned, departed).at(200).told).toEqual([]);
    expect(new Watched({ ...condition, codes: ['ARRIVED'] }).hear(2, planned).at(200).told).toEqual([]);
  });
});

describe('containers that stay at a port', () => {
  const condition: AlertCondition = { kind: 'DWELL', hours: 48, ports: [] };
  const discharged = (container: string, at: number) =>
    equipmentEvent('DISC', TRANSSHIPMENT, { equipmentReference: container, eventDateTime: hour(at) });
  const loaded = (container: string, at: number) =>
    equipmentEvent('LOAD', TRANSSHIPMENT, { equipmentReference: container, eventDateTime: hour(at) });
  const [one, other] = CONTAINERS;

  test('are one alert, which closes when the last has left', () => {
    const watched = new Watched(condition);
    watched.hear(101, discharged(one, 100)).hear(111, discharged(other, 110)).at(148).at(160);
    expect(watched.told).toEqual([`RAISED dwell:${TRANSSHIPMENT}:1#1`]);
    expect(watched.alerts).toMatchObject([{ reason: { containers: [one, other], since: hour(100) } }]);
    watched.hear(170, loaded(one, 169));
    expect(watched.alerts).toMatchObject([{ state: 'OPEN', reason: { containers: [other] } }]);
    watched.hear(190, loaded(other, 189));
    expect(watched.alerts).toMatchObject([{ state: 'CLOSED', endedAt: new Date(hour(189)) }]);
  });

  test('and left in time, as becomes known late, were never too long there', () => {
    const watched = new Watched(condition).hear(101, discharged(one, 100)).at(150);
    watched.hear(151, loaded(one, 120));
    expect(watched.alerts).toMatchObject([{ state: 'WITHDRAWN' }]);
  });

  test('have left where they are seen elsewhere; other ports, empty ones and depots are not looked at', () => {
    const elsewhere = equipmentEvent('DISC', DESTINATION, { eventDateTime: hour(140) });
    const ports = [DESTINATION];
    const empty = { ...discharged(one, 100), emptyIndicatorCode: 'EMPTY' } as DcsaEvent;
    const gate = equipmentEvent('GTIN', 'CNSZX', {
      eventDateTime: hour(100),
      transportCall: vesselCall('CNSZX', { facilityTypeCode: 'DEPO', modeOfTransport: 'TRUCK' }),
    });
    expect(new Watched(condition).hear(141, discharged(one, 100), elsewhere).at(160).told).toEqual([]);
    expect(new Watched({ ...condition, ports }).hear(101, discharged(one, 100)).at(160).told).toEqual([]);
    expect(new Watched(condition).hear(101, empty, gate).at(160).told).toEqual([]);
  });
});

describe('a missed connection', () => {
  const condition: AlertCondition = { kind: 'TRANSSHIPMENT_MISSED', graceHours: 12 };
  const [first, second] = VESSELS;
  const callOf = (imo: string, voyage: string) =>
    vesselCall(TRANSSHIPMENT, { vessel: { vesselIMONumber: imo }, exportVoyageNumber: voyage });
  const plannedLoad = (made: number, imo: string, voyage: string, changes: object = {}) =>
    equipmentEvent('LOAD', TRANSSHIPMENT, {
      eventClassifierCode: 'PLN',
      eventCreatedDateTime: hour(made),
      eventDateTime: hour(150),
      transportCall: callOf(imo, voyage),
      ...changes,
    });
  const discharge = equipmentEvent('DISC', TRANSSHIPMENT, {
    eventDateTime: hour(100),
    transportCall: vesselCall(TRANSSHIPMENT, { transportCallID: 'in', vessel: { vesselIMONumber: first } }),
  });
  const sailed = transportEvent('DEPA', TRANSSHIPMENT, {
    eventDateTime: hour(150),
    transportCall: callOf(second, '12W'),
  });

  test('is found when the planned vessel has sailed and the container was not loaded', () => {
    const watched = new Watched(condition).hear(1, plannedLoad(1, second, '12W')).hear(101, discharge);
    watched.hear(151, sailed);
    expect(watched.told).toEqual([]);
    expect(watched.dueAt).toEqual(new Date(hour(162)));
    watched.at(162);
    expect(watched.alerts).toMatchObject([
      {
        state: 'OPEN',
        occurredAt: new Date(hour(150)),
        detectedAt: new Date(hour(162)),
        reason: { containers: [CONTAINERS[0]], sailedAt: hour(150), plannedVesselIMONumber: second },
      },
    ]);
    watched.hear(170, plannedLoad(170, second, '14W', { transportCall: callOf(second, '14W') }));
    expect(watched.told.map((text) => text.split(' ')[0])).toEqual(['RAISED', 'CHANGED']);
    // It was on board after all.
    watched.hear(
      180,
      equipmentEvent('LOAD', TRANSSHIPMENT, {
        eventDateTime: hour(149),
        transportCall: callOf(second, '12W'),
        eventCreatedDateTime: hour(179),
      }),
    );
    expect(watched.alerts).toMatchObject([{ state: 'WITHDRAWN' }]);
  });

  test('is found when the onward vessel or voyage changes, and taken back when the plan is', () => {
    const eventID = randomUUID();
    const plan = (made: number, imo: string, voyage: string) =>
      plannedLoad(0, imo, voyage, { eventID, eventUpdatedDateTime: hour(made) });
    const watched = new Watched(condition).hear(1, discharge, plan(1, second, '12W'));
    watched.hear(2, plan(2, second, '12W')).hear(3, plan(3, second, '13W'));
    expect(watched.alerts).toMatchObject([
      { state: 'OPEN', reason: { plannedVoyageNumber: '12W', voyageNumber: '13W', sailedAt: null } },
    ]);
    watched.hear(4, plan(4, second, '12W'));
    expect(watched.alerts).toMatchObject([{ state: 'WITHDRAWN' }]);
  });

  test('is none while the vessel that brought the container leaves, or the container is on board', () => {
    const inboundSails = transportEvent('DEPA', TRANSSHIPMENT, {
      eventDateTime: hour(120),
      transportCall: vesselCall(TRANSSHIPMENT, { transportCallID: 'in', vessel: { vesselIMONumber: first } }),
    });
    const loaded = equipmentEvent('LOAD', TRANSSHIPMENT, {
      eventDateTime: hour(149),
      transportCall: callOf(second, '12W'),
    });
    const watched = new Watched(condition).hear(1, plannedLoad(1, second, '12W'), discharge, inboundSails);
    expect(watched.hear(151, loaded, sailed).at(300).told).toEqual([]);
  });
});

describe('a changed schedule', () => {
  const condition: AlertCondition = { kind: 'SCHEDULE_CHANGED', hours: 6 };
  const eventID = randomUUID();
  const plan = (made: number, at: number, imo: string = VESSELS[0]) =>
    transportEvent('ARRI', TRANSSHIPMENT, {
      eventID,
      eventClassifierCode: 'PLN',
      eventCreatedDateTime: hour(0),
      eventUpdatedDateTime: hour(made),
      eventDateTime: hour(at),
      transportCall: vesselCall(TRANSSHIPMENT, {
        transportCallID: 'call:1',
        vessel: { vesselIMONumber: imo },
      }),
    });

  test('is one alert a call, told again when more changes, anew when it was acknowledged', () => {
    const watched = new Watched(condition)
      .hear(1, plan(1, 100))
      .hear(2, plan(2, 103))
      .hear(3, plan(3, 105.9));
    expect(watched.told).toEqual([]);
    watched.hear(4, plan(4, 108));
    expect(watched.alerts).toMatchObject([
      {
        severity: 1,
        occurredAt: new Date(hour(4)),
        reason: {
          transportCallReference: 'call:1',
          unLocationCode: TRANSSHIPMENT,
          changes: [{ field: 'ARRIVAL', from: hour(100), to: hour(108), hours: 8 }],
        },
      },
    ]);
    watched.hear(5, plan(5, 109)).hear(6, plan(6, 109, VESSELS[1]));
    watched.change({ state: 'CLOSED', acknowledgedAt: START });
    watched.hear(7, plan(7, 111, VESSELS[1])).hear(8, plan(8, 115, VESSELS[1]));
    const cause = 'call:call:1';
    expect(watched.told).toEqual([`RAISED ${cause}#1`, `CHANGED ${cause}#1`, `RAISED ${cause}#2`]);
    watched.hear(9, plan(9, 101, VESSELS[0]));
    expect(watched.told.at(-1)).toBe(`WITHDRAWN ${cause}#2`);
  });

  test('counts from when the rule began to watch', () => {
    const watched = new Watched(condition, new Date(hour(5)));
    watched.hear(1, plan(1, 100)).hear(2, plan(2, 120)).at(6).hear(7, plan(7, 122));
    expect(watched.told).toEqual([]);
    watched.hear(8, plan(8, 127));
    expect(watched.alerts).toMatchObject([{ reason: { changes: [{ from: hour(120), to: hour(127) }] } }]);
  });
});

describe('silence', () => {
  test('is broken by an event or a position, and comes to an end with the shipment', () => {
    const watched = new Watched({ kind: 'NO_SIGNAL', hours: 10 }).at(5);
    expect(watched.dueAt).toEqual(new Date(hour(10)));
    watched.at(10).at(20);
    watched.hear(21, transportEvent('DEPA', ORIGIN, { eventDateTime: hour(1) }));
    watched.at(31).signal(32).at(41.9).at(42);
    expect(watched.told.map((text) => text.replace(' signal', ''))).toEqual([
      'RAISED#1',
      'ESCALATED#1',
      'CLOSED#1',
      'RAISED#2',
      'CLOSED#2',
      'RAISED#3',
    ]);
    watched.hear(60, equipmentEvent('GTOT', DESTINATION, { eventDateTime: hour(59) }));
    expect(watched.at(900).alerts).toMatchObject([{ state: 'CLOSED' }]);
    expect(watched.dueAt).toBeNull();
  });
});

describe('an area', () => {
  const condition: AlertCondition = {
    kind: 'AREA',
    direction: 'BOTH',
    area: { type: 'PORTS', ports: ['CNSGH', DESTINATION] },
  };

  test('that names ports is about actual arrivals and departures there, known since the rule watches', () => {
    const watched = new Watched(condition, new Date(hour(10)));
    const departed = transportEvent('DEPA', ORIGIN, { eventDateTime: hour(5) });
    watched.hear(9, transportEvent('ARRI', ORIGIN, { eventDateTime: hour(1) }));
    watched.hear(11, departed, { ...departed, eventID: randomUUID() });
    watched.hear(12, transportEvent('DEPA', TRANSSHIPMENT), estimate(12, 500));
    expect(watched.alerts).toMatchObject([
      {
        severity: 0,
        occurredAt: new Date(hour(5)),
        detectedAt: new Date(hour(11)),
        reason: { direction: 'LEAVES' },
      },
    ]);
    expect(watched.alerts[0]?.eventIds).toHaveLength(2);
    watched.hear(13, { ...departed, eventUpdatedDateTime: hour(13), isRetracted: true });
    expect(watched.alerts).toMatchObject([{ state: 'OPEN', eventIds: [expect.any(String)] }]);
  });

  test('stays entered where there are too many events to look at all, unless one is known to be withdrawn', () => {
    const watched = new Watched(condition);
    const departed = transportEvent('DEPA', ORIGIN, { eventDateTime: hour(5) });
    watched.hear(6, departed);
    watched.isWhole = false;
    watched.forget();
    expect(watched.at(7).alerts).toMatchObject([{ state: 'OPEN' }]);
    watched.hear(8, { ...departed, eventUpdatedDateTime: hour(8), isRetracted: true });
    expect(watched.alerts).toMatchObject([{ state: 'WITHDRAWN' }]);
  });

  test('is entered once, though the positions jump at its border', () => {
    const { rule } = new Watched(condition);
    const occasion = { shipmentId: shipment.id, counts: () => true, isWhole: true, now: START };
    const enter = (at: number, alert?: Alert) =>
      reconcileCrossing(
        rule,
        alert,
        crossingFound({ direction: 'ENTERS', at: new Date(hour(at)), latitude: 1, longitude: 2 }),
        occasion,
      );
    const first = enter(1);
    expect(first?.change).toBe('RAISED');
    const jump = enter(1.9, first?.alert);
    expect(jump).toMatchObject({ change: null, alert: { id: first?.alert.id } });
    expect(enter(1.9, jump?.alert)).toBeNull();
    expect(enter(2.8, jump?.alert)?.change).toBeNull();
    expect(enter(4, jump?.alert)).toMatchObject({ change: 'RAISED', alert: { episode: 2 } });
  });
});

describe('whoever is told', () => {
  const condition: AlertCondition = { kind: 'MILESTONE_MISSING', hours: 24, codes: ['DEPARTED'] };

  test('hears nothing of what was acknowledged until it gets graver', () => {
    const watched = new Watched(condition).at(80);
    watched.change({ acknowledgedAt: START, acknowledgedBy: 'someone' });
    watched.at(90).at(96);
    expect(watched.told.map((text) => text.split(' ')[0])).toEqual(['RAISED', 'ESCALATED']);
    expect(watched.alerts).toMatchObject([{ acknowledgedAt: null, acknowledgedBy: null }]);
  });

  test('hears nothing of what is snoozed until its time has come, or it is over', () => {
    const watched = new Watched(condition).at(80);
    watched.change({ snoozedUntil: new Date(hour(130)), snoozedBy: 'someone' });
    watched.at(100).at(129);
    expect(watched.told).toHaveLength(1);
    watched.at(130);
    expect(watched.told.map((text) => text.split(' ')[0])).toEqual(['RAISED', 'REMINDED']);
    watched.change({ snoozedUntil: new Date(hour(200)) });
    watched.hear(140, transportEvent('DEPA', ORIGIN, { eventDateTime: hour(139) })).at(201);
    expect(watched.told.at(-1)).toContain('CLOSED');
    expect(watched.alerts).toMatchObject([{ snoozedUntil: null }]);
  });

  test('is told that alerts of another condition are closed', () => {
    const watched = new Watched(condition).at(80);
    Object.assign(watched.rule, { version: 2, condition: { ...condition, hours: 100 } });
    watched.at(81);
    expect(watched.alerts).toMatchObject([{ state: 'CLOSED' }]);
  });
});

test('a rule watches the shipments that fit all of its lists', () => {
  const anything = { carriers: [], origins: [], destinations: [], shipmentIds: [] };
  expect(isInScope(anything, shipment)).toBe(true);
  expect(isInScope({ ...anything, carriers: ['ONEY', 'HLCU'], origins: ['CNSGH'] }, shipment)).toBe(true);
  expect(isInScope({ ...anything, carriers: ['ONEY'], origins: ['CNSGH'] }, shipment)).toBe(false);
  expect(isInScope({ ...anything, destinations: ['DEHAM'] }, shipment)).toBe(false);
  expect(isInScope({ ...anything, shipmentIds: [shipment.id] }, shipment)).toBe(true);
});
