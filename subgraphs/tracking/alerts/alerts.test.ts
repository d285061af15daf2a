import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DcsaEvent } from '../dcsa/event.ts';
import { compareVersions, knownEvent } from '../event-version.ts';
import type { StoredEvent } from '../ingestion/stored-event.ts';
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
import type { Alert, ChangedAlert } from './alert.ts';
import { crossingFound } from './assess/area.ts';
import { assess } from './assess.ts';
import type { AlertCondition } from './condition.ts';
import type { Observation } from './history.ts';
import { reconcile, reconcileCrossing, wake } from './reconcile.ts';
import type { AlertRule } from './rule.ts';
import { isInScope } from './scope.ts';
import { situationOf } from './situation.ts';
import type { WatchedShipment } from './situation.ts';
import { hoursLater } from './time.ts';

const START = new Date('2026-05-01T00:00:00Z');
const TENANT = '0a000000-0000-4000-8000-00000000000a';
const PRODUCER = '0f000000-0000-4000-8000-00000000000f';

/** Hours since the start, RFC 3339. */
const hour = (hours: number) => hoursLater(START, hours).toISOString();

const shipment: WatchedShipment = {
  id: '11111111-1111-4111-8111-111111111111',
  tenantId: TENANT,
  carrierScac: 'HLCU',
  origin: ORIGIN,
  destination: DESTINATION,
  plannedDeparture: new Date(hour(48)),
  plannedArrival: new Date(hour(480)),
  containers: [],
  createdAt: START,
};

/** Rules that watch one shipment, as the evaluator lets them, without a database. */
class Watched {
  readonly rule: AlertRule;
  readonly changes: ChangedAlert[] = [];
  readonly #rows = new Map<string, StoredEvent>();
  readonly #ids = new Map<string, string>();
  readonly #alerts = new Map<string, Alert>();
  #history: readonly Observation[] = [];
  #signalAt: Date | null = null;
  dueAt: Date | null = null;
  isWhole = true;

  constructor(condition: AlertCondition, since = START) {
    this.rule = {
      id: '22222222-2222-4222-8222-222222222222',
      tenantId: TENANT,
      condition,
      scope: { carriers: [], origins: [], destinations: [], shipmentIds: [] },
      version: 1,
      watchingSince: since,
    };
  }

  /** An event arrives, and the rule is evaluated. @param at hours since the start */
  hear(at: number, ...payloads: DcsaEvent[]): this {
    for (const payload of payloads) {
      const version = knownEvent({ producerId: PRODUCER, eventID: payload.eventID ?? '', payload });
      const known = this.#rows.get(version.eventID);
      if (known !== undefined && compareVersions(version, known) <= 0) continue;
      this.#rows.set(version.eventID, {
        ...version,
        id: this.rowOf(payload),
        tenantId: TENANT,
        shipmentId: shipment.id,
        isRetracted: version.facts.isRetracted,
        receivedAt: new Date(hour(at)),
      });
    }
    return this.at(at);
  }

  /** The id of an event's row says nothing of the event: here, only when it arrived. */
  rowOf({ eventID = '' }: DcsaEvent): string {
    const id = this.#ids.get(eventID) ?? `row ${String(this.#ids.size).padStart(3, '0')}`;
    this.#ids.set(eventID, id);
    return id;
  }

  /** Its events are too old to be looked at. */
  forget(): void {
    this.#rows.clear();
  }

  signal(at: number): this {
    this.#signalAt = new Date(hour(at));
    return this.at(at);
  }

  /** The time comes. */
  at(at: number): this {
    const now = new Date(hour(at));
    const events = [...this.#rows.values()];
    const { isWhole } = this;
    const situation = situationOf(
      { shipment, events, isWhole, history: this.#history, signalAt: this.#signalAt },
      now,
    );
    this.#history = JSON.parse(JSON.stringify(situation.history)) as Observation[];
    for (const alert of this.alerts) this.#enter(wake(alert, now));
    const { findings, nextAt } = assess(this.rule, situation);
    const occasion = { ...situation, shipmentId: shipment.id };
    for (const each of reconcile(this.rule, this.alerts, findings, occasion)) this.#enter(each);
    expect(reconcile(this.rule, this.alerts, findings, occasion)).toEqual([]);
    this.dueAt = nextAt;
    if (nextAt !== null) expect(nextAt.getTime()).toBeGreaterThan(now.getTime());
    return this;
  }

  change(changes: Partial<Alert>): void {
    for (const alert of this.alerts) this.#alerts.set(alert.cause, { ...alert, ...changes });
  }

  get alerts(): Alert[] {
    return [...this.#alerts.values()];
  }

  /** What subscribers were told, as `CHANGE cause#episode`. */
  get told(): string[] {
    return this.changes.flatMap(({ alert, change }) =>
      change === null ? [] : [`${change} ${alert.cause}#${alert.episode}`],
    );
  }

  get standing(): string[] {
    return this.alerts
      .filter(({ state }) => state === 'OPEN')
      .map(({ cause, fingerprint, reason }) => JSON.stringify([cause, fingerprint, reason]))
      .sort();
  }

  #enter(changed: ChangedAlert | null): void {
    if (changed === null) return;
    this.#alerts.set(changed.alert.cause, changed.alert);
    this.changes.push(changed);
  }
}

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
