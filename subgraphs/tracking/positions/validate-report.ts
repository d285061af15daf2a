import { parseInstant } from '../dcsa/date-time.ts';
import { describeValue } from '../dcsa/fault.ts';
import type { FieldFault } from '../dcsa/fault.ts';
import { imoNumberFault } from '../imo-number.ts';
import type { VesselPosition } from './vessel-position.ts';

/** The name that stands for the whole report where no single field is at fault. */
const WHOLE_REPORT = 'report';
/** How far a reporter's clock may be ahead of ours. */
const CLOCK_SKEW = 5 * 60 * 1000;
const DAY = 24 * 60 * 60 * 1000;
/** No cargo ship comes near it. AIS says 102.3 when it doesn't know. */
const MAX_SPEED = 80;

/** Either the position, or what is wrong with the report. */
export type Validation =
  | { readonly ok: true; readonly position: VesselPosition }
  | { readonly ok: false; readonly faults: FieldFault[] };

/**
 * Validates one position report. Properties that aren't part of it are ignored; what may be left out may be null.
 *
 * @param report a value from JSON.
 * @param now milliseconds since 1970 UTC.
 * @param keepDays how long positions are kept: what is older would be gone at once.
 */
export function validateReport(report: unknown, now: number, keepDays: number): Validation {
  if (typeof report !== 'object' || report === null || Array.isArray(report)) {
    return {
      ok: false,
      faults: [{ field: WHOLE_REPORT, value: describeValue(report), reason: 'expected an object' }],
    };
  }
  const given = report as Readonly<Record<string, unknown>>;
  const faults: FieldFault[] = [];
  const refuse = (field: string, reason: string): void => {
    const value = given[field];
    faults.push({ field, value: describeValue(value), reason: value === undefined ? 'is missing' : reason });
  };
  const text = (field: string, fault: (value: string) => string | null): string => {
    const value = given[field];
    const reason = typeof value === 'string' ? fault(value) : 'expected a string';
    if (reason !== null) refuse(field, reason);
    return typeof value === 'string' ? value : '';
  };
  const number = (field: string, fits: (value: number) => boolean, expected: string): number => {
    const value = given[field];
    // JSON has no NaN, but 1e999 is infinite.
    const isFit = typeof value === 'number' && Number.isFinite(value) && fits(value);
    if (!isFit) refuse(field, `expected ${expected}`);
    return isFit ? value : 0;
  };
  const optional = (...[field, fits, expected]: Parameters<typeof number>): number | null => {
    const value = given[field];
    return value === undefined || value === null ? null : number(field, fits, expected);
  };
  const angle = (field: string): number | null =>
    optional(
      field,
      (value) => value >= 0 && value < 360,
      'degrees from 0 to less than 360, or none when not available',
    );

  let observedAt = 0;
  const imo = text('vesselIMONumber', imoNumberFault);
  text('observedAt', (value) => {
    const instant = parseInstant(value);
    observedAt = instant ?? 0;
    return timeFault(instant, now, keepDays);
  });
  const position: VesselPosition = {
    imo: Number(imo),
    observedAt: new Date(observedAt),
    latitude: number('latitude', (value) => Math.abs(value) <= 90, 'decimal degrees from -90 to 90'),
    longitude: number('longitude', (value) => Math.abs(value) <= 180, 'decimal degrees from -180 to 180'),
    speedKnots: optional(
      'speedKnots',
      (value) => value >= 0 && value <= MAX_SPEED,
      `knots from 0 to ${MAX_SPEED}, or none when not available`,
    ),
    courseDegrees: angle('courseDegrees'),
    headingDegrees: angle('headingDegrees'),
    navigationalStatus: optional(
      'navigationalStatus',
      (value) => Number.isInteger(value) && value >= 0 && value <= 15,
      'an AIS navigational status: a whole number from 0 to 15',
    ),
  };
  return faults.length === 0 ? { ok: true, position } : { ok: false, faults };
}

function timeFault(instant: number | null, now: number, keepDays: number): string | null {
  if (instant === null) return 'expected an RFC 3339 date-time with its offset, such as 2026-05-04T10:00:00Z';
  if (instant > now + CLOCK_SKEW) return 'lies in the future: expected no later than five minutes from now';
  return instant < now - keepDays * DAY ? `too old: positions are kept for ${keepDays} days` : null;
}
