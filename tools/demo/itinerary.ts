import { REFERENCE_VESSELS, type ReferenceVessel } from '#subgraphs/carriers/reference-data/vessels.ts';
import { seaDistance } from '#subgraphs/eta/sea-route.ts';
import { between } from './chance.ts';
import { voyageKey, type SailingOrder } from './demo-shipment.ts';
import { findRouting, linerService, type LinerService } from './liner-services.ts';
import { terminalAt, type Terminal } from './terminals.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** One vessel's part of a voyage, from one port to the next. */
export interface Leg {
  readonly service: LinerService;
  readonly vessel: ReferenceVessel;
  /** Year's last digit, week of sailing, direction: 523W. */
  readonly voyageNumber: string;
  readonly nauticalMiles: number;
  /** At sea, as planned. */
  readonly hours: number;
}

/** A voyage as the carrier plans it. */
export interface Itinerary {
  readonly key: string;
  /** Loading, transshipments, discharge. */
  readonly terminals: readonly Terminal[];
  /** One fewer. */
  readonly legs: readonly Leg[];
  /** From the port of loading; milliseconds since 1970. */
  readonly departure: number;
  /** Hours from one vessel's arrival to the next one's departure, for each transshipment. */
  readonly connections: readonly number[];
}

/** Container ships have steamed slowly since 2008; planned speeds at sea, in knots. */
const SPEED = { least: 14.5, most: 18 };
const CONNECTION_HOURS = { least: 50, most: 130 };

const vessels = new Map(REFERENCE_VESSELS.map((vessel) => [vessel.imo, vessel]));

/**
 * The carrier's plan for a shipment.
 * @throws RangeError when the carrier has no demo routing between the two ports
 */
export function itineraryOf(order: SailingOrder): Itinerary {
  const { carrierScac, origin, destination, plannedDeparture } = order;
  const routing = findRouting(carrierScac, origin, destination);
  if (!routing) throw new RangeError(`${carrierScac} has no demo routing from ${origin} to ${destination}`);
  const key = voyageKey(order);
  const terminals = routing.ports.map(terminalAt);
  const connections = terminals
    .slice(1, -1)
    .map((_, at) => between(CONNECTION_HOURS.least, CONNECTION_HOURS.most, key, 'connection', at));
  let departure = plannedDeparture.getTime();
  const legs = routing.services.map((code, at): Leg => {
    const service = linerService(code);
    const nauticalMiles = distance(terminals[at] as Terminal, terminals[at + 1] as Terminal);
    const hours = nauticalMiles / between(SPEED.least, SPEED.most, key, 'speed', at);
    const leg = {
      service,
      vessel: vesselOf(service, departure),
      voyageNumber: voyageNumber(service, departure),
      nauticalMiles,
      hours,
    };
    departure += (hours + (connections[at] ?? 0)) * HOUR;
    return leg;
  });
  return { key, terminals, legs, departure: plannedDeparture.getTime(), connections };
}

function distance(from: Terminal, to: Terminal): number {
  const nauticalMiles = seaDistance([from.longitude, from.latitude], [to.longitude, to.latitude]);
  if (nauticalMiles === null)
    throw new RangeError(`there is no way by sea from ${from.unlocode} to ${to.unlocode}`);
  return nauticalMiles;
}

/** The vessel whose turn it is in the week of the departure. */
function vesselOf({ code, vessels: turns }: LinerService, departure: number): ReferenceVessel {
  const imo = turns[Math.floor(departure / (7 * DAY)) % turns.length] ?? '';
  const vessel = vessels.get(imo);
  if (!vessel) throw new RangeError(`service ${code} sails with vessel ${imo}, which is in no register here`);
  return vessel;
}

function voyageNumber({ direction }: LinerService, departure: number): string {
  const year = new Date(departure).getUTCFullYear();
  const week = Math.floor((departure - Date.UTC(year, 0, 1)) / (7 * DAY)) + 1;
  return `${year % 10}${String(week).padStart(2, '0')}${direction}`;
}
