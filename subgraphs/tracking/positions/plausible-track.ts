import { distance } from './geodesy.ts';
import type { Place } from './geodesy.ts';

interface Seen extends Place {
  readonly observedAt: Date;
}

/** Faster than any cargo ship. */
const MAX_SPEED = 60;
/** Nautical miles by which two positions may be wrong together. */
const TOLERANCE = 2;
const HOUR = 60 * 60 * 1000;
/** How many runs back a run may continue; more in a row that contradict each other are not worth a look. */
const MEMORY = 50;

/** Whether no ship can have been at both places at these times. */
export function isJump(from: Seen, to: Seen): boolean {
  const hours = Math.abs(to.observedAt.getTime() - from.observedAt.getTime()) / HOUR;
  return distance(from, to) > TOLERANCE + MAX_SPEED * hours;
}

/**
 * What one ship can have sailed of what was reported: a wrong position (a false IMO number, a disturbed GPS) is left
 * out, also when it is the first or several follow each other. The positions fall into runs without a jump; the
 * chain of runs that no jump separates and that has the most positions is kept.
 *
 * @param positions in the order of time.
 */
export function plausibleTrack<T extends Seen>(positions: readonly T[]): T[] {
  const runs = runsOf(positions);
  if (runs.length <= 1) return [...positions];
  const best: { readonly count: number; readonly before: number | null }[] = [];
  for (const [at, run] of runs.entries()) {
    let count = 0;
    let before: number | null = null;
    for (let earlier = Math.max(0, at - MEMORY); earlier < at; earlier++) {
      const chain = best[earlier]?.count ?? 0;
      if (chain > count && !isJump(lastOf(runs[earlier]), run[0])) [count, before] = [chain, earlier];
    }
    best.push({ count: count + run.length, before });
  }
  let at: number | null = best.reduce(
    (most, { count }, index) => (count > (best[most]?.count ?? 0) ? index : most),
    0,
  );
  const chosen: T[][] = [];
  while (at !== null) {
    chosen.push(runs[at] ?? []);
    at = best[at]?.before ?? null;
  }
  return chosen.reverse().flat();
}

type Run<T> = [T, ...T[]];

function runsOf<T extends Seen>(positions: readonly T[]): Run<T>[] {
  const runs: Run<T>[] = [];
  for (const position of positions) {
    const run = runs.at(-1);
    if (run && !isJump(lastOf(run), position)) run.push(position);
    else runs.push([position]);
  }
  return runs;
}

function lastOf<T>(run: Run<T> | undefined): T {
  return (run as Run<T>)[(run as Run<T>).length - 1] as T;
}
