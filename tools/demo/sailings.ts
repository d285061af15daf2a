import { seaRoute, pointAlongRoute, type SeaRoute } from '#subgraphs/eta/sea-route.ts';
import type { DemoShipment } from './demo-shipment.ts';
import { disruptionsOf } from './disruptions.ts';
import { HOUR, itineraryOf } from './itinerary.ts';

/** A vessel on its way from one port to the next; instants in milliseconds since 1970. */
export interface Sailing {
  readonly imo: string;
  readonly departed: number;
  readonly arrives: number;
  readonly route: SeaRoute;
}

/** What the door for positions takes. */
export interface PositionReport {
  readonly vesselIMONumber: string;
  readonly observedAt: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly speedKnots: number;
  readonly courseDegrees: number;
  readonly navigationalStatus: number;
}

const UNDER_WAY_USING_ENGINE = 0;

/** The legs of a shipment's voyage as they turn out. */
export function sailingsOf(shipment: DemoShipment): Sailing[] {
  const itinerary = itineraryOf(shipment);
  const { actual } = disruptionsOf(itinerary);
  return itinerary.legs.flatMap((leg, port) => {
    const [from, to] = [itinerary.terminals[port], itinerary.terminals[port + 1]];
    const route = from && to && seaRoute([from.longitude, from.latitude], [to.longitude, to.latitude]);
    if (!route) return [];
    const departed = actual({ action: 'DEPARTURE', port });
    return [{ imo: leg.vessel.imo, departed, arrives: actual({ action: 'ARRIVAL', port: port + 1 }), route }];
  });
}

/**
 * Where vessels are at an instant. The demo has fewer vessels than the weekly services would need: one that is wanted
 * on two voyages at once is on the one that began first.
 */
export function positionsAt(sailings: readonly Sailing[], instant: number): PositionReport[] {
  const byVessel = new Map<string, Sailing>();
  for (const sailing of sailings) {
    if (instant <= sailing.departed || instant >= sailing.arrives) continue;
    const other = byVessel.get(sailing.imo);
    if (!other || sailing.departed < other.departed) byVessel.set(sailing.imo, sailing);
  }
  return [...byVessel.values()].map((sailing) => positionAt(sailing, instant));
}

/** At one speed all the way. */
function positionAt({ imo, departed, arrives, route }: Sailing, instant: number): PositionReport {
  const share = (instant - departed) / (arrives - departed);
  const { coordinate, course } = pointAlongRoute(route, route.nauticalMiles * share);
  return {
    vesselIMONumber: imo,
    observedAt: new Date(instant).toISOString(),
    latitude: rounded(coordinate[1], 5),
    longitude: rounded(coordinate[0], 5),
    speedKnots: rounded((route.nauticalMiles / (arrives - departed)) * HOUR, 1),
    // Rounded up, 359.97 would be 360: which AIS keeps for "not available".
    courseDegrees: rounded(course, 1) % 360,
    navigationalStatus: UNDER_WAY_USING_ENGINE,
  };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
