import { MINUTE } from './itinerary.ts';

const clocks = new Map<string, Intl.DateTimeFormat>();

/**
 * An instant as a port's clock shows it, to the minute, with its offset: 2025-06-03T14:20:00+08:00 (RFC 3339).
 * @param timeZone IANA
 */
export function localTime(instant: number, timeZone: string): string {
  const minute = Math.floor(instant / MINUTE) * MINUTE;
  const offset = offsetMinutes(minute, timeZone);
  const local = new Date(minute + offset * MINUTE).toISOString().slice(0, 19);
  const hours = String(Math.floor(Math.abs(offset) / 60)).padStart(2, '0');
  const minutes = String(Math.abs(offset) % 60).padStart(2, '0');
  return `${local}${offset < 0 ? '-' : '+'}${hours}:${minutes}`;
}

/** An instant in UTC, to the millisecond. */
export function utc(instant: number): string {
  return new Date(instant).toISOString();
}

function offsetMinutes(instant: number, timeZone: string): number {
  let clock = clocks.get(timeZone);
  if (!clock) {
    const parts = {
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    } as const;
    clock = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', ...parts });
    clocks.set(timeZone, clock);
  }
  const shown = Object.fromEntries(
    clock.formatToParts(instant).map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = shown;
  return (Date.UTC(year, month - 1, day, hour, minute) - instant) / MINUTE;
}
