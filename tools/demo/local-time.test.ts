import { expect, it } from 'vitest';
import { localTime } from './local-time.ts';

it.each([
  ['2026-06-03T06:20:59.999Z', 'Asia/Shanghai', '2026-06-03T14:20:00+08:00'],
  ['2026-06-03T06:20:00Z', 'Asia/Kolkata', '2026-06-03T11:50:00+05:30'],
  ['2026-06-03T02:20:00Z', 'America/Los_Angeles', '2026-06-02T19:20:00-07:00'],
  ['2026-12-31T23:30:00Z', 'Europe/Berlin', '2027-01-01T00:30:00+01:00'],
  ['2026-10-25T00:30:00Z', 'Europe/Berlin', '2026-10-25T02:30:00+02:00'],
  ['2026-10-25T01:30:00Z', 'Europe/Berlin', '2026-10-25T02:30:00+01:00'],
  ['2026-06-03T00:00:00Z', 'UTC', '2026-06-03T00:00:00+00:00'],
])('shows %s in %s as %s', (instant, timeZone, shown) => {
  expect(localTime(Date.parse(instant), timeZone)).toBe(shown);
});
