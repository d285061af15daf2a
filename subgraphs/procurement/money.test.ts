import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { currencyFault, minorUnits } from './currency.ts';
import { money, priceFault, times } from './money.ts';

describe('minor units', () => {
  test.each([
    ['JPY', 0],
    ['USD', 2],
    ['KWD', 3],
    ['CLF', 4],
  ])('%s has %i decimals', (code, decimals) => {
    expect(minorUnits(code)).toBe(decimals);
  });

  test.each(['usd', 'XXX', 'XAU', 'DEM', 'US', '', 'USDX', 'constructor'])('%j is refused', (code) => {
    expect(minorUnits(code)).toBeUndefined();
    expect(currencyFault(code)).toMatch(/ISO 4217/);
  });
});

describe('a price', () => {
  test.each([
    ['1250.00', 'USD'],
    ['1250', 'USD'],
    ['0.01', 'USD'],
    ['1', 'JPY'],
    ['0.001', 'KWD'],
    ['9999999999999.99', 'USD'],
    ['999999999999999', 'JPY'],
    ['0000000000000000001250.00', 'USD'],
  ])('%s %s is one', (amount, currency) => {
    expect(priceFault(amount, currency)).toBeNull();
  });

  test.each([
    ['0', 'USD', /more than zero/],
    ['0.00', 'USD', /more than zero/],
    ['-1.00', 'USD', /more than zero/],
    ['-0', 'USD', /more than zero/],
    ['1.001', 'USD', /at most 2 decimals for USD, it has 3/],
    ['1.000', 'USD', /at most 2 decimals/],
    ['1.0', 'JPY', /at most 0 decimals for JPY/],
    ['1.0001', 'KWD', /at most 3 decimals/],
    ['10000000000000.00', 'USD', /at most 15 digits, it has 16/],
    ['1000000000000000', 'JPY', /at most 15 digits/],
    ['1e3', 'USD', /plain decimal/],
    ['1E-2', 'USD', /plain decimal/],
    ['NaN', 'USD', /plain decimal/],
    ['Infinity', 'USD', /plain decimal/],
    ['0x10', 'USD', /plain decimal/],
    ['1,250.00', 'USD', /plain decimal/],
    ['+1', 'USD', /plain decimal/],
    ['.5', 'USD', /plain decimal/],
    ['5.', 'USD', /plain decimal/],
    [' 5', 'USD', /plain decimal/],
    ['5\n', 'USD', /plain decimal/],
    ['١٢', 'USD', /plain decimal/],
    ['', 'USD', /plain decimal/],
    ['1.00', 'XXX', /ISO 4217/],
  ])('%j %s is none', (amount, currency, fault) => {
    expect(priceFault(amount, currency)).toMatch(fault);
  });

  test('never lets through what is not exact, positive and within 15 digits', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.double().map(String), fc.stringMatching(/^-?[0-9]{0,18}\.?[0-9]{0,6}$/)),
        fc.constantFrom('JPY', 'USD', 'KWD', 'CLF'),
        (amount, currency) => {
          fc.pre(priceFault(amount, currency) === null);
          const shown = money(amount, currency).amount;
          const decimals = minorUnits(currency) ?? 0;
          const minor = (text: string) => {
            const [whole = '', fraction = ''] = text.split('.');
            return BigInt(whole + fraction.padEnd(decimals, '0'));
          };
          expect(minor(shown)).toBe(minor(amount));
          expect(minor(shown) > 0n && minor(shown) < 10n ** BigInt(15 + decimals)).toBe(true);
          expect(shown.split('.')[1]?.length ?? 0).toBe(decimals);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('money', () => {
  test.each([
    ['1250', 'USD', '1250.00'],
    ['1250.5000', 'USD', '1250.50'],
    ['1250.0000', 'JPY', '1250'],
    ['0.0010', 'KWD', '0.001'],
    ['999999999999999', 'JPY', '999999999999999'],
    ['12345678.9012', 'USD', '12345678.9012'],
    ['1250.5000', 'JPY', '1250.5'],
  ])('%s %s is shown as %s', (amount, currency, shown) => {
    expect(money(amount, currency)).toEqual({ amount: shown, currency });
  });

  test('in an unknown currency, or of no number, is a defect', () => {
    expect(() => money('1', 'DEM')).toThrow(/DEM/);
    expect(() => money('Infinity', 'USD')).toThrow(/finite/);
  });

  test('times a count is exact', () => {
    expect(times({ amount: '0.10', currency: 'USD' }, 3)).toEqual({ amount: '0.30', currency: 'USD' });
    expect(times({ amount: '12345678.9012', currency: 'USD' }, 7).amount).toBe('86419752.3084');
    expect(times({ amount: '9999999999999.99', currency: 'USD' }, 100_000).amount).toBe(
      '999999999999999000.00',
    );
    fc.assert(
      fc.property(
        fc.bigInt(1n, 10n ** 15n - 1n),
        fc.integer({ min: 0, max: 100_000 }),
        fc.constantFrom('JPY', 'USD', 'KWD', 'CLF'),
        (minor, count, currency) => {
          const decimals = minorUnits(currency) ?? 0;
          const text = (units: bigint) => {
            const digits = units.toString().padStart(decimals + 1, '0');
            const whole = digits.slice(0, digits.length - decimals);
            return decimals === 0 ? whole : `${whole}.${digits.slice(-decimals)}`;
          };
          const total = times({ amount: text(minor), currency }, count);
          expect(total).toEqual({ amount: text(minor * BigInt(count)), currency });
        },
      ),
    );
  });

  test.each([-1, 1.5, Number.NaN, 2 ** 53])('%d containers is refused', (count) => {
    expect(() => times({ amount: '1.00', currency: 'USD' }, count)).toThrow(/whole number/);
  });
});
