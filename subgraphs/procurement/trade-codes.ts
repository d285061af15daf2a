const UN_LOCODE = /^[A-Z]{2}[A-Z2-9]{3}$/;

/**
 * ISO 6346 size and type. First character: length, 1 = 10 ft, 2 = 20 ft, 3 = 30 ft, 4 = 40 ft, letters for other
 * lengths (L = 45 ft). Second: height and width. Then the type: a group letter and a digit (G1, R1), or the two
 * letters of a whole group (GP, RE), for where the details don't matter. The trade's own abbreviations (40HC, 20DV)
 * are none of these.
 */
const SIZE_TYPE =
  /^[1-4ABCDEFGHKLMNP][0245689CDEFLMNP](?:[ABGHKNPRSTUV][0-9]|GP|VH|BU|BK|SN|R[ETS]|H[RI]|UT|P[LFCS]|T[NDG]|AS)$/;

const SCAC = /^[A-Z]{2,4}$/;

const COUNTRY_NAMES = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

/**
 * What is wrong with a UN/LOCODE, or null when nothing is: the two letters of a country and three of A–Z and 2–9.
 * Whether the place is listed is not asked here: the list grows twice a year.
 */
export function unLocodeFault(text: string): string | null {
  if (!UN_LOCODE.test(text))
    return 'expected a UN/LOCODE: two letters and three of A–Z and 2–9, such as CNSHA';
  const country = text.slice(0, 2);
  return COUNTRY_NAMES.of(country) === undefined
    ? `the UN/LOCODE begins with ${country}, which is no country's code`
    : null;
}

/** What is wrong with an ISO 6346 size and type code, or null when nothing is. */
export function sizeTypeFault(text: string): string | null {
  return SIZE_TYPE.test(text) ? null : 'expected an ISO 6346 size and type code, such as 22G1 or 45R1';
}

/** What is wrong with a Standard Carrier Alpha Code (NMFTA: two to four letters), or null when nothing is. */
export function scacFault(text: string): string | null {
  return SCAC.test(text) ? null : 'expected a SCAC: two to four capital letters, such as HLCU';
}
