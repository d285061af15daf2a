import canonicalize from 'canonicalize';
import type { DcsaEvent } from './dcsa/event.ts';
import { withEstimate } from './estimates.ts';
import type { Estimate } from './estimates.ts';
import { factsOf } from './event-facts.ts';
import type { EventFacts } from './event-facts.ts';

/** One version of an event as one producer reported it. */
export interface EventVersion {
  /** The organisation that reported it; eventIDs are unique only within one. */
  readonly producerId: string;
  readonly eventID: string;
  readonly payload: DcsaEvent;
}

/** What a version says, without the words in which it was said. */
export interface EventWord {
  readonly producerId: string;
  readonly eventID: string;
  readonly facts: EventFacts;
  /** What is known to have been estimated by this version and those that it replaced, the latest first. */
  readonly estimates: readonly Estimate[];
}

/** A version with its facts read. */
export interface KnownEvent extends EventVersion, EventWord {
  /** The payload as JSON, where it is at hand. */
  readonly payloadText?: string | undefined;
}

/**
 * Reads the facts of a version.
 * @param estimates what other versions of the event are known to have estimated
 * @param payloadText the payload as JSON, where it is at hand
 */
export function knownEvent(
  { producerId, eventID, payload }: EventVersion,
  estimates: readonly Estimate[] = NONE,
  payloadText?: string,
): KnownEvent {
  const facts = factsOf(payload);
  const all = estimatesWith(estimates, producerId, eventID, facts);
  // One shape, whether or not the text is there.
  return { producerId, eventID, payload, facts, estimates: all, payloadText };
}

const NONE: readonly Estimate[] = [];

function estimatesWith(
  known: readonly Estimate[],
  producerId: string,
  eventID: string,
  facts: EventFacts,
): readonly Estimate[] {
  if (facts.eventClassifierCode !== 'EST' || facts.isRetracted) return known;
  const estimated = facts.eventDateTime.getTime();
  return withEstimate(known, { estimated, madeAt: revisionOf(facts), eventID, producerId });
}

/** A version with what others of the same event have estimated as well. @returns itself when that is nothing new */
export function withEstimatesOf<T extends EventWord>(version: T, others: readonly EventWord[]): T {
  let { estimates } = version;
  for (const other of others) {
    for (const estimate of other.estimates) estimates = withEstimate(estimates, estimate);
  }
  return estimates === version.estimates ? version : { ...version, estimates };
}

/** When a version was made: eventUpdatedDateTime, or eventCreatedDateTime where it is missing; ms since 1970. */
export function revisionOf(facts: EventFacts): number {
  return (facts.eventUpdatedDateTime ?? facts.eventCreatedDateTime).getTime();
}

/**
 * Orders the versions of one event: positive when `a` replaces `b`, 0 when they say the same.
 *
 * The later revision wins. Of two with the same revision a retraction wins, and beyond that the canonical content
 * decides: not because it means anything, but so that the outcome doesn't depend on which one arrived first.
 */
export function compareVersions(a: KnownEvent, b: KnownEvent): number {
  return (
    revisionOf(a.facts) - revisionOf(b.facts) ||
    Number(a.facts.isRetracted) - Number(b.facts.isRetracted) ||
    compareText(canonicalize(a.payload) ?? '', canonicalize(b.payload) ?? '')
  );
}

/** The version that counts of each event, with the estimates of all, out of any number of versions in any order. */
export function currentVersions(versions: readonly KnownEvent[]): KnownEvent[] {
  const current = new Map<string, KnownEvent>();
  for (const version of versions) {
    const key = `${version.producerId} ${version.eventID}`;
    const known = current.get(key);
    if (known === undefined) current.set(key, version);
    else if (compareVersions(version, known) > 0) current.set(key, withEstimatesOf(version, [known]));
    else current.set(key, withEstimatesOf(known, [version]));
  }
  return [...current.values()];
}

/** Orders texts by UTF-16 code unit, the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
