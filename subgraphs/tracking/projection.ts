import type { Coordinates } from './event-facts.ts';
import { currentVersions } from './event-version.ts';
import type { EventWord, KnownEvent } from './event-version.ts';
import { compareEventTime } from './milestone-times.ts';
import { milestonesOf } from './milestones.ts';
import type { Milestone } from './milestones.ts';
import { isSamePlace } from './port-aliases.ts';
import type { ShipmentPlan } from './shipment-plan.ts';
import { shipmentStatusOf } from './shipment-status.ts';
import type { ShipmentStatus } from './shipment-status.ts';
import { transportCallsOf } from './transport-calls.ts';
import type { JourneyCall } from './transport-calls.ts';

/** What the known events make of a shipment. */
export interface ShipmentState {
  status: ShipmentStatus;
  /** In the order of the journey, at most 100. */
  transportCalls: JourneyCall[];
  /** In the order of the journey. */
  milestones: Milestone[];
  /** IMO number of the vessel of the leg that is under way or comes next. */
  vesselImo: string | null;
  position: SeenPosition | null;
}

export interface SeenPosition extends Coordinates {
  observedAt: Date;
}

const MAX_TRANSPORT_CALLS = 100;

/**
 * The state of a shipment as a function of the set of events known about it. Neither the order in which they
 * arrived nor how often any of them did makes a difference; a version that a later one replaced and an event that
 * was retracted count as if never sent.
 */
export function projectShipment(plan: ShipmentPlan, versions: readonly KnownEvent[]): ShipmentState {
  return projectEvents(
    plan,
    currentVersions(versions).filter((event) => !event.facts.isRetracted),
  );
}

/** As `projectShipment`, from the current version of each event that counts. */
export function projectEvents(plan: ShipmentPlan, events: readonly EventWord[]): ShipmentState {
  const transportCalls = journeyOf(plan, events);
  const milestones = milestonesOf(plan, transportCalls, events);
  return {
    status: shipmentStatusOf(milestones, events),
    transportCalls,
    milestones,
    vesselImo: vesselOf(transportCalls),
    position: positionOf(events),
  };
}

/** The transport calls that a shipment's state is made of. */
export function journeyOf(plan: ShipmentPlan, events: readonly EventWord[]): JourneyCall[] {
  return transportCallsOf(plan, events).slice(0, MAX_TRANSPORT_CALLS);
}

/** The vessel that left the last port with an actual time, or the one that leaves it next. */
function vesselOf(calls: readonly JourneyCall[]): string | null {
  const bySea = calls.filter((call) => call.modeOfTransport === 'VESSEL' && call.vesselImo !== null);
  const reached = bySea.findLastIndex(
    (call) => call.arrival.actual !== null || call.departure.actual !== null,
  );
  const last = bySea[reached];
  if (last === undefined) return bySea[0]?.vesselImo ?? null;
  if (last.departure.actual !== null) return last.vesselImo;
  const next = bySea[reached + 1];
  const leavesHere = next !== undefined && isSamePlace(next.unLocationCode, last.unLocationCode);
  return (leavesHere ? next : last).vesselImo;
}

/** Where the latest actual event with coordinates took place. */
function positionOf(events: readonly EventWord[]): SeenPosition | null {
  const seen = events.filter(
    ({ facts }) => facts.eventClassifierCode === 'ACT' && facts.coordinates !== null,
  );
  const latest = seen.sort(compareEventTime).at(-1);
  if (latest === undefined || latest.facts.coordinates === null) return null;
  return { ...latest.facts.coordinates, observedAt: latest.facts.eventDateTime };
}
