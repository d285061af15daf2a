/**
 * Freight container identification, ISO 6346: a three-letter owner code, a category letter (U freight container,
 * J detachable equipment, Z trailer or chassis), six digits of serial number and a check digit.
 */

const CONTAINER_NUMBER = /^[A-Z]{3}[UJZ][0-9]{7}$/;
const RESEMBLES_CONTAINER_NUMBER = /^[A-Z]{3}[UJZ][0-9]+$/;

/** Letter values of ISO 6346: A = 10 … Z = 38, leaving out the multiples of 11 (11, 22 and 33). */
const LETTER_VALUES: ReadonlyMap<string, number> = letterValues();

function letterValues(): Map<string, number> {
  const values = new Map<string, number>();
  let value = 10;
  for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') {
    if (value % 11 === 0) value++;
    values.set(letter, value++);
  }
  return values;
}

/**
 * The ISO 6346 check digit of the first ten characters of a container number:
 * S = Σ value(i) · 2^i for i = 0…9, check digit = (S mod 11) mod 10, so that a remainder of 10 counts as 0.
 *
 * @param identification at least ten characters: four letters and six digits; what follows is ignored.
 * @throws RangeError when one of the ten is neither a letter A–Z nor a digit.
 */
export function containerCheckDigit(identification: string): number {
  let sum = 0;
  for (let index = 0; index < 10; index++) {
    const character = identification.charAt(index);
    const value = LETTER_VALUES.get(character) ?? (/^[0-9]$/.test(character) ? Number(character) : undefined);
    if (value === undefined) {
      throw new RangeError(
        `Container number ${JSON.stringify(identification)}: character ${index + 1} must be A–Z or 0–9`,
      );
    }
    sum += value * 2 ** index;
  }
  return (sum % 11) % 10;
}

/** Whether `text` is a container number: four letters with category U, J or Z, seven digits, right check digit. */
export function isContainerNumber(text: string): boolean {
  return CONTAINER_NUMBER.test(text) && containerCheckDigit(text) === Number(text.charAt(10));
}

/**
 * What is wrong with an equipment reference, or null when nothing is.
 *
 * A reference that is a container number, or sets out to be one (three letters, U, J or Z, then digits only), must
 * be a right one: a wrong digit would put the event on somebody else's box. Equipment without an ISO 6346 number is
 * allowed by the DCSA contract ("where possible"), so anything else of up to 15 capital letters, digits, spaces,
 * hyphens and slashes passes.
 */
export function equipmentReferenceFault(reference: string): string | null {
  if (RESEMBLES_CONTAINER_NUMBER.test(reference)) {
    if (!CONTAINER_NUMBER.test(reference)) {
      return 'expected an ISO 6346 container number: four letters and seven digits';
    }
    const expected = containerCheckDigit(reference);
    return expected === Number(reference.charAt(10))
      ? null
      : `the last digit is not the ISO 6346 check digit of ${reference.slice(0, 10)}: expected ${expected}`;
  }
  return /^[0-9A-Z](?:[0-9A-Z /-]{0,13}[0-9A-Z])?$/.test(reference)
    ? null
    : 'expected an ISO 6346 container number (four letters and seven digits), or another identification of 1 to 15 capital letters and digits';
}
