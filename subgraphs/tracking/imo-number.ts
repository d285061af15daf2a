const IMO_NUMBER = /^[0-9]{7}$/;

/**
 * The check digit of an IMO ship number: the last digit of Σ digit(i) · (7 − i) over its first six digits.
 *
 * @param digits at least six digits; what follows is ignored.
 */
export function imoCheckDigit(digits: string): number {
  let sum = 0;
  for (let index = 0; index < 6; index++) sum += Number(digits.charAt(index)) * (7 - index);
  return sum % 10;
}

/** What is wrong with an IMO ship number (seven digits, the last one a check digit), or null when nothing is. */
export function imoNumberFault(text: string): string | null {
  if (!IMO_NUMBER.test(text)) return 'expected an IMO ship number: seven digits';
  const expected = imoCheckDigit(text);
  return expected === Number(text.charAt(6))
    ? null
    : `the last digit is not the IMO check digit of ${text.slice(0, 6)}: expected ${expected}`;
}
