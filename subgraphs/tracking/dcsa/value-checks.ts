import { imoNumberFault } from '../imo-number.ts';
import { equipmentReferenceFault } from '../iso6346.ts';
import { countryCodeFault } from '../iso3166.ts';
import { unLocodeFault } from '../un-locode.ts';
import { parseInstant } from './date-time.ts';

/** Says what is wrong with a text, or null when nothing is. */
type Fault = (text: string) => string | null;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * What the contract's prose, or the standard that it names, demands of a text beyond its type and length; the
 * values of the schema keyword `check`.
 */
export const valueChecks = {
  uuid: (text) => (UUID.test(text) ? null : 'expected a UUID, such as 3cecb101-7a1a-43a4-9d62-e88a131651e2'),
  instant: (text) =>
    parseInstant(text) === null
      ? 'expected an RFC 3339 date-time with its offset, such as 2021-01-09T14:12:56+01:00'
      : null,
  unLocode: unLocodeFault,
  imoNumber: imoNumberFault,
  countryCode: countryCodeFault,
  equipmentReference: equipmentReferenceFault,
  isoEquipmentCode: (text) =>
    /^[0-9A-Z]{4}$/.test(text)
      ? null
      : 'expected an ISO 6346 size and type code: four letters and digits, such as 22G1',
  latitude: degrees(90),
  longitude: degrees(180),
} satisfies Record<string, Fault>;

export type ValueCheck = keyof typeof valueChecks;

function degrees(limit: number): Fault {
  return (text) =>
    /^[+-]?\d{1,3}(\.\d+)?$/.test(text) && Math.abs(Number(text)) <= limit
      ? null
      : `expected decimal degrees from -${limit} to ${limit}`;
}
