import { compareText, revisionOf } from '../event-version.ts';
import { canonicalPlace, isSamePlace } from '../port-aliases.ts';
import { isMoveBySea } from '../transshipments.ts';
import type { StoredEvent } from '../ingestion/stored-event.ts';
import { groupBy } from './group-by.ts';

/**
 * What one version of an event said about one thing. Of an event, only the latest version is stored; what rules
 * compare with what was said before is kept here.
 */
export interface Observation {
  /** The thing, such as `eta` or `call:REFERENCE:VESSEL`. */
  readonly about: string;
  /** An instant (RFC 3339) or a code. */
  readonly value: string;
  /** When this version was made; milliseconds since 1970. */
  readonly revision: number;
  /** When it became known here; milliseconds since 1970. */
  readonly receivedAt: number;
  /** The row of the event. */
  readonly eventId: string;
}

/** Of one thing, so many observations are kept at most. */
const MAX_KEPT = 64;
/** Of one shipment. */
const MAX_KEPT_IN_ALL = 1_000;

/** What the current versions of events say. @param events also the retracted ones, which say nothing */
export function observe(destination: string, events: readonly StoredEvent[]): Observation[] {
  return events.flatMap((event) => {
    if (event.isRetracted) return [];
    const { facts } = event;
    const revision = revisionOf(facts);
    const observation = (about: string, value: string | null): Observation[] =>
      value === null
        ? []
        : [{ about, value, revision, receivedAt: event.receivedAt.getTime(), eventId: event.id }];
    const time = facts.eventDateTime.toISOString();
    const call = facts.transportCall;
    const place = facts.unLocationCode;
    const isVesselArrival =
      facts.eventType === 'TRANSPORT' && facts.eventTypeCode === 'ARRI' && isMoveBySea(event);
    const arrives = isVesselArrival && isSamePlace(place, destination);
    const ofArrival = arrives
      ? facts.eventClassifierCode === 'EST'
        ? observation('eta', time)
        : facts.eventClassifierCode === 'PLN'
          ? observation('plan', time)
          : []
      : [];
    if (call === null) return ofArrival;
    const about = (field: string) => `call:${call.reference}:${field}`;
    const isPlanOfCall = facts.eventType === 'TRANSPORT' && facts.eventClassifierCode === 'PLN';
    const goesOn = isMoveBySea(event) && ['LOAD', 'DEPA'].includes(facts.eventTypeCode) && place !== null;
    const connection = connectionText(call.vesselImo, call.exportVoyageNumber);
    return [
      ...ofArrival,
      ...(isPlanOfCall
        ? observation(about(facts.eventTypeCode === 'ARRI' ? 'ARRIVAL' : 'DEPARTURE'), time)
        : []),
      ...observation(about('VESSEL'), call.vesselImo),
      ...observation(about('EXPORT_VOYAGE'), call.exportVoyageNumber),
      ...observation(about('IMPORT_VOYAGE'), call.importVoyageNumber),
      ...observation(about('PLACE'), call.unLocationCode && canonicalPlace(call.unLocationCode)),
      ...(goesOn ? observation(`onward:${canonicalPlace(place)}:${facts.eventTypeCode}`, connection) : []),
    ];
  });
}

/** A vessel and a voyage as one value; null when neither is known. */
export function connectionText(vesselImo: string | null, voyage: string | null): string | null {
  return vesselImo === null && voyage === null ? null : `${vesselImo ?? ''}|${voyage ?? ''}`;
}

/**
 * Adds what is said now to what was said before: the union, whatever the order in which versions became known. What an
 * event said that has since been withdrawn, or left the shipment, counts as never said.
 * @param counts whether the event of a row counts
 */
export function remember(
  known: readonly Observation[],
  said: readonly Observation[],
  counts: (eventId: string) => boolean,
): Observation[] {
  const all = new Map<string, Observation>();
  for (const each of [...known, ...said]) {
    if (!counts(each.eventId)) continue;
    const key = `${each.eventId} ${each.revision} ${each.about}`;
    const before = all.get(key);
    // The earlier is when it became known; a version that says otherwise under the same revision takes its place.
    const receivedAt = Math.min(each.receivedAt, before?.receivedAt ?? Infinity);
    all.set(key, { ...each, receivedAt });
  }
  const groups = groupBy([...all.values()].sort(compareObservations), ({ about }) => about);
  return bounded([...groups.values()].flatMap(withoutRepetitions));
}

/** Everything said about one thing, in the order in which it was said. */
export function saidAbout(history: readonly Observation[], about: string): Observation[] {
  return history.filter((each) => each.about === about);
}

/** Splits what was said about one thing at an instant: what stood then, and what became known later. */
export function splitAt(
  said: readonly Observation[],
  instant: Date,
): { readonly standing: Observation | null; readonly later: Observation[] } {
  const time = instant.getTime();
  const standing = said.findLast(({ receivedAt }) => receivedAt < time) ?? null;
  return {
    standing,
    // What was made before that, and came late, changes nothing.
    later: said.filter(
      (each) => each.receivedAt >= time && (standing === null || compareObservations(each, standing) > 0),
    ),
  };
}

function compareObservations(a: Observation, b: Observation): number {
  return (
    compareText(a.about, b.about) ||
    a.revision - b.revision ||
    compareText(a.value, b.value) ||
    compareText(a.eventId, b.eventId)
  );
}

/** The same said again is no news. */
function withoutRepetitions(said: readonly Observation[]): Observation[] {
  const kept = said.filter((each, index) => each.value !== said[index - 1]?.value);
  // What was said first is what the rest is compared with.
  return kept.length <= MAX_KEPT ? kept : [kept[0] as Observation, ...kept.slice(1 - MAX_KEPT)];
}

function bounded(history: Observation[]): Observation[] {
  if (history.length <= MAX_KEPT_IN_ALL) return history;
  const oldest = history.map(({ revision }) => revision).sort((a, b) => b - a)[MAX_KEPT_IN_ALL] ?? 0;
  return history.filter(({ revision, about }) => revision > oldest || about === 'plan');
}
