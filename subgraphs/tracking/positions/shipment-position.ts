import { badUserInput, fault } from '#platform/errors.ts';
import type { Shipment } from '#prisma/generated/client.ts';
import type { TrackingContext } from '../context.ts';
import { legsOf, legUnderWay } from './legs.ts';
import type { Leg } from './legs.ts';
import type { EndedLeg } from './loaders.ts';
import { imoText } from './vessel-position.ts';
import type { VesselPosition } from './vessel-position.ts';

/** Where something was seen, as the graph shows it. */
export type SeenPosition = Omit<VesselPosition, 'imo'> & {
  /** Seven digits; null when it wasn't a vessel's report. */
  readonly vesselImo: string | null;
};

export const MAX_TRACK_POINTS = 1_000;

/**
 * Where a shipment was seen last. Of what is known, what was observed last counts:
 *
 * - at sea, the latest report of the vessel that it is on, as long as it is from after the departure;
 * - otherwise the last report of the vessel that brought it, from before its arrival;
 * - the place of the latest actual event that has coordinates.
 *
 * @returns null when it was never seen
 */
export async function positionOf(shipment: Shipment, context: TrackingContext): Promise<SeenPosition | null> {
  const legs = await legsOfShipment(shipment, context);
  const seen = await vesselsPosition(legs, context);
  const event = eventPosition(shipment);
  if (seen === null || (event !== null && event.observedAt > seen.observedAt)) return event;
  return shown(seen);
}

/** What a shipment's vessels have sailed with it, thinned. @throws {ApiError} BAD_USER_INPUT */
export async function trackOf(
  shipment: Shipment,
  { from = null, to = null, maxPoints }: { from?: Date | null; to?: Date | null; maxPoints: number },
  context: TrackingContext,
): Promise<SeenPosition[]> {
  if (!(maxPoints >= 2 && maxPoints <= MAX_TRACK_POINTS)) {
    throw badUserInput(fault('maxPoints', maxPoints, `expected 2 to ${MAX_TRACK_POINTS}`));
  }
  if (from && to && from > to) {
    throw badUserInput(
      fault('to', to, `expected an instant that is not before from (${from.toISOString()})`),
    );
  }
  const legs = await legsOfShipment(shipment, context);
  if (legs.length === 0) return [];
  return (await context.positions.track.load({ legs, from, to, maxPoints })).map(shown);
}

async function legsOfShipment(shipment: Shipment, { loaders }: TrackingContext): Promise<Leg[]> {
  return legsOf(shipment, await loaders.transportCallsOfShipment.load(shipment.id));
}

async function vesselsPosition(
  legs: readonly Leg[],
  { positions }: TrackingContext,
): Promise<VesselPosition | null> {
  const underWay = legUnderWay(legs);
  const latest = underWay && (await positions.latest.load(underWay.imo));
  if (underWay && latest && latest.observedAt >= underWay.departed) return latest;
  const ended = legs.findLast((leg): leg is EndedLeg => leg.arrived !== null);
  return ended ? positions.endOfLeg.load(ended) : null;
}

function eventPosition({ latitude, longitude, positionObservedAt }: Shipment): SeenPosition | null {
  if (latitude === null || longitude === null || positionObservedAt === null) return null;
  return {
    latitude,
    longitude,
    observedAt: positionObservedAt,
    speedKnots: null,
    courseDegrees: null,
    headingDegrees: null,
    navigationalStatus: null,
    vesselImo: null,
  };
}

function shown({ imo, ...position }: VesselPosition): SeenPosition {
  return { ...position, vesselImo: imoText(imo) };
}
