import { uniteEstimates } from './estimates.ts';
import type { Estimate } from './estimates.ts';
import { currentVersions } from './event-version.ts';
import type { EventWord, KnownEvent } from './event-version.ts';
import { stepsOf } from './milestones.ts';
import type { MilestoneCode } from './milestones.ts';
import { journeyOf } from './projection.ts';
import type { ShipmentPlan } from './shipment-plan.ts';

/** How the estimate of a milestone moved. */
export interface MilestoneEstimates {
  readonly code: MilestoneCode;
  /** The latest ones, the oldest first. */
  readonly estimates: readonly Estimate[];
}

/**
 * How the estimates of a shipment's milestones have moved, in the order of `projectShipment`: the latest estimates of
 * each, of any container, also those of versions that were replaced since. What only repeats the one before is left out.
 * Neither the order in which the versions arrived nor how often any of them did makes a difference; those of an event
 * that was retracted count as if never sent.
 */
export function estimatesOfMilestones(
  plan: ShipmentPlan,
  versions: readonly KnownEvent[],
): MilestoneEstimates[] {
  const events = currentVersions(versions).filter((event) => !event.facts.isRetracted);
  return stepsOf(plan, journeyOf(plan, events), events).map(({ milestone, events: ofStep }) => ({
    code: milestone.code,
    estimates: movesOf(ofStep),
  }));
}

function movesOf(events: readonly EventWord[]): Estimate[] {
  const moves: Estimate[] = [];
  for (const estimate of uniteEstimates(events.map((event) => event.estimates)).toReversed()) {
    if (moves.at(-1)?.estimated !== estimate.estimated) moves.push(estimate);
  }
  return moves;
}
