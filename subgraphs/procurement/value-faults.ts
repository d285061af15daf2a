import { fault } from '#platform/errors.ts';
import type { Fault } from '#platform/errors.ts';
import { currencyFault } from './currency.ts';
import { priceFault } from './money.ts';
import type { Money } from './money.ts';

// Control characters and halves of a surrogate pair: Postgres can't store some of them, and a reference that differs
// from another only in what can't be seen misleads.
const UNSTORABLE = /[\p{Cc}\p{Cs}]/u;

/**
 * What is wrong with a line of text, or null when nothing is.
 *
 * @param most characters (code points) at most; at least one is needed.
 */
export function textFault(text: string, most: number): string | null {
  const { length } = Array.from(text);
  if (length < 1 || length > most) return `expected 1 to ${most} characters, it has ${length}`;
  if (UNSTORABLE.test(text)) return 'expected no control characters';
  return text.trim() === text ? null : 'expected no space at its start or end';
}

/** What is wrong with a calendar date `YYYY-MM-DD` of a shipment yet to come, or null when nothing is. */
export function dateFault(text: string): string | null {
  return text >= '2000-01-01' && text < '2200-01-01' ? null : 'expected a date from 2000-01-01 to 2199-12-31';
}

/** What is wrong with a count, or null when nothing is. */
export function wholeNumberFault(value: number, least: number, most: number): string | null {
  return Number.isInteger(value) && value >= least && value <= most ? null : `expected ${least} to ${most}`;
}

/** Everything that is wrong with a price. @param field where it stands in the input */
export function moneyFaults(field: string, { amount, currency }: Money): Fault[] {
  const unknown = currencyFault(currency);
  if (unknown !== null) return [fault(`${field}.currency`, currency, unknown)];
  const price = priceFault(amount, currency);
  return price === null ? [] : [fault(`${field}.amount`, amount, price)];
}
