import { compareVersions } from '../event-version.ts';
import type { KnownEvent } from '../event-version.ts';
import { keyTexts, referenceKeysOf } from '../references.ts';

/** What is to be done with a version of an event. */
export interface Placement {
  readonly outcome: 'accepted' | 'duplicate';
  /** The shipments that it concerns. */
  readonly shipments: readonly string[];
  /** The rows to write, by shipment: false where it counts, true where it is withdrawn. */
  readonly rows: ReadonlyMap<string, boolean>;
  /** Keep it as unmatched under these keys; null: don't. */
  readonly unmatchedKeys: readonly string[] | null;
}

/**
 * Decides where a version of an event belongs, given where earlier arrivals have put the event. The latest version
 * counts everywhere: where it no longer concerns a shipment that an earlier one did, it withdraws that one. A
 * retraction reaches every shipment that the event was at, whether or not it repeats the references.
 *
 * @param matched ids of the shipments whose references the version names.
 * @param rows the event's version at each shipment where it is known, by the shipment's id.
 * @param unmatched its version among the unmatched, if it is there.
 */
export function placeVersion(
  version: KnownEvent,
  matched: readonly string[],
  rows: ReadonlyMap<string, KnownEvent>,
  unmatched: KnownEvent | null,
): Placement {
  const known = [...rows.values(), ...(unmatched === null ? [] : [unmatched])];
  const comparisons = known.map((earlier) => compareVersions(version, earlier));
  const isNewest = comparisons.every((comparison) => comparison > 0);
  const isOutdated = comparisons.some((comparison) => comparison < 0);
  const missing = matched.filter((shipment) => !rows.has(shipment));
  if (isOutdated || (!isNewest && missing.length === 0)) {
    return { outcome: 'duplicate', shipments: matched, rows: new Map(), unmatchedKeys: null };
  }

  const { isRetracted } = version.facts;
  const placed = new Map<string, boolean>();
  for (const shipment of isNewest ? rows.keys() : []) placed.set(shipment, true);
  for (const shipment of isNewest ? matched : missing) placed.set(shipment, isRetracted);
  const isUnmatched = rows.size === 0 && matched.length === 0;
  const keys = keyTexts(referenceKeysOf(version.payload));
  return {
    outcome: 'accepted',
    shipments: isRetracted ? [...placed.keys()] : matched,
    rows: placed,
    unmatchedKeys: isUnmatched ? keys : null,
  };
}
