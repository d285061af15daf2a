/** An estimate (EST) that one version of an event gave. */
export interface Estimate {
  /** When it was to happen; milliseconds since 1970. */
  readonly estimated: number;
  /** When the version was made; milliseconds since 1970. */
  readonly madeAt: number;
  readonly eventID: string;
  readonly producerId: string;
}

/** How many of the latest estimates are kept, of one event and of one milestone. */
export const MAX_ESTIMATES = 20;

/** Orders estimates by when they were made, the latest first; a total order free of arrival. */
export function compareEstimates(a: Estimate, b: Estimate): number {
  return (
    b.madeAt - a.madeAt ||
    b.estimated - a.estimated ||
    compare(b.eventID, a.eventID) ||
    compare(b.producerId, a.producerId)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Adds an estimate to others, the latest first, as many as are kept. @returns `known` itself when nothing changes */
export function withEstimate(known: readonly Estimate[], added: Estimate): readonly Estimate[] {
  if (known.length === 0) return [added];
  // Mostly it is the latest.
  const place = known.findIndex((each) => compareEstimates(added, each) <= 0);
  if (place < 0) return known.length < MAX_ESTIMATES ? [...known, added] : known;
  if (compareEstimates(added, known[place] as Estimate) === 0) return known;
  return [...known.slice(0, place), added, ...known.slice(place, MAX_ESTIMATES - 1)];
}

/** The latest of the estimates of several lists, each once, the latest first. */
export function uniteEstimates(lists: readonly (readonly Estimate[])[]): readonly Estimate[] {
  const [first = [], ...others] = lists.filter((list) => list.length > 0);
  if (others.length === 0) return first;
  const sorted = [first, ...others].flat().sort(compareEstimates);
  const each = sorted.filter((estimate, place) => {
    const before = sorted[place - 1];
    return before === undefined || compareEstimates(before, estimate) !== 0;
  });
  return each.slice(0, MAX_ESTIMATES);
}
