import { isCountryCode } from './iso3166.ts';

const UN_LOCODE = /^[A-Z]{2}[A-Z2-9]{3}$/;

/**
 * Prefixes that UN/LOCODE lists keep beside the countries of ISO 3166-1: XZ, installations in international waters,
 * and AN, the Netherlands Antilles, dissolved in 2010 but still in the port lists that carriers use.
 */
const OTHER_PREFIXES: ReadonlySet<string> = new Set(['XZ', 'AN']);

/**
 * What is wrong with a UN/LOCODE, or null when nothing is: two letters that are a country of ISO 3166-1 (or XZ or
 * AN, see above) and three of A–Z and 2–9. Whether the place is listed is not asked: the list grows twice a
 * year, and tracking must not lose an event over it.
 */
export function unLocodeFault(text: string): string | null {
  if (!UN_LOCODE.test(text)) return 'expected a UN/LOCODE: two letters and three of A–Z and 2–9';
  const country = text.slice(0, 2);
  return isCountryCode(country) || OTHER_PREFIXES.has(country)
    ? null
    : `the UN/LOCODE begins with ${country}, which is not an ISO 3166-1 country code`;
}
