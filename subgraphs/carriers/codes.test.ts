import { expect, test } from 'vitest';
import {
  listedForm,
  parseCarrierId,
  parseScac,
  parseSmdgCode,
  parseUnLocode,
  requireImoNumber,
  requireUnLocode,
} from './codes.ts';
import { parseImoNumber } from './imo-number.ts';

test.each([
  [parseUnLocode, 'CNSHA', 'CNSHA'],
  [parseUnLocode, ' cn sha ', 'CNSHA'],
  [parseUnLocode, 'USNY2', 'USNY2'],
  [parseUnLocode, 'CNSH1', null],
  [parseUnLocode, 'C NSHA', null],
  [parseUnLocode, 'CNSHAN', null],
  [parseUnLocode, 'CNSHA\n', 'CNSHA'],
  [parseUnLocode, 5, null],
  [parseScac, 'hlcu', 'HLCU'],
  [parseScac, 'HL', 'HL'],
  [parseScac, 'H', null],
  [parseScac, 'HL CU', null],
  [parseScac, 'HLCUX', null],
  [parseScac, null, null],
  [parseSmdgCode, 'hlc', 'HLC'],
  [parseSmdgCode, 'HL', null],
  [parseCarrierId, 'E9150C7D-3A6B-4D81-B2C7-1D4F8A0B9C05', 'e9150c7d-3a6b-4d81-b2c7-1d4f8a0b9c05'],
  [parseCarrierId, 'e9150c7d', null],
  [parseImoNumber, '9321483', '9321483'],
  [parseImoNumber, 'IMO 9321483', '9321483'],
  [parseImoNumber, '9321484', null],
  [parseImoNumber, '932148', null],
  [parseImoNumber, undefined, null],
] as const)('%o reads %j as %j', (parse, given, expected) => {
  expect(parse(given)).toBe(expected);
});

test('a key is taken only in its listed form', () => {
  expect(listedForm(parseUnLocode, 'CNSGH')).toBe('CNSGH');
  expect(listedForm(parseUnLocode, 'cnsgh')).toBeNull();
  expect(listedForm(parseScac, undefined)).toBeNull();
});

test('an error names the field, the value and what was expected', () => {
  expect(() => requireUnLocode('unlocode', 'Shanghai')).toThrow(
    expect.objectContaining({
      code: 'BAD_USER_INPUT',
      message:
        'unlocode is "Shanghai": expected a UN/LOCODE: two letters of the country and three of A–Z and 2–9',
    }),
  );
  expect(() => requireImoNumber('imo', '9321484')).toThrow(/^imo is "9321484": expected an IMO number/);
});
