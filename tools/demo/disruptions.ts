import { between, chance, pick } from './chance.ts';
import { HOUR, type Itinerary, type Leg } from './itinerary.ts';
import { timetable, type Deviations, type Step, type Timetable } from './timetable.ts';

/** Something that makes a vessel late. */
export interface Incident {
  readonly hours: number;
  /** SMDG delay reason code. */
  readonly delayReasonCode: string;
  readonly changeRemark: string;
  /** When the carrier learns of it; milliseconds since 1970. */
  readonly knownAt: number;
}

/** How a voyage differs from its plan, and when the carrier knows. */
export interface Disruptions {
  /** The times as they turn out. */
  readonly actual: Timetable;
  /** The times as far as they can be known at an instant: what comes later counts as planned. */
  foreseen(now: number): Timetable;
  /** Why a vessel's step is late, as far as it is known; null when it isn't. */
  reasonFor(step: Step, now: number): Incident | null;
}

interface Cause {
  readonly delayReasonCode: string;
  readonly text: string;
}

/** Codes of the SMDG delay reason list, with the reporter's words. */
const AT_SEA: readonly Cause[] = [
  { delayReasonCode: 'WEA', text: 'Bad weather' },
  { delayReasonCode: 'DEV', text: 'Deviation to avoid bad weather' },
  { delayReasonCode: 'ENG', text: 'Engine repairs' },
];
const BEFORE_PORT: readonly Cause[] = [
  { delayReasonCode: 'CGS', text: 'Berth congestion' },
  { delayReasonCode: 'PTF', text: 'Port traffic restrictions' },
  { delayReasonCode: 'STR', text: 'Strike' },
];
const IN_PORT: readonly Cause[] = [
  { delayReasonCode: 'PBC', text: 'Berth congestion' },
  { delayReasonCode: 'CRN', text: 'Crane shortage' },
  { delayReasonCode: 'LAB', text: 'Labour shortage' },
  { delayReasonCode: 'YRD', text: 'Yard congestion' },
];

/** So much of a leg's time is the most that an incident takes: a vessel doesn't fall below ten knots. */
const GREATEST_SHARE_OF_LEG = 0.18;
const INCIDENT_CHANCE = { leg: 0.4, vessel: 0.3, connection: 0.25 };

/** What goes otherwise than planned on this voyage; always the same for the same itinerary. */
export function disruptionsOf(itinerary: Itinerary): Disruptions {
  const { key, terminals, legs, connections, departure } = itinerary;
  const drifts = legs.map((leg, at) => leg.hours * between(-0.03, 0.04, key, 'drift', at));
  const legIncidents = legs.map((leg, at) => incidentAtSea(itinerary, leg, at));
  const place = (port: number): string => `at ${terminals[port]?.port ?? ''}`;
  const vesselLate = happens('vessel', key)
    ? incident(pick(IN_PORT, key, 'vessel-cause'), place(0), between(6, 30, key, 'vessel-late'))
    : null;
  const lateConnections = connections.map((_, at) =>
    happens('connection', key, at)
      ? incident(pick(IN_PORT, key, 'connection-cause', at), place(at + 1), between(8, 40, key, 'late', at))
      : null,
  );
  const onLand = {
    pickup: between(-15, 15, key, 'pickup-deviation'),
    gateIn: between(-10, 10, key, 'gate-in-deviation'),
    gateOut: between(-12, 24, key, 'gate-out-deviation'),
    emptyReturn: between(-15, 20, key, 'return-deviation'),
  };
  const smallVessel = between(-1, 2, key, 'vessel-deviation');
  const smallConnections = connections.map((_, at) => between(0, 5, key, 'connection-deviation', at));
  const actual = timetable(itinerary, {
    ...onLand,
    vessel: smallVessel + (vesselLate?.hours ?? 0),
    legs: legs.map((_, at) => (drifts[at] ?? 0) + (legIncidents[at]?.hours ?? 0)),
    connections: connections.map((_, at) => (smallConnections[at] ?? 0) + (lateConnections[at]?.hours ?? 0)),
  });

  const sailedAt = (at: number): number => actual({ action: 'DEPARTURE', port: at });
  const arrivedAt = (at: number): number => actual({ action: 'ARRIVAL', port: at + 1 });
  const known: { vessel: Incident | null; legs: (Incident | null)[]; connections: (Incident | null)[] } = {
    vessel: vesselLate && { ...vesselLate, knownAt: departure - 72 * HOUR },
    legs: legIncidents.map(
      (each, at) => each && { ...each, knownAt: sailedAt(at) + each.share * (arrivedAt(at) - sailedAt(at)) },
    ),
    connections: lateConnections.map(
      (each, at) => each && { ...each, knownAt: sailedAt(at + 1) - (each.hours + 40) * HOUR },
    ),
  };
  const knownHours = (each: Incident | null | undefined, now: number): number =>
    each && each.knownAt <= now ? each.hours : 0;
  const passed = (at: number, now: number): number =>
    Math.min(Math.max((now - sailedAt(at)) / (arrivedAt(at) - sailedAt(at)), 0), 1);

  return {
    actual,
    foreseen: (now) => {
      const deviations: Deviations = {
        ...onLand,
        vessel: smallVessel + knownHours(known.vessel, now),
        legs: drifts.map((drift, at) => drift * passed(at, now) + knownHours(known.legs[at], now)),
        connections: smallConnections.map((small, at) => small + knownHours(known.connections[at], now)),
      };
      return timetable(itinerary, deviations);
    },
    reasonFor: ({ action, port }, now) => {
      const candidates =
        action === 'ARRIVAL'
          ? [port === 0 ? known.vessel : known.legs[port - 1]]
          : action === 'DEPARTURE'
            ? [port === 0 ? known.vessel : known.connections[port - 1]]
            : [];
      return candidates.find((each) => each && each.knownAt <= now) ?? null;
    },
  };
}

type Unforeseen = Omit<Incident, 'knownAt'>;

/** `share` of the leg's time after which it is known. */
function incidentAtSea(
  { key, terminals }: Itinerary,
  leg: Leg,
  at: number,
): (Unforeseen & { share: number }) | null {
  if (!happens('leg', key, at)) return null;
  const beforePort = chance(key, 'leg-kind', at) < 0.5;
  const cause = pick(beforePort ? BEFORE_PORT : AT_SEA, key, 'leg-cause', at);
  const hours = leg.hours * between(0.04, GREATEST_SHARE_OF_LEG, key, 'leg-hours', at);
  const where = `${beforePort ? 'at' : 'on the way to'} ${terminals[at + 1]?.port ?? ''}`;
  const share = beforePort
    ? between(0.65, 0.75, key, 'leg-known', at)
    : between(0.3, 0.7, key, 'leg-known', at);
  return { ...incident(cause, where, hours), share };
}

function incident({ delayReasonCode, text }: Cause, where: string, hours: number): Unforeseen {
  return {
    hours,
    delayReasonCode,
    changeRemark: `${text} ${where}: about ${Math.round(hours)} hours late`,
  };
}

function happens(kind: keyof typeof INCIDENT_CHANCE, ...key: readonly (string | number)[]): boolean {
  return chance(...key, 'incident', kind) < INCIDENT_CHANCE[kind];
}
