import { createRequire } from 'node:module';
import { PORT_ALIAS_NAMES } from './port-alias-names.ts';
import {
  PORT_CORRECTIONS,
  PROVINCE_TIME_ZONES,
  RENAMED_TIME_ZONES,
  type LatLong,
  type PortCorrection,
} from './port-corrections.ts';

/** An entry of the `sea-ports` package, as far as it is used. */
export interface SeaPort {
  readonly name: string;
  readonly alias: readonly string[];
  /** Longitude first. */
  readonly coordinates?: readonly [longitude: number, latitude: number];
  readonly province?: string;
  readonly timezone?: string;
  /** Every UN/LOCODE of the same port, the one that the trade uses first. */
  readonly unlocs: readonly string[];
}

export type SeaPorts = Readonly<Record<string, SeaPort>>;

/** A port as it is loaded. */
export interface ReferencePort {
  readonly unlocode: string;
  readonly name: string;
  readonly countryCode: string;
  readonly province: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** A zone that this runtime knows. */
  readonly timeZone: string | null;
  readonly aliasCodes: readonly string[];
  readonly aliasNames: readonly string[];
}

/** The package's data, by UN/LOCODE. */
export function readSeaPorts(): SeaPorts {
  return createRequire(import.meta.url)('sea-ports/lib/ports.json') as SeaPorts;
}

/** Every port of the package, corrected, each place once, by UN/LOCODE. */
export function referencePorts(seaPorts: SeaPorts): readonly ReferencePort[] {
  const neighbours = namesByCountry(seaPorts);
  const isKnownZone = zoneTest();
  return Object.entries(seaPorts)
    .filter(([code, port]) => (port.unlocs[0] ?? code) === code)
    .map(([code, port]) =>
      referencePort(code, port, neighbours.get(code.slice(0, 2)) ?? new Set(), isKnownZone),
    )
    .sort((one, other) => (one.unlocode < other.unlocode ? -1 : 1));
}

function referencePort(
  code: string,
  port: SeaPort,
  neighbours: ReadonlySet<string>,
  isKnownZone: (zone: string) => boolean,
): ReferencePort {
  const correction: PortCorrection = PORT_CORRECTIONS.get(code) ?? {};
  const unlocode = correction.unlocode ?? code;
  const countryCode = correction.countryCode ?? unlocode.slice(0, 2);
  const province =
    correction.province === undefined ? cleanProvince(countryCode, port.province) : correction.province;
  const [latitude, longitude] = position(port, correction) ?? [null, null];
  const zone = correction.timeZone ?? PROVINCE_TIME_ZONES.get(`${countryCode} ${province}`) ?? port.timezone;
  const timeZone = zone === undefined ? null : (RENAMED_TIME_ZONES.get(zone) ?? zone);
  const name = cleanName(correction.name ?? port.name);
  return {
    unlocode,
    name,
    countryCode,
    province,
    latitude,
    longitude,
    timeZone: timeZone !== null && isKnownZone(timeZone) ? timeZone : null,
    aliasCodes: [code, ...port.unlocs].filter(
      (alias, index, all) => alias !== unlocode && all.indexOf(alias) === index,
    ),
    aliasNames: [
      ...port.alias.filter((alias) => !neighbours.has(alias)),
      ...(PORT_ALIAS_NAMES.get(unlocode) ?? []),
    ],
  };
}

/** What the package lists as aliases, but is another port of the same country: by its name or its place code. */
function namesByCountry(seaPorts: SeaPorts): ReadonlyMap<string, ReadonlySet<string>> {
  const names = new Map<string, Set<string>>();
  for (const [code, port] of Object.entries(seaPorts)) {
    const country = code.slice(0, 2);
    const known = names.get(country) ?? new Set();
    names.set(country, known.add(port.name).add(code.slice(2)));
  }
  return names;
}

function position({ coordinates }: SeaPort, { position: corrected }: PortCorrection): LatLong | null {
  if (corrected !== undefined && corrected !== 'swapped') return corrected;
  if (coordinates === undefined) return null;
  const [longitude, latitude] = corrected === 'swapped' ? [coordinates[1], coordinates[0]] : coordinates;
  return [round(latitude), round(longitude)];
}

/** To four decimals, about ten metres: the rest is noise of floating-point arithmetic. */
function round(degrees: number): number {
  return Math.round(degrees * 10_000) / 10_000;
}

function cleanName(name: string): string {
  return name.replace(/\s*\/\s*/g, '/').trim();
}

/** Countries whose provinces the package gives in a local romanisation, with the usual one in brackets. */
const USUAL_IN_BRACKETS: ReadonlySet<string> = new Set(['AE', 'JP', 'TH']);

/** "Hukuoka [Fukuoka]" becomes "Fukuoka", "A Coruña [La Coruña]" becomes "A Coruña". */
function cleanProvince(countryCode: string, province: string | undefined): string | null {
  const [, outer, bracketed] = /^(.*?)\s*(?:\[(.*)\]\*?)?$/.exec(province?.trim() ?? '') ?? [];
  const usual = bracketed !== undefined && USUAL_IN_BRACKETS.has(countryCode) ? bracketed : outer;
  return usual === undefined || usual === '' ? null : usual.replace(/, (?:The|City of)$/, '');
}

function zoneTest(): (zone: string) => boolean {
  const known = new Map<string, boolean>();
  return (zone) => {
    let result = known.get(zone);
    if (result === undefined) known.set(zone, (result = isTimeZone(zone)));
    return result;
  };
}

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
