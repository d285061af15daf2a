import { fullFormats } from 'ajv-formats/dist/formats.js';

/** RFC 3339 to the letter; ajv-formats alone also takes a space for the `T` and an offset without its colon. */
const SHAPE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

const dateTime = fullFormats['date-time'] as { validate: (text: string) => boolean };

/**
 * Parses an RFC 3339 date-time.
 *
 * @returns milliseconds since 1970 UTC, finer fractions cut off and a leap second counted as the second after it;
 * null when `text` is no RFC 3339 date-time or names a date or time that doesn't exist.
 */
export function parseInstant(text: string): number | null {
  if (!SHAPE.test(text) || !dateTime.validate(text)) return null;
  const isLeapSecond = text.slice(17, 19) === '60';
  const parsable = isLeapSecond ? `${text.slice(0, 17)}59${text.slice(19)}` : text;
  return Date.parse(parsable.toUpperCase()) + (isLeapSecond ? 1000 : 0);
}

/**
 * The instant of a date-time that validation has let through.
 *
 * @throws RangeError when it is no RFC 3339 date-time after all.
 */
export function instantOf(text: string): Date {
  const instant = parseInstant(text);
  if (instant === null) throw new RangeError(`${JSON.stringify(text)} is not an RFC 3339 date-time`);
  return new Date(instant);
}
