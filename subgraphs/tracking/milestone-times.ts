import { compareText, revisionOf } from './event-version.ts';
import type { EventWord } from './event-version.ts';

/** The three times of a happening, side by side; none undoes another. */
export interface MilestoneTimes {
  planned: Date | null;
  estimated: Date | null;
  actual: Date | null;
}

/**
 * The times that a set of events gives one happening: as first planned, as estimated last, and as it happened by the
 * latest word. The order of the events means nothing.
 * @param isAbout tells which of them are about it; without it, all are
 */
export function timesOf(
  events: readonly EventWord[],
  isAbout?: (event: EventWord) => boolean,
): MilestoneTimes {
  let planned: EventWord | null = null;
  let estimated: EventWord | null = null;
  let actual: EventWord | null = null;
  for (const event of events) {
    if (isAbout?.(event) === false) continue;
    switch (event.facts.eventClassifierCode) {
      case 'PLN':
        if (planned === null || compareCreation(event, planned) < 0) planned = event;
        break;
      case 'EST':
        if (estimated === null || compareRecency(event, estimated) >= 0) estimated = event;
        break;
      case 'ACT':
        if (actual === null || compareRecency(event, actual) >= 0) actual = event;
        break;
    }
  }
  return {
    planned: planned?.facts.eventDateTime ?? null,
    estimated: estimated?.facts.eventDateTime ?? null,
    actual: actual?.facts.eventDateTime ?? null,
  };
}

/** The best known time: actual, else estimated, else planned. */
export function bestTime(times: MilestoneTimes): Date | null {
  return times.actual ?? times.estimated ?? times.planned;
}

/** Orders events by when their current version was made, the later greater; a total order free of arrival. */
export function compareRecency(a: EventWord, b: EventWord): number {
  return compareNumbers(revisionOf(a.facts), revisionOf(b.facts)) || compareContent(a, b);
}

/** Orders events by when they were first made. */
export function compareCreation(a: EventWord, b: EventWord): number {
  return compareInstants(a.facts.eventCreatedDateTime, b.facts.eventCreatedDateTime) || compareContent(a, b);
}

/** Orders events by when they happen. */
export function compareEventTime(a: EventWord, b: EventWord): number {
  return compareInstants(a.facts.eventDateTime, b.facts.eventDateTime) || compareRecency(a, b);
}

function compareContent(a: EventWord, b: EventWord): number {
  return (
    compareInstants(a.facts.eventDateTime, b.facts.eventDateTime) ||
    compareText(a.eventID, b.eventID) ||
    compareText(a.producerId, b.producerId)
  );
}

function compareInstants(a: Date, b: Date): number {
  return compareNumbers(a.getTime(), b.getTime());
}

// The difference of two instants is too large for a small integer: each would be an object.
function compareNumbers(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
