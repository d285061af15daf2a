import { Decimal } from 'decimal.js';
import { currencyFault, minorUnits } from './currency.ts';

/** An exact amount in a currency's main unit, with as many decimals as the currency has. */
export interface Money {
  /** Such as "1250.00" (USD), "1250" (JPY) or "1250.000" (KWD); with more decimals where what is stored has them. */
  readonly amount: string;
  /** ISO 4217. */
  readonly currency: string;
}

/** The most digits that an amount may have, before and after the decimal point together, less leading zeros. */
export const MAX_DIGITS = 15;

const PLAIN_DECIMAL = /^-?[0-9]+(?:\.([0-9]+))?$/;

// 15 digits times a count of containers stays far below this precision, so no operation ever rounds.
const Exact = Decimal.clone({ precision: 60, toExpNeg: -9e15, toExpPos: 9e15 });

/**
 * What is wrong with a price, or null when nothing is: a plain decimal number (no exponent, no sign but a minus,
 * no NaN) above zero, of at most 15 digits, with no more decimals than the currency has; trailing zeros count.
 */
export function priceFault(amount: string, currency: string): string | null {
  const unknownCurrency = currencyFault(currency);
  if (unknownCurrency !== null) return unknownCurrency;
  const match = PLAIN_DECIMAL.exec(amount);
  if (match === null) return 'expected a plain decimal number, such as "1250.00"';
  const digits = amount.replace(/^-?0*|\./g, '').length;
  if (digits > MAX_DIGITS) return `expected at most ${MAX_DIGITS} digits, it has ${digits}`;
  const decimals = match[1]?.length ?? 0;
  const allowed = minorUnits(currency) ?? 0;
  if (decimals > allowed) return `expected at most ${allowed} decimals for ${currency}, it has ${decimals}`;
  return new Exact(amount).greaterThan(0) ? null : 'expected more than zero';
}

/**
 * Money from an amount that is known to be right, such as one from the database, in its canonical form. What is offered or
 * asked has no more decimals than its currency (`priceFault`); what came another way, such as by an import or from before
 * the currency lost decimals, is shown with all of its own rather than rounded or not at all.
 *
 * @param amount anything whose text is a plain decimal number.
 * @throws RangeError when the currency is unknown or the amount isn't finite.
 */
export function money(amount: { toString(): string }, currency: string): Money {
  const decimals = minorUnits(currency);
  if (decimals === undefined) throw new RangeError(`currency ${JSON.stringify(currency)}: not in ISO 4217`);
  const exact = new Exact(amount.toString());
  if (!exact.isFinite()) throw new RangeError(`amount ${exact.toString()}: expected a finite number`);
  return { amount: exact.toFixed(Math.max(decimals, exact.decimalPlaces())), currency };
}

/**
 * The price of `count` containers at `rate` each, exact.
 *
 * @throws RangeError when `count` is not a whole number of at least 0, or the rate is not money.
 */
export function times(rate: Money, count: number): Money {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new RangeError(`count ${count}: expected a whole number of at least 0`);
  }
  return money(new Exact(money(rate.amount, rate.currency).amount).times(count), rate.currency);
}
