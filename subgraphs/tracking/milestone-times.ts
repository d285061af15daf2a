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
 */
export function timesOf(events: readonly EventWord[]): MilestoneTimes {
  let planned: EventWord | null = null;
  let estimated: EventWord | null = null;
  let actual: EventWord | null = null;
  for (const event of events) {
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
  return revisionOf(a.facts) - revisionOf(b.facts) || compareContent(a, b);
}

/** Orders events by when they were first made. */
export function compareCreation(a: EventWord, b: EventWord): number {
  return (
    a.facts.eventCreatedDateTime.getTime() - b.facts.eventCreatedDateTime.getTime() || compareContent(a, b)
  );
}

/** Orders events by when they happen. */
export function compareEventTime(a: EventWord, b: EventWord): number {
  return a.facts.eventDateTime.getTime() - b.facts.eventDateTime.getTime() || compareRecency(a, b);
}

function compareContent(a: EventWord, b: EventWord): number {
  return (
    a.facts.eventDateTime.getTime() - b.facts.eventDateTime.getTime() ||
    compareText(a.eventID, b.eventID) ||
    compareText(a.producerId, b.producerId)
  );
}
