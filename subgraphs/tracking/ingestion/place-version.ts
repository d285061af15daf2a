import { compareVersions, withEstimatesOf } from '../event-version.ts';
import type { KnownEvent } from '../event-version.ts';

/** What is to be done with a version of an event. */
export interface Placement {
  readonly outcome: 'accepted' | 'duplicate';
  /** The shipments that it concerns. */
  readonly shipments: readonly string[];
  /** The version to write: itself, or a later one that learns what this one has estimated. */
  readonly version: KnownEvent;
  /** The rows to write, by shipment: false where it counts, true where it is withdrawn. */
  readonly rows: readonly PlacedRow[];
  /** Keep it as unmatched. */
  readonly isUnmatched: boolean;
}

/** A shipment's id, and whether the version is withdrawn there. */
export type PlacedRow = readonly [shipment: string, isRetracted: boolean];

/** A version at a shipment, and whether it doesn't count there. */
export type PlacedVersion = KnownEvent & { readonly isRetracted: boolean };

/**
 * Decides where a version of an event belongs, given where earlier arrivals have put the event. The latest version
 * counts everywhere: where it no longer concerns a shipment that an earlier one did, it withdraws that one. A
 * retraction reaches every shipment that the event was at, whether or not it repeats the references. What any version
 * has estimated stays known, whichever came first.
 *
 * @param matched ids of the shipments whose references the version names.
 * @param rows the event's version at each shipment where it is known, by the shipment's id; null: it is at none.
 * @param unmatched its version among the unmatched, if it is there.
 */
export function placeVersion(
  version: KnownEvent,
  matched: readonly string[],
  rows: ReadonlyMap<string, PlacedVersion> | null,
  unmatched: KnownEvent | null,
): Placement {
  // Most events are new.
  if (rows === null && unmatched === null) {
    const { isRetracted } = version.facts;
    const placed = matched.map((shipment) => [shipment, isRetracted] as const);
    const outcome = 'accepted';
    return { outcome, shipments: matched, version, rows: placed, isUnmatched: matched.length === 0 };
  }
  const known: KnownEvent[] = [...(rows?.values() ?? []), ...(unmatched === null ? [] : [unmatched])];
  const comparisons = known.map((earlier) => compareVersions(version, earlier));
  const isNewest = comparisons.every((comparison) => comparison > 0);
  const isOutdated = comparisons.some((comparison) => comparison < 0);
  const missing = matched.filter((shipment) => !rows?.has(shipment));
  if (isOutdated) return learnEstimates(version, matched, rows ?? new Map(), unmatched);
  const united = withEstimatesOf(version, known);
  if (!isNewest && missing.length === 0) return nothing(version, matched);

  const { isRetracted } = version.facts;
  const placed = new Map<string, boolean>();
  for (const shipment of isNewest ? (rows?.keys() ?? []) : []) placed.set(shipment, true);
  for (const shipment of isNewest ? matched : missing) placed.set(shipment, isRetracted);
  return {
    outcome: 'accepted',
    shipments: isRetracted ? [...placed.keys()] : matched,
    version: united,
    rows: [...placed],
    isUnmatched: rows === null && matched.length === 0,
  };
}

/** A version that came too late tells what was estimated once. */
function learnEstimates(
  version: KnownEvent,
  matched: readonly string[],
  rows: ReadonlyMap<string, PlacedVersion>,
  unmatched: KnownEvent | null,
): Placement {
  const [current] = [...rows.values(), ...(unmatched === null ? [] : [unmatched])].sort(
    (a, b) => -compareVersions(a, b),
  );
  if (current === undefined) return nothing(version, matched);
  const learned = withEstimatesOf(current, [version]);
  if (learned === current) return nothing(version, matched);
  return {
    outcome: 'accepted',
    shipments: matched,
    version: learned,
    rows: [...rows].map(([shipment, row]) => [shipment, row.isRetracted] as const),
    isUnmatched: unmatched !== null && rows.size === 0,
  };
}

function nothing(version: KnownEvent, shipments: readonly string[]): Placement {
  return { outcome: 'duplicate', shipments, version, rows: [], isUnmatched: false };
}
