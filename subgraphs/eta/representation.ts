import { badUserInput, fault } from '#platform/errors.ts';

import type { LoadedContainer } from './emissions.ts';
import { type Coordinate, normaliseCoordinate } from './geodesy.ts';
import type { Journey, MilestoneTimes, PortCall, PortPlace } from './itinerary.ts';
import type { ObservedPosition, Voyage } from './prediction.ts';

type Maybe<T> = T | null | undefined;

interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

interface Port {
  readonly unlocode: string;
  readonly coordinates?: Maybe<Place>;
}

/** Instants as RFC 3339 texts: a gateway passes them on as it got them. */
interface Times {
  readonly planned?: Maybe<string>;
  readonly estimated?: Maybe<string>;
  readonly actual?: Maybe<string>;
}

const STAGES = {
  BOOKED: 'before-departure',
  GATED_IN: 'before-departure',
  LOADED: 'before-departure',
  IN_TRANSIT: 'under-way',
  AT_TRANSSHIPMENT: 'under-way',
  ARRIVED: 'arrived',
  DISCHARGED: 'arrived',
  DELIVERED: 'arrived',
  CANCELLED: 'cancelled',
} as const satisfies Record<string, Voyage['stage']>;

function isStatus(status: string): status is keyof typeof STAGES {
  return Object.hasOwn(STAGES, status);
}

/** A shipment as the gateway sends it: its key, and what `eta` and `emissions` require of other subgraphs. */
export interface ShipmentRepresentation {
  readonly id: string;
  readonly status?: string;
  readonly origin?: Maybe<Port>;
  readonly destination?: Maybe<Port>;
  readonly departure?: Maybe<Times>;
  readonly arrival?: Maybe<Times>;
  readonly position?: Maybe<Place & { readonly observedAt: string; readonly speedKnots?: Maybe<number> }>;
  readonly vessel?: Maybe<{ readonly serviceSpeedKnots?: Maybe<number> }>;
  readonly transportCalls?: Maybe<
    readonly {
      readonly sequence: number;
      readonly modeOfTransport: string;
      readonly port?: Maybe<Port>;
      readonly arrival?: Maybe<Times>;
      readonly departure?: Maybe<Times>;
    }[]
  >;
  readonly containers?: Maybe<
    readonly { readonly isoEquipmentCode?: Maybe<string>; readonly cargoWeightKg?: Maybe<number> }[]
  >;
}

/** @throws {ApiError} BAD_USER_INPUT when a value isn't a status, an instant or a place. */
export function toVoyage(shipment: ShipmentRepresentation): Voyage {
  const { status = 'BOOKED' } = shipment;
  if (!isStatus(status)) {
    throw badUserInput(fault('status', status, `expected one of ${Object.keys(STAGES).join(', ')}`));
  }
  return {
    ...toJourney(shipment),
    stage: STAGES[status],
    position: toPosition(shipment.position),
    serviceSpeedKnots: shipment.vessel?.serviceSpeedKnots ?? undefined,
  };
}

/** @throws {ApiError} BAD_USER_INPUT when a value isn't an instant or a place. */
export function toJourney(shipment: ShipmentRepresentation): Journey {
  return {
    origin: toPort(shipment.origin, 'origin'),
    destination: toPort(shipment.destination, 'destination'),
    departure: toTimes(shipment.departure, 'departure'),
    arrival: toTimes(shipment.arrival, 'arrival'),
    calls: (shipment.transportCalls ?? [])
      .filter(({ modeOfTransport }) => modeOfTransport === 'VESSEL') // barges ply inland, off the sea lanes
      .sort((a, b) => a.sequence - b.sequence)
      .flatMap((call): PortCall[] => {
        const field = `transportCalls[${call.sequence}]`;
        const port = toPort(call.port, `${field}.port`);
        if (!port) return []; // not a port, such as a depot inland, or its place isn't known
        const arrival = toTimes(call.arrival, `${field}.arrival`);
        return [{ port, arrival, departure: toTimes(call.departure, `${field}.departure`) }];
      }),
  };
}

export function toContainers(shipment: ShipmentRepresentation): LoadedContainer[] {
  return (shipment.containers ?? []).map(({ isoEquipmentCode, cargoWeightKg }) => ({
    sizeType: isoEquipmentCode ?? undefined,
    cargoKilograms: cargoWeightKg ?? undefined,
  }));
}

function toPosition(position: ShipmentRepresentation['position']): ObservedPosition | undefined {
  if (!position) return undefined;
  return {
    coordinate: toCoordinate(position, 'position'),
    observedAt: toInstant(position.observedAt, 'position.observedAt'),
    speedKnots: position.speedKnots ?? undefined,
  };
}

function toPort(port: Maybe<Port>, field: string): PortPlace | undefined {
  if (!port?.coordinates) return undefined;
  return { unlocode: port.unlocode, coordinate: toCoordinate(port.coordinates, `${field}.coordinates`) };
}

function toTimes(times: Maybe<Times>, field: string): MilestoneTimes {
  const read = (name: keyof Times): Date | undefined => {
    const value = times?.[name];
    return value ? toInstant(value, `${field}.${name}`) : undefined;
  };
  return { planned: read('planned'), estimated: read('estimated'), actual: read('actual') };
}

function toInstant(value: string, field: string): Date {
  const instant = new Date(value);
  if (Number.isNaN(instant.getTime()))
    throw badUserInput(fault(field, value, 'expected an instant of RFC 3339'));
  return instant;
}

function toCoordinate({ longitude, latitude }: Place, field: string): Coordinate {
  try {
    return normaliseCoordinate([longitude, latitude]);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw badUserInput(fault(field, { latitude, longitude }, error.message));
  }
}
