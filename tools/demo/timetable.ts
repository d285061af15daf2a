import { between } from './chance.ts';
import { HOUR, type Itinerary } from './itinerary.ts';

/** What happens to cargo on its way. ARRIVAL and DEPARTURE are the vessel's, the others a container's. */
export type Action =
  'EMPTY_PICKUP' | 'GATE_IN' | 'ARRIVAL' | 'LOAD' | 'DEPARTURE' | 'DISCHARGE' | 'GATE_OUT' | 'EMPTY_RETURN';

/** One happening of a voyage. */
export interface Step {
  readonly action: Action;
  /** Which port of the itinerary, from 0. */
  readonly port: number;
}

/** By how many hours a voyage differs from its plan; negative is early. */
export interface Deviations {
  readonly pickup: number;
  readonly gateIn: number;
  /** The vessel's arrival at the port of loading. */
  readonly vessel: number;
  /** Time at sea, by leg. */
  readonly legs: readonly number[];
  /** The departure of the next vessel, by transshipment. */
  readonly connections: readonly number[];
  readonly gateOut: number;
  readonly emptyReturn: number;
}

/** When each step happens, in milliseconds since 1970; containers are numbered from 0. */
export type Timetable = (step: Step, container?: number) => number;

/** A vessel that comes late by this much still leaves on time. */
const LOADING_SLACK_HOURS = 3;
/** A connection needs this long between the discharge and the next departure. */
const SHORTEST_CONNECTION_HOURS = 10;

/** Hours between two containers of one shipment. */
const CONTAINER_SPACING: Readonly<Record<Action, number>> = {
  EMPTY_PICKUP: 0.4,
  GATE_IN: 2,
  ARRIVAL: 0,
  LOAD: 0.1,
  DEPARTURE: 0,
  DISCHARGE: 0.1,
  GATE_OUT: 3,
  EMPTY_RETURN: 5,
};

/** The steps of a voyage in the order in which they happen. */
export function stepsOf({ terminals }: Itinerary): Step[] {
  const last = terminals.length - 1;
  return terminals.flatMap((_, port) => {
    const actions: Action[] =
      port === 0
        ? ['EMPTY_PICKUP', 'GATE_IN', 'ARRIVAL', 'LOAD', 'DEPARTURE']
        : port < last
          ? ['ARRIVAL', 'DISCHARGE', 'LOAD', 'DEPARTURE']
          : ['ARRIVAL', 'DISCHARGE', 'GATE_OUT', 'EMPTY_RETURN'];
    return actions.map((action): Step => ({ action, port }));
  });
}

/** Whether a step is the vessel's, and so the same for all containers. */
export function isVesselStep({ action }: Step): boolean {
  return action === 'ARRIVAL' || action === 'DEPARTURE';
}

export function noDeviations({ legs, connections }: Itinerary): Deviations {
  return {
    pickup: 0,
    gateIn: 0,
    vessel: 0,
    legs: legs.map(() => 0),
    connections: connections.map(() => 0),
    gateOut: 0,
    emptyReturn: 0,
  };
}

/** The times of a voyage that differs from its plan in this way: the plan itself with {@link noDeviations}. */
export function timetable(itinerary: Itinerary, deviations: Deviations): Timetable {
  const { key, departure, legs, connections } = itinerary;
  const hours = (least: number, most: number, ...what: (string | number)[]): number =>
    between(least, most, key, ...what);
  const times = new Map<string, number>();
  const set = (action: Action, port: number, at: number): number => {
    times.set(`${action} ${port}`, at);
    return at;
  };

  const { pickup, gateIn, vessel } = deviations;
  set('EMPTY_PICKUP', 0, departure + (pickup - hours(5, 8, 'pickup') * 24) * HOUR);
  set('GATE_IN', 0, departure + (gateIn - hours(2, 4, 'gate-in') * 24) * HOUR);
  set('ARRIVAL', 0, departure + (vessel - hours(16, 30, 'stay')) * HOUR);
  let sailed = set('DEPARTURE', 0, departure + Math.max(0, vessel - LOADING_SLACK_HOURS) * HOUR);
  set('LOAD', 0, sailed - hours(3, 6, 'load', 0) * HOUR);

  let planned = departure;
  let discharged = sailed;
  legs.forEach((leg, at) => {
    const port = at + 1;
    const arrived = set('ARRIVAL', port, sailed + (leg.hours + (deviations.legs[at] ?? 0)) * HOUR);
    discharged = set('DISCHARGE', port, arrived + hours(7, 18, 'discharge', port) * HOUR);
    const connection = connections[at];
    if (connection === undefined) return;
    planned += (leg.hours + connection) * HOUR;
    const ready = discharged + SHORTEST_CONNECTION_HOURS * HOUR;
    sailed = set('DEPARTURE', port, Math.max(planned + (deviations.connections[at] ?? 0) * HOUR, ready));
    set('LOAD', port, sailed - hours(4, 7, 'load', port) * HOUR);
  });

  const last = legs.length;
  const { gateOut, emptyReturn } = deviations;
  const left = set('GATE_OUT', last, discharged + (gateOut + hours(30, 80, 'gate-out')) * HOUR);
  set('EMPTY_RETURN', last, left + (emptyReturn + hours(40, 100, 'return')) * HOUR);

  return ({ action, port }, container = 0) => {
    const at = times.get(`${action} ${port}`);
    if (at === undefined)
      throw new RangeError(`a voyage over ${legs.length} legs has no ${action} at port ${port}`);
    return at + container * CONTAINER_SPACING[action] * HOUR;
  };
}
