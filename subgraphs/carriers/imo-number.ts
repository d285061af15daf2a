/**
 * The IMO number, also written "IMO 9321483"; null for what isn't one. The check digit is the last
 * digit of the sum of the first six, weighted 7 to 2.
 */
export function parseImoNumber(given: unknown): string | null {
  const digits = typeof given === 'string' ? /^(?:IMO)? ?(\d{7})$/i.exec(given.trim())?.[1] : undefined;
  if (digits === undefined) return null;
  let sum = 0;
  for (let index = 0; index < 6; index += 1) sum += Number(digits.charAt(index)) * (7 - index);
  return sum % 10 === Number(digits.charAt(6)) ? digits : null;
}
