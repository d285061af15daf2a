import { badUserInput, fault } from '#platform/errors.ts';
import type { Fault } from '#platform/errors.ts';
import { isUuid } from '#platform/graphql/connection.ts';
import type { AlertConditionInput, AlertRuleInput, AreaInput } from '../generated/schema.ts';
import { scacFault } from '../shipment-input.ts';
import { unLocodeFault } from '../un-locode.ts';
import type { AlertCondition, AreaCrossing } from './condition.ts';
import type { AlertScope } from './scope.ts';

/** A rule as it is to be stored. */
export interface RuleDraft {
  readonly name: string;
  readonly isEnabled: boolean;
  readonly condition: AlertCondition;
  readonly scope: AlertScope;
}

/** 90 days. */
const MAX_HOURS = 2_160;
const MAX_GRACE_HOURS = 168;
const MAX_CODES = 50;
const MAX_SHIPMENTS = 100;
const MAX_POINTS = 100;
const MIN_RADIUS_KM = 0.1;
const MAX_RADIUS_KM = 2_000;
const MAX_NAME = 100;

const KINDS = [
  'etaSlip',
  'milestoneMissing',
  'dwell',
  'area',
  'transshipmentMissed',
  'scheduleChanged',
  'noSignal',
] as const satisfies readonly (keyof AlertConditionInput)[];

type Check = (field: string, value: unknown, reason: string | null) => void;

/**
 * Reads a rule as a client gives it.
 * @throws {ApiError} BAD_USER_INPUT with every fault found
 */
export function readRule({ name, isEnabled, condition, scope }: AlertRuleInput): RuleDraft {
  const faults: Fault[] = [];
  const check: Check = (field, value, reason) => {
    if (reason !== null) faults.push(fault(`input.${field}`, value, reason));
  };
  check('name', name, nameFault(name));
  const read = readCondition(condition, check);
  const draft = {
    name,
    isEnabled,
    scope: {
      carriers: [...new Set(scope?.carrierScacs ?? [])],
      origins: [...new Set(scope?.origins ?? [])],
      destinations: [...new Set(scope?.destinations ?? [])],
      shipmentIds: [...new Set((scope?.shipmentIds ?? []).map((id) => id.toLowerCase()))],
    },
  };
  checkList('scope.carrierScacs', draft.scope.carriers, MAX_CODES, scacFault, check);
  checkList('scope.origins', draft.scope.origins, MAX_CODES, unLocodeFault, check);
  checkList('scope.destinations', draft.scope.destinations, MAX_CODES, unLocodeFault, check);
  const idFault = (id: string) => (isUuid(id) ? null : 'expected the id of a shipment');
  checkList('scope.shipmentIds', draft.scope.shipmentIds, MAX_SHIPMENTS, idFault, check);
  if (faults.length > 0 || read === null) throw badUserInput(...faults);
  return { ...draft, condition: read };
}

function readCondition(input: AlertConditionInput, check: Check): AlertCondition | null {
  const given = KINDS.filter((kind) => (input[kind] ?? null) !== null);
  if (given.length !== 1) {
    check('condition', given, `expected exactly one of ${KINDS.join(', ')}`);
    return null;
  }
  const hours = (field: string, value: number, most = MAX_HOURS): number => {
    const isRight = value >= 1 && value <= most;
    check(`condition.${field}`, value, isRight ? null : `expected 1 to ${most} hours`);
    return value;
  };
  const { etaSlip, milestoneMissing, dwell, area, transshipmentMissed, scheduleChanged, noSignal } = input;
  if (etaSlip) {
    return { kind: 'ETA_SLIP', hours: hours('etaSlip.hours', etaSlip.hours), reference: etaSlip.reference };
  }
  if (milestoneMissing) {
    const codes = [...new Set(milestoneMissing.codes)];
    return {
      kind: 'MILESTONE_MISSING',
      hours: hours('milestoneMissing.hours', milestoneMissing.hours),
      codes,
    };
  }
  if (dwell) {
    const ports = [...new Set(dwell.ports)];
    checkList('condition.dwell.ports', ports, MAX_CODES, unLocodeFault, check);
    return { kind: 'DWELL', hours: hours('dwell.hours', dwell.hours), ports };
  }
  if (area) {
    const read = readArea(area, check);
    return read && { kind: 'AREA', direction: area.direction, area: read };
  }
  if (transshipmentMissed) {
    const { graceHours } = transshipmentMissed;
    return {
      kind: 'TRANSSHIPMENT_MISSED',
      graceHours: hours('transshipmentMissed.graceHours', graceHours, MAX_GRACE_HOURS),
    };
  }
  if (scheduleChanged) {
    return { kind: 'SCHEDULE_CHANGED', hours: hours('scheduleChanged.hours', scheduleChanged.hours) };
  }
  return noSignal ? { kind: 'NO_SIGNAL', hours: hours('noSignal.hours', noSignal.hours) } : null;
}

function readArea({ circle, polygon, ports }: AreaInput, check: Check): AreaCrossing['area'] | null {
  const path = 'condition.area';
  const given = Object.entries({ circle, polygon, ports }).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [name],
  );
  if (given.length !== 1) {
    check(path, given, 'expected exactly one of circle, polygon and ports');
    return null;
  }
  const point = (field: string, { latitude, longitude }: { latitude: number; longitude: number }) => {
    check(`${field}.latitude`, latitude, Math.abs(latitude) <= 90 ? null : 'expected -90 to 90');
    check(`${field}.longitude`, longitude, Math.abs(longitude) <= 180 ? null : 'expected -180 to 180');
    return { latitude, longitude };
  };
  if (circle) {
    const { centre, radiusKm } = circle;
    const isRight = radiusKm >= MIN_RADIUS_KM && radiusKm <= MAX_RADIUS_KM;
    const reason = `expected ${MIN_RADIUS_KM} to ${MAX_RADIUS_KM} kilometres`;
    check(`${path}.circle.radiusKm`, radiusKm, isRight ? null : reason);
    return { type: 'CIRCLE', ...point(`${path}.circle.centre`, centre), radiusKm };
  }
  if (polygon) {
    const isRight = polygon.length >= 3 && polygon.length <= MAX_POINTS;
    check(`${path}.polygon`, polygon.length, isRight ? null : `expected 3 to ${MAX_POINTS} points`);
    const points = polygon
      .slice(0, MAX_POINTS)
      .map((each, index) => point(`${path}.polygon[${index}]`, each));
    return { type: 'POLYGON', points };
  }
  const codes = [...new Set(ports ?? [])];
  check(`${path}.ports`, codes, codes.length > 0 ? null : 'expected at least one port');
  checkList(`${path}.ports`, codes, MAX_CODES, unLocodeFault, check);
  return { type: 'PORTS', ports: codes };
}

function checkList(
  field: string,
  values: readonly string[],
  most: number,
  faultOf: (value: string) => string | null,
  check: Check,
): void {
  if (values.length > most) {
    check(field, values.length, `expected at most ${most}`);
    return;
  }
  for (const [index, value] of values.entries()) check(`${field}[${index}]`, value, faultOf(value));
}

function nameFault(name: string): string | null {
  const length = Array.from(name).length;
  if (length < 1 || length > MAX_NAME) return `expected 1 to ${MAX_NAME} characters, it has ${length}`;
  if (/[\p{Cc}\p{Surrogate}]/u.test(name)) return 'expected no control characters';
  return name.trim() === name ? null : 'expected no space at its start or end';
}
