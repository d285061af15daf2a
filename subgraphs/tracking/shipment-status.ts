import type { EventWord } from './event-version.ts';
import { compareRecency } from './milestone-times.ts';
import type { Milestone, MilestoneCode } from './milestones.ts';

export const shipmentStatuses = [
  'BOOKED',
  'GATED_IN',
  'LOADED',
  'IN_TRANSIT',
  'AT_TRANSSHIPMENT',
  'ARRIVED',
  'DISCHARGED',
  'DELIVERED',
  'CANCELLED',
] as const;
export type ShipmentStatus = (typeof shipmentStatuses)[number];

/** Where a shipment stands once a milestone has happened. */
const statusAfter: Readonly<Record<MilestoneCode, ShipmentStatus>> = {
  EMPTY_PICKUP: 'BOOKED',
  GATE_IN: 'GATED_IN',
  LOADED: 'LOADED',
  DEPARTED: 'IN_TRANSIT',
  TRANSSHIPMENT_ARRIVED: 'AT_TRANSSHIPMENT',
  TRANSSHIPMENT_DISCHARGED: 'AT_TRANSSHIPMENT',
  TRANSSHIPMENT_LOADED: 'AT_TRANSSHIPMENT',
  TRANSSHIPMENT_DEPARTED: 'IN_TRANSIT',
  ARRIVED: 'ARRIVED',
  DISCHARGED: 'DISCHARGED',
  GATE_OUT: 'DELIVERED',
  EMPTY_RETURN: 'DELIVERED',
};

/**
 * Where a shipment stands: cancelled when the latest word on its booking is that it is void or rejected, else what
 * the furthest milestone that has actually happened makes of it. A missing event in between doesn't hold it back.
 *
 * @param milestones in the order of the journey.
 * @param events current, unretracted versions, in any order.
 */
export function shipmentStatusOf(
  milestones: readonly Milestone[],
  events: readonly EventWord[],
): ShipmentStatus {
  if (isCancelled(events)) return 'CANCELLED';
  const furthest = milestones.findLast((milestone) => milestone.actual !== null);
  return furthest === undefined ? 'BOOKED' : statusAfter[furthest.code];
}

function isCancelled(events: readonly EventWord[]): boolean {
  const onBooking = events.filter(
    ({ facts }) =>
      facts.eventType === 'SHIPMENT' &&
      facts.eventClassifierCode === 'ACT' &&
      (facts.documentTypeCode === 'BKG' || facts.documentTypeCode === 'CBR'),
  );
  const latest = onBooking.sort(compareRecency).at(-1);
  return latest !== undefined && ['VOID', 'REJE'].includes(latest.facts.eventTypeCode);
}
