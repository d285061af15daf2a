const ZERO = 0x30;

/**
 * Parses an RFC 3339 date-time: to the letter, so neither a space for the `T` nor an offset without its colon.
 * Written out by hand, since several are read for each event.
 *
 * @returns milliseconds since 1970 UTC, finer fractions cut off and a leap second counted as the second after it;
 * null when `text` is no RFC 3339 date-time or names a date or time that doesn't exist.
 */
export function parseInstant(text: string): number | null {
  const { length } = text;
  if (length < 20 || text[4] !== '-' || text[7] !== '-' || text[13] !== ':' || text[16] !== ':') return null;
  if (text[10] !== 'T' && text[10] !== 't') return null;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  // Comparisons with NaN are false.
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return null;
  if (!(hour <= 23 && minute <= 59 && second <= 60)) return null;

  let place = 19;
  let milliseconds = 0;
  if (text[place] === '.') {
    const begin = ++place;
    for (let unit = 100; isDigit(text.charCodeAt(place)); place++, unit /= 10) {
      if (unit >= 1) milliseconds += (text.charCodeAt(place) - ZERO) * unit;
    }
    if (place === begin) return null;
  }
  const offset = offsetMinutes(text, place);
  if (offset === null) return null;
  if (second === 60 && !isEndOfDay(hour * 60 + minute - offset)) return null;
  // `Date.UTC` takes the years 0 to 99 for those of the twentieth century.
  const date = year > 99 ? Date.UTC(year, month - 1, day) : new Date(0).setUTCFullYear(year, month - 1, day);
  return date + ((hour * 60 + minute - offset) * 60 + second) * 1_000 + milliseconds;
}

function twoDigits(text: string, place: number): number {
  const tens = text.charCodeAt(place);
  const ones = text.charCodeAt(place + 1);
  return isDigit(tens) && isDigit(ones) ? (tens - ZERO) * 10 + ones - ZERO : NaN;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= ZERO + 9;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** The offset that a text ends with, from a place on; null when there is none. */
function offsetMinutes(text: string, place: number): number | null {
  const sign = text[place];
  if (sign === 'Z' || sign === 'z') return text.length === place + 1 ? 0 : null;
  if ((sign !== '+' && sign !== '-') || text.length !== place + 6 || text[place + 3] !== ':') return null;
  const hours = twoDigits(text, place + 1);
  const minutes = twoDigits(text, place + 4);
  if (!(hours <= 23 && minutes <= 59)) return null;
  return (sign === '-' ? -1 : 1) * (hours * 60 + minutes);
}

/** Leap seconds are inserted at the end of a day of UTC. */
function isEndOfDay(minutes: number): boolean {
  return (minutes + 1) % (24 * 60) === 0;
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
