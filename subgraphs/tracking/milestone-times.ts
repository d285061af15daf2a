import type { EventClassifierCode } from './dcsa/codes.ts';
import { compareText, revisionOf } from './event-version.ts';
import type { KnownEvent } from './event-version.ts';

/** The three times of a happening, side by side; none undoes another. */
export interface MilestoneTimes {
  planned: Date | null;
  estimated: Date | null;
  actual: Date | null;
}

/**
 * The times that a set of events gives one happening: as first planned, as estimated last, and as it happened by the
 * latest word. The order of the events means nothing.
 */
export function timesOf(events: readonly KnownEvent[]): MilestoneTimes {
  const timeOf = (event: KnownEvent | undefined) => event?.facts.eventDateTime ?? null;
  const withClassifier = (code: EventClassifierCode) =>
    events.filter((event) => event.facts.eventClassifierCode === code);
  return {
    planned: timeOf(withClassifier('PLN').sort(compareCreation)[0]),
    estimated: timeOf(withClassifier('EST').sort(compareRecency).at(-1)),
    actual: timeOf(withClassifier('ACT').sort(compareRecency).at(-1)),
  };
}

/** The best known time: actual, else estimated, else planned. */
export function bestTime(times: MilestoneTimes): Date | null {
  return times.actual ?? times.estimated ?? times.planned;
}

/** Orders events by when their current version was made, the later greater; a total order free of arrival. */
export function compareRecency(a: KnownEvent, b: KnownEvent): number {
  return revisionOf(a.facts) - revisionOf(b.facts) || compareContent(a, b);
}

/** Orders events by when they were first made. */
function compareCreation(a: KnownEvent, b: KnownEvent): number {
  return (
    a.facts.eventCreatedDateTime.getTime() - b.facts.eventCreatedDateTime.getTime() || compareContent(a, b)
  );
}

function compareContent(a: KnownEvent, b: KnownEvent): number {
  return (
    a.facts.eventDateTime.getTime() - b.facts.eventDateTime.getTime() ||
    compareText(a.eventID, b.eventID) ||
    compareText(a.producerId, b.producerId)
  );
}
