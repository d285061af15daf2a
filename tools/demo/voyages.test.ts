import { describe, expect, it } from 'vitest';
import { DEMO_TENANTS } from '#platform/auth/personas.ts';
import type { DcsaEvent } from '#subgraphs/tracking/dcsa/event.ts';
import { validateEvent } from '#subgraphs/tracking/dcsa/validate.ts';
import { knownEvent } from '#subgraphs/tracking/event-version.ts';
import { isContainerNumber } from '#subgraphs/tracking/iso6346.ts';
import { projectShipment, type ShipmentState } from '#subgraphs/tracking/projection.ts';
import { chance } from './chance.ts';
import type { DemoShipment } from './demo-shipment.ts';
import { disruptionsOf } from './disruptions.ts';
import { draftShipment } from './draft-shipment.ts';
import { DAY, HOUR, MINUTE, itineraryOf } from './itinerary.ts';
import { ROUTINGS, type Routing } from './liner-services.ts';
import type { Mishap } from './mishaps.ts';
import { noDeviations, stepsOf, timetable, type Step } from './timetable.ts';
import type { Report, VoyagePlan } from './voyage-plan.ts';
import { planVoyage } from './voyages.ts';

const DEPARTURE = new Date('2026-03-14T09:26:53.589Z');
const TYPES = ['22G1', '45G1', '45R1'];

function shipmentOn({ carrierScac, ports }: Routing, number: number): DemoShipment {
  const draft = draftShipment({
    tenantId: DEMO_TENANTS.aurora,
    reference: `TEST-${number}`,
    carrierScac,
    origin: ports[0] ?? '',
    destination: ports.at(-1) ?? '',
    isoEquipmentCode: TYPES[number % 3] ?? '',
    containerCount: 1 + (number % 3),
    plannedDeparture: DEPARTURE,
  });
  return { ...draft, id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}` };
}

/** Two shipments on every routing. */
const SHIPMENTS = ROUTINGS.flatMap((routing, at) => [0, 1].map((n) => shipmentOn(routing, at * 2 + n)));
const WITH_TRANSSHIPMENT = shipmentOn(ROUTINGS.find(({ ports }) => ports.length > 2) as Routing, 7);
const SINGLE = { ...WITH_TRANSSHIPMENT, containers: WITH_TRANSSHIPMENT.containers.slice(0, 1) };
const NOTHING_GOES_WRONG = null;

function stateOf({ shipment }: VoyagePlan, reports: readonly Report[]): ShipmentState {
  const containers = shipment.containers.map(({ equipmentReference }) => equipmentReference);
  const versions = reports.map(({ event }) =>
    knownEvent({ producerId: 'carrier', eventID: event.eventID ?? '', payload: event }),
  );
  return projectShipment({ ...shipment, containers }, versions);
}

function reportsOf({ reports }: VoyagePlan, classifier: string, step: Step): Report[] {
  const isOfStep = ({ event, subject }: Report): boolean =>
    event.eventClassifierCode === classifier &&
    subject?.step.action === step.action &&
    subject.step.port === step.port;
  // Without the messages that are sent twice.
  return reports.filter(
    (each, at, all) => isOfStep(each) && all.findIndex(({ event }) => event === each.event) === at,
  );
}

const timeOf = (event: DcsaEvent): number => Date.parse(event.eventDateTime);

describe('every event of a voyage', () => {
  it.each(ROUTINGS.map((routing) => [`${routing.carrierScac} ${routing.ports.join(' ')}`, routing] as const))(
    'is valid: %s',
    (_, { carrierScac, ports }) => {
      const onRouting = SHIPMENTS.filter(
        (each) =>
          each.carrierScac === carrierScac && each.origin === ports[0] && each.destination === ports.at(-1),
      );
      for (const { reports, estimates, ends } of onRouting.map((shipment) => planVoyage(shipment))) {
        for (const { event, at } of reports) expect(validateEvent(event, at)).toMatchObject({ ok: true });
        for (let now = (reports[0] as Report).at; now < ends; now += 2 * DAY) {
          for (const event of estimates(now)) expect(validateEvent(event, now)).toMatchObject({ ok: true });
        }
      }
    },
  );

  it('is made before it is sent, and reports as actual only what has happened', () => {
    for (const { event, at } of SHIPMENTS.flatMap((shipment) => planVoyage(shipment).reports)) {
      expect(Date.parse(event.eventUpdatedDateTime ?? event.eventCreatedDateTime)).toBeLessThanOrEqual(at);
      if (event.eventClassifierCode === 'ACT') expect(timeOf(event)).toBeLessThan(at);
    }
  });

  it('has references and container numbers that fit their standards', () => {
    for (const shipment of SHIPMENTS) {
      for (const { equipmentReference } of shipment.containers)
        expect(isContainerNumber(equipmentReference)).toBe(true);
      expect(shipment.carrierBookingReference.length).toBeLessThanOrEqual(35);
      expect(shipment.transportDocumentReference.length).toBeLessThanOrEqual(20);
    }
  });
});

describe('a voyage', () => {
  it('is the same however often it is planned', () => {
    for (const shipment of SHIPMENTS.slice(0, 10)) {
      expect(planVoyage({ ...shipment }).reports).toEqual(planVoyage(shipment).reports);
    }
  });

  it('keeps its distances when it sails at another time', () => {
    const moved = { ...SINGLE, plannedDeparture: new Date(SINGLE.plannedDeparture.getTime() + 400 * DAY) };
    const sent = planVoyage(SINGLE).reports.map(({ at }) => Math.round(at + 400 * DAY));
    expect(planVoyage(moved).reports.map(({ at }) => Math.round(at))).toEqual(sent);
  });

  it('goes in order, planned and actual, for each container', () => {
    for (const shipment of SHIPMENTS) {
      const itinerary = itineraryOf(shipment);
      const plan = timetable(itinerary, noDeviations(itinerary));
      for (const times of [plan, disruptionsOf(itinerary).actual]) {
        shipment.containers.forEach((_, container) => {
          const inOrder = stepsOf(itinerary)
            .filter(({ action }) => action !== 'ARRIVAL' || container === 0)
            .map((step) => times(step, container));
          // The vessel may come before the gate closes; everything else waits for the step before.
          const [pickup = 0, gateIn = 0] = inOrder;
          expect(gateIn).toBeGreaterThan(pickup);
          expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));
        });
      }
    }
  });

  it('sails at 10 to 24 knots, planned and actual', () => {
    for (const shipment of SHIPMENTS) {
      const itinerary = itineraryOf(shipment);
      const voyage = planVoyage(shipment, NOTHING_GOES_WRONG);
      itinerary.legs.forEach(({ nauticalMiles }, port) => {
        for (const classifier of ['PLN', 'ACT']) {
          const [left] = reportsOf(voyage, classifier, { action: 'DEPARTURE', port });
          const [reached] = reportsOf(voyage, classifier, { action: 'ARRIVAL', port: port + 1 });
          const hours = (timeOf((reached as Report).event) - timeOf((left as Report).event)) / HOUR;
          expect(nauticalMiles / hours).toBeGreaterThan(10);
          expect(nauticalMiles / hours).toBeLessThan(24);
        }
      });
    }
  });

  it('ends delivered, every milestone planned, estimated and actual', () => {
    for (const shipment of SHIPMENTS) {
      const voyage = planVoyage(shipment, NOTHING_GOES_WRONG);
      const state = stateOf(voyage, voyage.reports);
      expect(state.status).toBe('DELIVERED');
      expect(state.milestones).toHaveLength(8 + 4 * (voyage.itinerary.terminals.length - 2));
      for (const milestone of state.milestones) {
        expect(milestone).toMatchObject({
          planned: expect.any(Date) as Date,
          estimated: expect.any(Date) as Date,
          actual: expect.any(Date) as Date,
        });
      }
    }
  });

  it('arrives as planned at creation, in the words of the carrier', () => {
    for (const shipment of SHIPMENTS) {
      const voyage = planVoyage(shipment);
      const last = { action: 'ARRIVAL', port: voyage.itinerary.legs.length } as const;
      const [planned] = reportsOf(voyage, 'PLN', last);
      expect(Math.abs(timeOf((planned as Report).event) - shipment.plannedArrival.getTime())).toBeLessThan(
        5 * MINUTE,
      );
    }
  });

  it('comes to the same whatever the order in which the reports arrive', () => {
    for (const shipment of SHIPMENTS) {
      const voyage = planVoyage(shipment);
      const shuffled = [...voyage.reports].sort((a, b) => chance(a.at) - chance(b.at));
      expect(stateOf(voyage, shuffled)).toEqual(stateOf(voyage, voyage.reports));
    }
  });

  it('is late now and then, for a reason of the SMDG list', () => {
    const voyages = SHIPMENTS.map((shipment) => planVoyage(shipment, NOTHING_GOES_WRONG));
    const events = voyages.flatMap(({ reports }) => reports.map(({ event }) => event));
    const reasons = events.flatMap((event) =>
      event.eventType === 'TRANSPORT' && event.delayReasonCode
        ? [`${event.delayReasonCode} ${event.changeRemark}`]
        : [],
    );
    expect(new Set(reasons.map((reason) => reason.slice(0, 3))).size).toBeGreaterThan(4);
    for (const reason of reasons)
      expect(reason).toMatch(
        /^[A-Z]{3} [A-Z][a-z ]+ (at|on the way to) [A-Z][A-Za-z ]+: about \d+ hours late$/,
      );
  });
});

describe('estimates', () => {
  const voyage = planVoyage(WITH_TRANSSHIPMENT, NOTHING_GOES_WRONG);
  const last = { action: 'ARRIVAL', port: voyage.itinerary.legs.length } as const;
  const actual = timeOf((reportsOf(voyage, 'ACT', last)[0] as Report).event);
  const begins = (voyage.reports[0] as Report).at;
  const arrivalAt = (now: number): DcsaEvent | undefined =>
    voyage
      .estimates(now)
      .find(
        (event) =>
          event.eventType === 'TRANSPORT' &&
          event.transportEventTypeCode === 'ARRI' &&
          event.transportCall.UNLocationCode === WITH_TRANSSHIPMENT.destination,
      );

  it('are of the future and in the order of the journey', () => {
    for (const shipment of SHIPMENTS) {
      const { estimates, reports, ends } = planVoyage(shipment, NOTHING_GOES_WRONG);
      const first = shipment.containers[0]?.equipmentReference;
      for (let now = (reports[0] as Report).at + DAY; now < ends; now += 1.3 * DAY) {
        const expected = estimates(now);
        for (const event of expected) expect(timeOf(event)).toBeGreaterThan(now - MINUTE);
        const ofFirst = expected.filter(
          (event) => event.eventType === 'EQUIPMENT' && event.equipmentReference === first,
        );
        expect(ofFirst.map(timeOf)).toEqual(ofFirst.map(timeOf).sort((a, b) => a - b));
      }
    }
  });

  it('replace each other under one eventID with a later eventUpdatedDateTime', () => {
    const [one, other] = [arrivalAt(begins + 5 * DAY), arrivalAt(begins + 5 * DAY + 40_000)];
    expect(other?.eventID).toBe(one?.eventID);
    expect(Date.parse(other?.eventUpdatedDateTime ?? '')).toBe(
      Date.parse(one?.eventUpdatedDateTime ?? '') + 40_000,
    );
    const fromPlan = reportsOf(voyage, 'EST', last).map(({ event }) => event.eventID);
    expect(fromPlan).toEqual([one?.eventID]);
  });

  it('keep moving a little', () => {
    const times = Array.from({ length: 60 }, (_, at) => arrivalAt(begins + 5 * DAY + at * MINUTE)).map(
      (event) => timeOf(event as DcsaEvent) / MINUTE,
    );
    const steps = times.slice(1).map((time, at) => Math.abs(time - (times[at] ?? 0)));
    expect(Math.max(...steps)).toBeLessThan(5);
    expect(new Set(times).size).toBeGreaterThan(5);
  });

  it('converge on what happens', () => {
    const error = (hours: number): number =>
      Math.abs(timeOf(arrivalAt(actual - hours * HOUR) as DcsaEvent) - actual);
    expect(error(1)).toBeLessThan(10 * MINUTE);
    expect(error(12)).toBeLessThan(90 * MINUTE);
  });

  it('end with the step', () => {
    expect(arrivalAt(actual - MINUTE)).toBeUndefined();
    expect(voyage.estimates(voyage.ends)).toEqual([]);
    expect(voyage.estimates(begins)).toEqual([]);
  });
});

describe('when reporting goes wrong', () => {
  const step: Step = { action: 'DISCHARGE', port: 2 };
  const play = (kind: Exclude<Mishap['kind'], 'CANCELLATION'>): VoyagePlan =>
    planVoyage(SINGLE, { kind, step });
  const right = reportsOf(planVoyage(SINGLE, NOTHING_GOES_WRONG), 'ACT', step)[0] as Report;
  const upTo = (voyage: VoyagePlan, at: number): Report[] =>
    voyage.reports.filter((report) => report.at <= at);

  it('a wrong time is corrected under the same eventID', () => {
    const voyage = play('CORRECTION');
    const [wrong, corrected, ...others] = reportsOf(voyage, 'ACT', step) as [Report, Report];
    expect(others).toEqual([]);
    expect(corrected.event.eventID).toBe(wrong.event.eventID);
    expect(corrected.event.eventCreatedDateTime).toBe(wrong.event.eventCreatedDateTime);
    expect(Date.parse(corrected.event.eventUpdatedDateTime ?? '')).toBeGreaterThan(
      Date.parse(wrong.event.eventCreatedDateTime),
    );
    expect(timeOf(wrong.event)).not.toBe(timeOf(right.event));
    expect(timeOf(corrected.event)).toBe(timeOf(right.event));
  });

  it('a mistake is withdrawn and reported again when it happens', () => {
    const voyage = play('RETRACTION');
    const [mistake, withdrawal, again] = reportsOf(voyage, 'ACT', step) as [Report, Report, Report];
    expect(mistake.event.isRetracted).toBeUndefined();
    expect(withdrawal.event).toMatchObject({ eventID: mistake.event.eventID, isRetracted: true });
    expect(again.event).toEqual(right.event);
    expect(again.event.eventID).not.toBe(mistake.event.eventID);
    expect(stateOf(voyage, upTo(voyage, mistake.at)).status).toBe('DISCHARGED');
    expect(stateOf(voyage, upTo(voyage, withdrawal.at)).status).toBe('ARRIVED');
    expect(stateOf(voyage, upTo(voyage, again.at)).status).toBe('DISCHARGED');
  });

  it('a late report comes hours after what it is about', () => {
    const [late] = reportsOf(play('LATE_REPORT'), 'ACT', step) as [Report];
    expect(timeOf(late.event)).toBe(timeOf(right.event));
    expect(late.at - right.at).toBeGreaterThan(3 * HOUR);
  });

  it('a voided booking ends the voyage before it begins', () => {
    const voyage = planVoyage(SINGLE, { kind: 'CANCELLATION' });
    const last = voyage.reports.at(-1) as Report;
    expect(last.event).toMatchObject({ shipmentEventTypeCode: 'VOID', documentTypeCode: 'BKG' });
    expect(stateOf(voyage, voyage.reports).status).toBe('CANCELLED');
    expect(voyage.estimates(last.at - HOUR)).not.toEqual([]);
    expect(voyage.estimates(last.at)).toEqual([]);
    expect(voyage.ends).toBe(SINGLE.plannedDeparture.getTime());
  });

  it('some messages are sent twice', () => {
    const { reports } = planVoyage(SHIPMENTS[0] as DemoShipment);
    const repeated = reports.filter(
      ({ event }, at) => reports.findIndex((each) => each.event === event) < at,
    );
    expect(repeated.length).toBeGreaterThan(0);
    expect(repeated.length).toBeLessThan(reports.length / 5);
  });
});
