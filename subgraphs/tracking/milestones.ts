import type { EventFacts } from './event-facts.ts';
import type { EventWord } from './event-version.ts';
import { timesOf } from './milestone-times.ts';
import type { MilestoneTimes } from './milestone-times.ts';
import { isSamePlace } from './port-aliases.ts';
import type { ShipmentPlan } from './shipment-plan.ts';
import type { JourneyCall } from './transport-calls.ts';
import { isMoveBySea, transshipmentsOf } from './transshipments.ts';
import type { Transshipment } from './transshipments.ts';

/** The milestones before, between and after the sea legs, each in the order of the journey. */
const departureCodes = ['EMPTY_PICKUP', 'GATE_IN', 'LOADED', 'DEPARTED'] as const;
const transshipmentCodes = [
  'TRANSSHIPMENT_ARRIVED',
  'TRANSSHIPMENT_DISCHARGED',
  'TRANSSHIPMENT_LOADED',
  'TRANSSHIPMENT_DEPARTED',
] as const;
const arrivalCodes = ['ARRIVED', 'DISCHARGED', 'GATE_OUT', 'EMPTY_RETURN'] as const;

export type MilestoneCode =
  (typeof departureCodes)[number] | (typeof transshipmentCodes)[number] | (typeof arrivalCodes)[number];

export interface Milestone extends MilestoneTimes {
  code: MilestoneCode;
  unLocationCode: string | null;
}

/** Milestones that are reached with the first container; the others of equipment need all of them. */
const reachedWithFirst: ReadonlySet<MilestoneCode> = new Set(['EMPTY_PICKUP', 'GATE_IN']);

/**
 * The milestones of a journey in its order, those of which anything is known, each with its planned, estimated and
 * actual time. The milestones of each transshipment stand by themselves.
 *
 * Times of equipment are those of the first container for the pick-up and the gate-in, and of the last one for
 * loading, discharge, gate-out and return, which happen when all containers are through.
 *
 * @param calls in the order of the journey.
 * @param events current, unretracted versions, in any order.
 */
export function milestonesOf(
  plan: ShipmentPlan,
  calls: readonly JourneyCall[],
  events: readonly EventWord[],
): Milestone[] {
  return stepsOf(plan, calls, events).map(({ milestone }) => milestone);
}

/** A milestone with the events that are about it. */
export interface JourneyStep {
  readonly milestone: Milestone;
  readonly events: readonly EventWord[];
}

/** As `milestonesOf`, with the events of each. */
export function stepsOf(
  plan: ShipmentPlan,
  calls: readonly JourneyCall[],
  events: readonly EventWord[],
): JourneyStep[] {
  const transshipments = transshipmentsOf(plan, calls, events);
  const placeOfCall = new Map(calls.map((call) => [call.reference, call.unLocationCode]));
  const slots = new Map<string, EventWord[]>();
  for (const event of events) {
    const step = stepOf(plan, transshipments, event, placeOfCall);
    if (step === null) continue;
    const key = slotKey(step.code, step.transshipment);
    const slot = slots.get(key);
    if (slot === undefined) slots.set(key, [event]);
    else slot.push(event);
  }

  const known: JourneyStep[] = [];
  const add = (code: MilestoneCode, place: string | null, stay: number | null): void => {
    const ofStep = slots.get(slotKey(code, stay));
    // Without events there may be a plan.
    if (ofStep === undefined && code !== 'DEPARTED' && code !== 'ARRIVED') return;
    const events = ofStep ?? [];
    const milestone = withPlan(plan, {
      code,
      unLocationCode: place ?? commonPlace(events),
      ...timesOfStep(plan, code, events),
    });
    if (isKnown(milestone)) known.push({ milestone, events });
  };
  for (const code of departureCodes) add(code, code === 'EMPTY_PICKUP' ? null : plan.origin, null);
  for (const [index, stay] of transshipments.entries()) {
    for (const code of transshipmentCodes) add(code, stay.unLocationCode, index);
  }
  for (const code of arrivalCodes) add(code, code === 'EMPTY_RETURN' ? null : plan.destination, null);
  return known;
}

interface Step {
  code: MilestoneCode;
  /** Which transshipment, from 0; null elsewhere. */
  transshipment: number | null;
}

function slotKey(code: MilestoneCode, transshipment: number | null): string {
  return transshipment === null ? code : `${code} ${transshipment}`;
}

/** The steps of what happens at sea ports: at the port of loading, in between, at the port of discharge. */
const bySeaCodes: Readonly<
  Record<string, readonly [MilestoneCode | null, MilestoneCode, MilestoneCode | null]>
> = {
  DEPA: ['DEPARTED', 'TRANSSHIPMENT_DEPARTED', null],
  ARRI: [null, 'TRANSSHIPMENT_ARRIVED', 'ARRIVED'],
  LOAD: ['LOADED', 'TRANSSHIPMENT_LOADED', null],
  DISC: [null, 'TRANSSHIPMENT_DISCHARGED', 'DISCHARGED'],
};

/** The step of the journey that an event is about, or null when it is about none. */
function stepOf(
  plan: ShipmentPlan,
  transshipments: readonly Transshipment[],
  event: EventWord,
  placeOfCall: ReadonlyMap<string, string | null>,
): Step | null {
  const { facts } = event;
  const { eventTypeCode, transportCall: call } = facts;
  if (facts.eventType === 'SHIPMENT') return null;
  const place = facts.unLocationCode ?? (call === null ? null : (placeOfCall.get(call.reference) ?? null));
  const atOrigin = isSamePlace(place, plan.origin);
  const atDestination = isSamePlace(place, plan.destination);

  const codes = bySeaCodes[eventTypeCode];
  if (codes !== undefined) {
    if (!isMoveBySea(event)) return null;
    const [origin, between, destination] = codes;
    const code = atOrigin ? origin : atDestination ? destination : between;
    const transshipment = atOrigin || atDestination ? null : stayOf(transshipments, call?.reference, place);
    return code === null || transshipment === undefined ? null : { code, transshipment };
  }
  const code = inlandCode(facts, atOrigin, atDestination);
  return code === null ? null : { code, transshipment: null };
}

/** What passing a gate means: with an empty container elsewhere than with a laden one. */
function inlandCode(facts: EventFacts, atOrigin: boolean, atDestination: boolean): MilestoneCode | null {
  const atPort = facts.facilityTypeCode === null || ['POTE', 'COYA'].includes(facts.facilityTypeCode);
  const isEmpty = facts.emptyIndicatorCode === 'EMPTY';
  if (facts.eventTypeCode === 'GTIN') {
    if (isEmpty) return atOrigin ? null : 'EMPTY_RETURN';
    return atOrigin && atPort ? 'GATE_IN' : null;
  }
  if (facts.eventTypeCode === 'GTOT') {
    if (isEmpty) return atDestination ? null : 'EMPTY_PICKUP';
    return atDestination && atPort ? 'GATE_OUT' : null;
  }
  return null;
}

/** The transshipment at a place, where there are several the one under a call; undefined when there is none. */
function stayOf(
  transshipments: readonly Transshipment[],
  callReference: string | undefined,
  place: string | null,
): number | undefined {
  let first: number | undefined;
  for (const [index, stay] of transshipments.entries()) {
    if (!isSamePlace(stay.unLocationCode, place)) continue;
    if (callReference !== undefined && stay.callReferences.has(callReference)) return index;
    first ??= index;
  }
  return first;
}

function timesOfStep(plan: ShipmentPlan, code: MilestoneCode, events: readonly EventWord[]): MilestoneTimes {
  if (events.every((event) => event.facts.eventType !== 'EQUIPMENT')) return timesOf(events);
  const forAll = events.filter((event) => event.facts.equipmentReference === null);
  const containers = new Set([
    ...plan.containers,
    ...events.flatMap((event) => event.facts.equipmentReference ?? []),
  ]);
  if (containers.size === 0) return timesOf(events);
  const times = [...containers].map((container) =>
    timesOf([...forAll, ...events.filter((event) => event.facts.equipmentReference === container)]),
  );
  const first = reachedWithFirst.has(code);
  const pick = (field: keyof MilestoneTimes) =>
    pickTime(
      times.map((each) => each[field]),
      first,
    );
  const allThrough = first || times.every((each) => each.actual !== null);
  return {
    planned: pick('planned'),
    estimated: pick('estimated'),
    actual: allThrough ? pick('actual') : null,
  };
}

function pickTime(times: readonly (Date | null)[], first: boolean): Date | null {
  const known = times.flatMap((time) => time?.getTime() ?? []);
  if (known.length === 0) return null;
  return new Date(first ? Math.min(...known) : Math.max(...known));
}

/** Where events agree on a place; null when they name none or several. */
function commonPlace(events: readonly EventWord[]): string | null {
  const places = new Set(events.flatMap((event) => event.facts.unLocationCode ?? []));
  return places.size === 1 ? ([...places][0] as string) : null;
}

/** The plan that a shipment was created with stands where the carrier has planned nothing. */
function withPlan(plan: ShipmentPlan, step: Milestone): Milestone {
  if (step.code === 'DEPARTED') return { ...step, planned: step.planned ?? plan.plannedDeparture };
  if (step.code === 'ARRIVED') return { ...step, planned: step.planned ?? plan.plannedArrival };
  return step;
}

function isKnown(step: Milestone): boolean {
  return step.planned !== null || step.estimated !== null || step.actual !== null;
}
