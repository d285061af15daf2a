import canonicalize from 'canonicalize';
import type { DcsaEvent } from './dcsa/event.ts';
import { factsOf } from './event-facts.ts';
import type { EventFacts } from './event-facts.ts';

/** One version of an event as one producer reported it. */
export interface EventVersion {
  /** The organisation that reported it; eventIDs are unique only within one. */
  readonly producerId: string;
  readonly eventID: string;
  readonly payload: DcsaEvent;
}

/** A version with its facts read. */
export interface KnownEvent extends EventVersion {
  readonly facts: EventFacts;
}

/** Reads the facts of a version. */
export function knownEvent({ producerId, eventID, payload }: EventVersion): KnownEvent {
  return { producerId, eventID, payload, facts: factsOf(payload) };
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

/** The version that counts of each event, out of any number of versions in any order. */
export function currentVersions(versions: readonly KnownEvent[]): KnownEvent[] {
  const current = new Map<string, KnownEvent>();
  for (const version of versions) {
    const key = `${version.producerId} ${version.eventID}`;
    const known = current.get(key);
    if (known === undefined || compareVersions(version, known) > 0) current.set(key, version);
  }
  return [...current.values()];
}

/** Orders texts by UTF-16 code unit, the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
