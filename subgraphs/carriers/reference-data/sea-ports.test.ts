import { describe, expect, test } from 'vitest';
import { parseUnLocode } from '../codes.ts';
import { PORT_ALIAS_NAMES } from './port-alias-names.ts';
import { PORT_CORRECTIONS, PROVINCE_TIME_ZONES, RENAMED_TIME_ZONES } from './port-corrections.ts';
import { readSeaPorts, referencePorts, type SeaPort, type SeaPorts } from './sea-ports.ts';

const seaPorts = readSeaPorts();
const ports = referencePorts(seaPorts);
const byCode = new Map(ports.map((port) => [port.unlocode, port]));

test('every code of the package leads to exactly one port', () => {
  const codes = ports.flatMap(({ unlocode, aliasCodes }) => [unlocode, ...aliasCodes]);
  expect(Object.keys(seaPorts)).toHaveLength(1634);
  expect(new Set(codes).size).toBe(codes.length);
  expect(Object.keys(seaPorts).filter((code) => !codes.includes(code))).toEqual([]);
  expect(codes.filter((code) => parseUnLocode(code) !== code)).toEqual([]);
});

test('every time zone is known here, and fits the longitude within two and a half hours', () => {
  const wrong = ports.filter(({ timeZone, longitude }) => {
    if (timeZone === null) return true;
    if (longitude === null) return false;
    const apart = Math.abs(standardOffset(timeZone) - longitude / 15);
    return Math.min(apart, 24 - apart) > 2.5;
  });
  expect(wrong.map(({ unlocode, timeZone }) => `${unlocode} ${timeZone}`)).toEqual([]);
});

test('no time zone has a name that is kept only for old data', () => {
  const old = new Set(RENAMED_TIME_ZONES.keys());
  expect(ports.filter(({ timeZone }) => timeZone !== null && old.has(timeZone))).toEqual([]);
});

test('coordinates are on the globe; only one port has none', () => {
  expect(ports.filter(({ latitude }) => latitude === null).map(({ unlocode }) => unlocode)).toEqual([
    'ESEBO',
  ]);
  const off = ports.filter(
    ({ latitude, longitude }) => Math.abs(latitude ?? 0) > 90 || Math.abs(longitude ?? 0) > 180,
  );
  expect(off).toEqual([]);
});

test('country codes are assigned, and the code begins with it but where the country is newer', () => {
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  expect(ports.filter(({ countryCode }) => names.of(countryCode) === undefined)).toEqual([]);
  const other = ports.filter(({ unlocode, countryCode }) => !unlocode.startsWith(countryCode));
  expect(other.map(({ unlocode }) => unlocode)).toEqual(['ANGSB']);
});

test('aliases are neither repeated nor the name of another port of the country', () => {
  for (const { unlocode, name, aliasCodes, aliasNames, countryCode } of ports) {
    const all = [unlocode, name, ...aliasCodes, ...aliasNames];
    expect(new Set(all).size).toBe(all.length);
    const others = ports.filter((port) => port.countryCode === countryCode && aliasNames.includes(port.name));
    expect(others.map((port) => port.unlocode)).toEqual([]);
  }
  expect(byCode.get('USLAX')?.aliasNames).toEqual([]);
});

test('provinces are plain names', () => {
  const odd = ports.filter(({ province }) => province !== null && /[[\]*,]|^$/.test(province));
  expect(odd.map(({ unlocode, province }) => `${unlocode} ${province}`)).toEqual([]);
});

describe('the package still needs', () => {
  const uncorrected = (code: string): SeaPort => seaPorts[code] as SeaPort;

  test.each([...PORT_CORRECTIONS])('the correction of %s', (code, correction) => {
    const { name, province, timezone, coordinates } = uncorrected(code);
    if (correction.name !== undefined) expect(correction.name).not.toBe(name);
    if (correction.province !== undefined) expect(correction.province).not.toBe(province ?? null);
    if (correction.timeZone !== undefined) expect(correction.timeZone).not.toBe(timezone);
    if (Array.isArray(correction.position) && coordinates) {
      const [latitude, longitude] = correction.position as readonly [number, number];
      // Nearer than about ten kilometres isn't worth a line.
      expect(Math.hypot(latitude - coordinates[1], longitude - coordinates[0])).toBeGreaterThan(0.09);
    }
  });

  test('the time zones of whole provinces, and the renamed ones', () => {
    const used = Object.entries(seaPorts).map(([code, port]) => `${code.slice(0, 2)} ${port.province}`);
    expect([...PROVINCE_TIME_ZONES.keys()].filter((key) => !used.includes(key))).toEqual([]);
    const zones = new Set(Object.values(seaPorts).map(({ timezone }) => timezone));
    expect([...RENAMED_TIME_ZONES.keys()].filter((zone) => !zones.has(zone))).toEqual([]);
  });

  test('the further names', () => {
    for (const [code, names] of PORT_ALIAS_NAMES) {
      expect(byCode.get(code)?.aliasNames, code).toEqual(expect.arrayContaining([...names]));
    }
  });
});

describe('a port is read', () => {
  const port = (over: Partial<SeaPort> = {}): SeaPort => ({
    name: 'Somewhere',
    alias: [],
    unlocs: [],
    ...over,
  });
  const read = (given: SeaPorts) => referencePorts(given);

  test('with longitude before latitude, and without the noise', () => {
    const [found] = read({ XXAAA: port({ coordinates: [10.12345678, -53.00000001] }) });
    expect(found).toMatchObject({ latitude: -53, longitude: 10.1235, timeZone: null, province: null });
  });

  test('once for all its codes, under the first', () => {
    const unlocs = ['XXBBB', 'XXAAA'];
    const found = read({ XXAAA: port({ unlocs }), XXBBB: port({ unlocs }) });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ unlocode: 'XXBBB', aliasCodes: ['XXAAA'] });
  });

  test('without a time zone that this runtime does not know', () => {
    expect(read({ XXAAA: port({ timezone: 'America/Argentina' }) })[0]?.timeZone).toBeNull();
  });
});

test.each([
  [
    'CNSHA',
    {
      name: 'Shanghai',
      latitude: 31.2304,
      longitude: 121.4737,
      timeZone: 'Asia/Shanghai',
      aliasCodes: ['CNSGH'],
    },
  ],
  ['THBKK', { province: 'Bangkok', timeZone: 'Asia/Bangkok' }],
  ['VEGUB', { latitude: 11.6657, longitude: -70.2148 }],
  ['JPUKB', { province: 'Hyogo' }],
  ['INMAA', { timeZone: 'Asia/Kolkata' }],
  ['CWCUR', { countryCode: 'CW', aliasCodes: ['ANCUR'] }],
  ['AUHBA', { timeZone: 'Australia/Hobart' }],
])('%s is right', (code, expected) => {
  expect(byCode.get(code)).toMatchObject(expected);
});

/** Hours east of Greenwich without daylight saving, which moves clocks forward. */
function standardOffset(timeZone: string): number {
  const offset = (date: string): number => {
    const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
    const name =
      format.formatToParts(new Date(date)).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
    return sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) + Number(minutes) / 60);
  };
  return Math.min(offset('2026-01-15'), offset('2026-07-15'));
}
