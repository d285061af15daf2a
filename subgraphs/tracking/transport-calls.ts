import type { TransportCallFacts } from './event-facts.ts';
import { compareText } from './event-version.ts';
import type { EventWord } from './event-version.ts';
import { bestTime, compareRecency, timesOf } from './milestone-times.ts';
import type { MilestoneTimes } from './milestone-times.ts';
import { isSamePlace } from './port-aliases.ts';
import type { ShipmentPlan } from './shipment-plan.ts';

/** A transport call with what all events together tell about it. */
export interface JourneyCall extends TransportCallFacts {
  stage: Stage;
  /** When it begins, as well as is known. */
  time: Date;
  arrival: MilestoneTimes;
  departure: MilestoneTimes;
}

/** The part of the journey that a call belongs to; the order of this list is the order of the journey. */
const stages = ['PRE_CARRIAGE', 'LOADING', 'BETWEEN', 'DISCHARGE', 'ON_CARRIAGE'] as const;
type Stage = (typeof stages)[number];

/**
 * The transport calls that events name, in the order of the journey: pre-carriage, the port of loading, what lies
 * between, the port of discharge, on-carriage; within these by best known time. The carrier's sequence number only
 * breaks ties: the contract has it tell apart two calls at one place within a voyage, not number the journey.
 *
 * @param events current, unretracted versions, in any order.
 */
export function transportCallsOf(plan: ShipmentPlan, events: readonly EventWord[]): JourneyCall[] {
  const calls = Array.from(groupByCall(events).values(), mergeCall);
  let sailing: Date | null = null;
  let landing: Date | null = null;
  for (const call of calls) {
    if (isVesselCallAt(call, plan.origin)) sailing = earlier(sailing, bestTime(call.departure));
    if (isVesselCallAt(call, plan.destination)) landing = earlier(landing, bestTime(call.arrival));
  }
  sailing ??= plan.plannedDeparture;
  landing ??= plan.plannedArrival;
  for (const call of calls) call.stage = stageOf(call, plan, sailing, landing);
  const isInOrder = calls.every(
    (call, place) => place === 0 || compareCalls(calls[place - 1] as JourneyCall, call) <= 0,
  );
  return isInOrder ? calls : calls.sort(compareCalls);
}

function groupByCall(events: readonly EventWord[]): Map<string, EventWord[]> {
  const groups = new Map<string, EventWord[]>();
  for (const event of events) {
    const reference = event.facts.transportCall?.reference;
    if (reference === undefined) continue;
    const group = groups.get(reference);
    if (group === undefined) groups.set(reference, [event]);
    else group.push(event);
  }
  return groups;
}

/** One call out of the events that name it: each field as the latest event that has it says. */
function mergeCall(events: readonly EventWord[]): JourneyCall {
  const arrival = timesOf(events, isArrival);
  const departure = timesOf(events, isDeparture);
  return {
    arrival,
    departure,
    time: bestTime(arrival) ?? bestTime(departure) ?? earliestTime(events),
    // Known when all the calls are.
    stage: 'BETWEEN',
    // What is added behind a spread costs a hidden class for each object.
    ...mergeFacts(events),
  };
}

function isArrival({ facts }: EventWord): boolean {
  return facts.eventType === 'TRANSPORT' && facts.eventTypeCode === 'ARRI';
}

function isDeparture({ facts }: EventWord): boolean {
  return facts.eventType === 'TRANSPORT' && facts.eventTypeCode === 'DEPA';
}

function earliestTime(events: readonly EventWord[]): Date {
  return events
    .map(({ facts }) => facts.eventDateTime)
    .reduce((earliest, time) => (time.getTime() < earliest.getTime() ? time : earliest));
}

function mergeFacts(events: readonly EventWord[]): TransportCallFacts {
  const merged = { ...callOf(events[0] as EventWord) };
  if (events.every((event) => addTo(merged, callOf(event)))) return merged;
  const sorted = [...events].sort(compareRecency);
  const latest = { ...callOf(sorted[0] as EventWord) };
  for (const event of sorted) {
    const call = callOf(event);
    latest.modeOfTransport = call.modeOfTransport;
    latest.unLocationCode = call.unLocationCode ?? latest.unLocationCode;
    latest.facilityTypeCode = call.facilityTypeCode ?? latest.facilityTypeCode;
    latest.vesselImo = call.vesselImo ?? latest.vesselImo;
    latest.exportVoyageNumber = call.exportVoyageNumber ?? latest.exportVoyageNumber;
    latest.importVoyageNumber = call.importVoyageNumber ?? latest.importVoyageNumber;
    latest.carrierServiceCode = call.carrierServiceCode ?? latest.carrierServiceCode;
    latest.sequenceNumber = call.sequenceNumber ?? latest.sequenceNumber;
  }
  return latest;
}

/** Adds what another event says of a call. @returns false when it contradicts: as a rule none does */
function addTo(merged: TransportCallFacts, call: TransportCallFacts): boolean {
  if (
    call.modeOfTransport !== merged.modeOfTransport ||
    contradicts(call.unLocationCode, merged.unLocationCode) ||
    contradicts(call.facilityTypeCode, merged.facilityTypeCode) ||
    contradicts(call.vesselImo, merged.vesselImo) ||
    contradicts(call.exportVoyageNumber, merged.exportVoyageNumber) ||
    contradicts(call.importVoyageNumber, merged.importVoyageNumber) ||
    contradicts(call.carrierServiceCode, merged.carrierServiceCode) ||
    contradicts(call.sequenceNumber, merged.sequenceNumber)
  )
    return false;
  merged.unLocationCode ??= call.unLocationCode;
  merged.facilityTypeCode ??= call.facilityTypeCode;
  merged.vesselImo ??= call.vesselImo;
  merged.exportVoyageNumber ??= call.exportVoyageNumber;
  merged.importVoyageNumber ??= call.importVoyageNumber;
  merged.carrierServiceCode ??= call.carrierServiceCode;
  merged.sequenceNumber ??= call.sequenceNumber;
  return true;
}

function contradicts(value: string | number | null, other: string | number | null): boolean {
  return value !== other && value !== null && other !== null;
}

function callOf({ facts }: EventWord): TransportCallFacts {
  return facts.transportCall as TransportCallFacts;
}

function isVesselCallAt(call: TransportCallFacts, place: string): boolean {
  return call.modeOfTransport === 'VESSEL' && isSamePlace(call.unLocationCode, place);
}

function stageOf(call: JourneyCall, plan: ShipmentPlan, sailing: Date | null, landing: Date | null): Stage {
  if (isVesselCallAt(call, plan.origin)) return 'LOADING';
  if (isVesselCallAt(call, plan.destination)) return 'DISCHARGE';
  if (call.modeOfTransport === 'VESSEL') return 'BETWEEN';
  if (sailing === null || call.time <= sailing) return 'PRE_CARRIAGE';
  return landing !== null && call.time < landing ? 'BETWEEN' : 'ON_CARRIAGE';
}

function compareCalls(a: JourneyCall, b: JourneyCall): number {
  return (
    stages.indexOf(a.stage) - stages.indexOf(b.stage) ||
    a.time.getTime() - b.time.getTime() ||
    (a.sequenceNumber ?? 0) - (b.sequenceNumber ?? 0) ||
    compareText(a.reference, b.reference)
  );
}

/** The earlier of two instants, where they are known. */
function earlier(a: Date | null, b: Date | null): Date | null {
  return a === null || (b !== null && b.getTime() < a.getTime()) ? b : a;
}
