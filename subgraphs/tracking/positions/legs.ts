import type { Shipment, TransportCall } from '#prisma/generated/client.ts';
import { isSamePlace } from '../port-aliases.ts';
import { imoOf } from './vessel-position.ts';

/** A part of a journey on one vessel, from its departure from a port to its arrival at the next. */
export interface Leg {
  readonly imo: number;
  readonly departed: Date;
  /** Null while it is under way: of the last leg only. */
  readonly arrived: Date | null;
}

/** What of a transport call tells where cargo was. */
export type Call = Pick<
  TransportCall,
  | 'sequence'
  | 'modeOfTransport'
  | 'unLocationCode'
  | 'vesselImo'
  | 'arrivalPlanned'
  | 'arrivalEstimated'
  | 'arrivalActual'
  | 'departureActual'
>;

/**
 * The legs by sea that have begun, in their order: from each actual departure to the next actual arrival.
 *
 * Calls that follow each other at one port are one stay: one vessel brings the cargo and another takes it on; that the
 * first has left means nothing for the cargo. Where a vessel's arrival was never
 * reported, its leg ends with what was reported of a later port; and when the cargo is known to be elsewhere, with
 * the arrival that the carrier expected.
 *
 * @param calls of the shipment, in any order.
 */
export function legsOf(shipment: Pick<Shipment, 'status' | 'destination'>, calls: readonly Call[]): Leg[] {
  const stays = staysOf(calls);
  return stays.flatMap((stay, at): Leg[] => {
    if (isSamePlace(stay[0].unLocationCode, shipment.destination)) return [];
    const leaving = leavingCall(stay, stays[at - 1] ?? []);
    const departed = leaving?.departureActual ?? null;
    const [next, ...later] = stays.slice(at + 1);
    const imo = imoOf(leaving?.vesselImo ?? next?.find(({ vesselImo }) => vesselImo)?.vesselImo ?? null);
    if (departed === null || imo === null) return [];
    const arrived = [next ?? [], ...later]
      .map((each) => firstSign({ imo, departed }, each))
      .find((sign) => sign !== null);
    if (arrived) return [{ imo, departed, arrived }];
    if (shipment.status === 'IN_TRANSIT') return [{ imo, departed, arrived: null }];
    const expected = next?.[0].arrivalEstimated ?? next?.[0].arrivalPlanned;
    return expected && expected > departed ? [{ imo, departed, arrived: expected }] : [];
  });
}

/** The leg that a shipment is on; null when it isn't at sea. */
export function legUnderWay(legs: readonly Leg[]): Leg | null {
  const last = legs.at(-1);
  return last?.arrived === null ? last : null;
}

type Stay = readonly [Call, ...Call[]];

function staysOf(calls: readonly Call[]): Stay[] {
  const stays: [Call, ...Call[]][] = [];
  const bySea = calls.filter(({ modeOfTransport }) => modeOfTransport === 'VESSEL');
  for (const call of bySea.sort((a, b) => a.sequence - b.sequence)) {
    const stay = stays.at(-1);
    if (stay && isSamePlace(stay[0].unLocationCode, call.unLocationCode)) stay.push(call);
    else stays.push([call]);
  }
  return stays;
}

/** The call of the vessel that takes cargo on from a stay: not one that was at the port before, if there is another. */
function leavingCall(stay: Stay, before: readonly Call[]): Call | undefined {
  const brought = new Set(before.flatMap(({ vesselImo }) => vesselImo ?? []));
  const others = stay.filter(({ vesselImo }) => vesselImo !== null && !brought.has(vesselImo));
  return (others.length > 0 ? others : stay)
    .filter(({ departureActual }) => departureActual !== null)
    .sort((a, b) => Number(a.departureActual) - Number(b.departureActual))
    .at(-1);
}

/**
 * The first sign that a vessel has brought cargo to a port: its own arrival, or else that the cargo left from there. The
 * vessel that takes it on may have waited for it. What lies before the departure is about something else.
 */
function firstSign({ imo, departed }: Omit<Leg, 'arrived'>, stay: readonly Call[]): Date | null {
  const isOwn = ({ vesselImo }: Call): boolean => vesselImo === null || imoOf(vesselImo) === imo;
  const signs = stay
    .flatMap(
      (call) => (isOwn(call) || !stay.some(isOwn) ? call.arrivalActual : null) ?? call.departureActual ?? [],
    )
    .filter((sign) => sign >= departed);
  return signs.length === 0 ? null : new Date(Math.min(...signs.map((sign) => sign.getTime())));
}
