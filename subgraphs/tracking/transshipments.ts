import { compareText } from './event-version.ts';
import type { EventWord } from './event-version.ts';
import { canonicalPlace, isSamePlace } from './port-aliases.ts';
import type { ShipmentPlan } from './shipment-plan.ts';
import type { JourneyCall } from './transport-calls.ts';

/** A stay at one port between loading and discharge, under one or more transport calls: one vessel in, one out. */
export interface Transshipment {
  unLocationCode: string;
  callReferences: ReadonlySet<string>;
}

/**
 * The transshipments of a journey in its order. Calls that follow each other at one place are one stay; a call
 * elsewhere in between makes two of them. A place that no call has but a vessel's or a container's move names counts
 * too.
 *
 * @param calls in the order of the journey.
 * @param events current, unretracted versions, in any order.
 */
export function transshipmentsOf(
  plan: ShipmentPlan,
  calls: readonly JourneyCall[],
  events: readonly EventWord[],
): Transshipment[] {
  const stays: Transshipment[] = [];
  for (const { place, reference } of mentionsOf(plan, calls, events)) {
    const last = stays.at(-1);
    const references = reference === null ? [] : [reference];
    if (last !== undefined && isSamePlace(last.unLocationCode, place)) {
      stays[stays.length - 1] = { ...last, callReferences: new Set([...last.callReferences, ...references]) };
    } else {
      stays.push({ unLocationCode: place, callReferences: new Set(references) });
    }
  }
  return stays;
}

interface Mention {
  place: string;
  reference: string | null;
  /** Milliseconds since 1970. */
  time: number;
}

function mentionsOf(
  plan: ShipmentPlan,
  calls: readonly JourneyCall[],
  events: readonly EventWord[],
): Mention[] {
  const byCall: Mention[] = calls.flatMap((call) =>
    call.stage === 'BETWEEN' && call.modeOfTransport === 'VESSEL' && call.unLocationCode !== null
      ? [{ place: call.unLocationCode, reference: call.reference, time: call.time.getTime() }]
      : [],
  );
  const known = new Set(
    [plan.origin, plan.destination, ...byCall.map((mention) => mention.place)].map(canonicalPlace),
  );
  const byPlace = new Map<string, Mention>();
  for (const event of events) {
    if (!isMoveBySea(event) || event.facts.unLocationCode === null) continue;
    const place = canonicalPlace(event.facts.unLocationCode);
    if (known.has(place)) continue;
    const time = Math.min(event.facts.eventDateTime.getTime(), byPlace.get(place)?.time ?? Infinity);
    byPlace.set(place, { place, reference: null, time });
  }
  const placesOnly = [...byPlace.values()].sort((a, b) => compareText(a.place, b.place));
  // The sort is stable: calls at one time stay in the order that they have.
  return [...byCall, ...placesOnly].sort((a, b) => a.time - b.time);
}

const MOVES: ReadonlySet<string> = new Set(['ARRI', 'DEPA', 'LOAD', 'DISC']);

/** Whether an event is about a sea-going vessel's arrival or departure, or about cargo going on or off one. */
export function isMoveBySea({ facts }: EventWord): boolean {
  const onVessel = facts.transportCall === null || facts.transportCall.modeOfTransport === 'VESSEL';
  return onVessel && MOVES.has(facts.eventTypeCode);
}
