import { badUserInput, fault } from '#platform/errors.ts';
import type { Fault } from '#platform/errors.ts';
import { planFault } from './dcsa/plausible-times.ts';
import { equipmentReferenceFault, isContainerNumber } from './iso6346.ts';
import { isSamePlace } from './port-aliases.ts';
import { unLocodeFault } from './un-locode.ts';

/** `CreateShipmentInput`, as GraphQL gives it. */
export interface ShipmentInput {
  readonly reference: string;
  readonly carrierScac: string;
  readonly origin: string;
  readonly destination: string;
  readonly carrierBookingReference?: string | null;
  readonly transportDocumentReference?: string | null;
  readonly containers: readonly ContainerInput[];
  readonly plannedDeparture?: Date | null;
  readonly plannedArrival?: Date | null;
}

export interface ContainerInput {
  readonly equipmentReference: string;
  readonly isoEquipmentCode?: string | null;
  readonly cargoWeightKg?: number | null;
}

const MAX_CONTAINERS = 100;
/** The heaviest that ISO 668 allows a container to be, cargo and box together. */
const MAX_GROSS_KG = 36_000;

/** Postgres stores no NUL and no half surrogates; other control characters mislead who reads a reference. */
const UNPRINTABLE = /[\p{Cc}\p{Surrogate}]/u;

/**
 * Checks a new shipment.
 *
 * @throws {ApiError} BAD_USER_INPUT with every fault found
 */
export function checkShipmentInput(input: ShipmentInput): void {
  const { origin, destination, plannedDeparture, plannedArrival } = input;
  const faults: Fault[] = [];
  const check = (field: string, value: unknown, reason: string | null) => {
    if (reason !== null) faults.push(fault(`input.${field}`, value, reason));
  };
  check('reference', input.reference, textFault(input.reference, 50));
  check('carrierScac', input.carrierScac, scacFault(input.carrierScac));
  check('origin', origin, unLocodeFault(origin));
  check('destination', destination, unLocodeFault(destination));
  if (isSamePlace(origin, destination))
    check('destination', destination, 'expected another port than the origin');
  for (const [field, length] of [
    ['carrierBookingReference', 35],
    ['transportDocumentReference', 20],
  ] as const) {
    const reference = input[field] ?? null;
    if (reference !== null) check(field, reference, textFault(reference, length));
  }
  for (const field of ['plannedDeparture', 'plannedArrival'] as const) {
    const time = input[field] ?? null;
    if (time !== null) check(field, time, planFault(time.getTime(), Date.now()));
  }
  if (plannedDeparture && plannedArrival && plannedArrival < plannedDeparture) {
    check('plannedArrival', plannedArrival, 'expected no earlier than plannedDeparture');
  }
  checkContainers(input.containers, check);
  if (faults.length > 0) throw badUserInput(...faults);
}

type Check = (field: string, value: unknown, reason: string | null) => void;

function checkContainers(containers: readonly ContainerInput[], check: Check): void {
  if (containers.length > MAX_CONTAINERS) {
    check('containers', containers.length, `expected at most ${MAX_CONTAINERS}`);
    return;
  }
  const seen = new Set<string>();
  for (const [index, { equipmentReference, isoEquipmentCode, cargoWeightKg }] of containers.entries()) {
    const path = `containers[${index}]`;
    check(`${path}.equipmentReference`, equipmentReference, containerFault(equipmentReference, seen));
    seen.add(equipmentReference);
    if (typeof isoEquipmentCode === 'string' && !/^[0-9A-Z]{4}$/.test(isoEquipmentCode)) {
      const reason = 'expected an ISO 6346 size and type code: four letters and digits, such as 22G1';
      check(`${path}.isoEquipmentCode`, isoEquipmentCode, reason);
    }
    if (typeof cargoWeightKg === 'number' && (cargoWeightKg < 0 || cargoWeightKg > MAX_GROSS_KG)) {
      check(`${path}.cargoWeightKg`, cargoWeightKg, `expected 0 to ${MAX_GROSS_KG}`);
    }
  }
}

function containerFault(reference: string, seen: ReadonlySet<string>): string | null {
  if (!isContainerNumber(reference)) {
    return (
      equipmentReferenceFault(reference) ??
      'expected an ISO 6346 container number: four letters and seven digits'
    );
  }
  return seen.has(reference) ? 'expected each container once' : null;
}

/** What is wrong with a carrier's code (NMFTA), or null when nothing is. */
export function scacFault(scac: string): string | null {
  return /^[A-Z]{2,4}$/.test(scac) ? null : 'expected a SCAC: two to four capital letters, such as HLCU';
}

function textFault(text: string, most: number): string | null {
  const length = Array.from(text).length;
  if (length < 1 || length > most) return `expected 1 to ${most} characters, it has ${length}`;
  if (UNPRINTABLE.test(text)) return 'expected no control characters';
  return text.trim() === text ? null : 'expected no space at its start or end';
}
