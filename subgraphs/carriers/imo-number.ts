/** What is expected of a vessel's number, for error messages. */
export const IMO_NUMBER = 'an IMO number: seven digits, the last a check digit';

/**
 * The IMO number in a text, without the letters "IMO" and spaces; null when there is none. The check digit is the last
 * digit of the sum of the first six, weighted 7 to 2.
 */
export function parseImoNumber(text: string): string | null {
  const digits = /^(?:IMO)?\s*(\d{7})$/i.exec(text.trim())?.[1];
  if (digits === undefined) return null;
  let sum = 0;
  for (let index = 0; index < 6; index += 1) sum += Number(digits.charAt(index)) * (7 - index);
  return sum % 10 === Number(digits.charAt(6)) ? digits : null;
}
