import { describe, expect, test } from 'vitest';
import { imoCheckDigit, imoNumberFault } from './imo-number.ts';
import { countryCodeFault } from './iso3166.ts';
import { containerCheckDigit, equipmentReferenceFault, isContainerNumber } from './iso6346.ts';
import { canonicalPlace, codesOfPlace, isSamePlace } from './port-aliases.ts';
import { unLocodeFault } from './un-locode.ts';

describe('container numbers', () => {
  test('have the check digit of ISO 6346', () => {
    // The standard's own example, and others in use.
    expect(containerCheckDigit('CSQU305438')).toBe(3);
    expect(containerCheckDigit('MSKU907032')).toBe(3);
    expect(containerCheckDigit('APZU481209')).toBe(0);
    expect(isContainerNumber('CSQU3054383')).toBe(true);
    expect(isContainerNumber('CSQU3054384')).toBe(false);
    expect(isContainerNumber('CSQA3054383')).toBe(false);
    expect(isContainerNumber('csqu3054383')).toBe(false);
    expect(isContainerNumber('CSQU3054383\n')).toBe(false);
    expect(() => containerCheckDigit('CSQU-05438')).toThrow('character 5 must be A–Z or 0–9');
  });

  test('count a remainder of 10 as 0', () => {
    const withRemainder10 = Array.from(
      { length: 1_000 },
      (_, index) => `ABCU${String(100_000 + index)}`,
    ).filter((identification) => remainder(identification) === 10);
    expect(withRemainder10.length).toBeGreaterThan(0);
    for (const identification of withRemainder10) expect(containerCheckDigit(identification)).toBe(0);
  });

  test('that are not quite right are told what was expected; other identifications pass', () => {
    expect(equipmentReferenceFault('APZU4812090')).toBeNull();
    expect(equipmentReferenceFault('APZU2134567')).toBe(
      'the last digit is not the ISO 6346 check digit of APZU213456: expected 4',
    );
    expect(equipmentReferenceFault('APZU481209')).toContain('four letters and seven digits');
    expect(equipmentReferenceFault('FLAT-RACK 12/7')).toBeNull();
    for (const wrong of ['', ' ', 'apzu4812090', 'APZÜ4812090', '-A', 'A\n']) {
      expect(equipmentReferenceFault(wrong), wrong).toContain('expected an ISO 6346 container number');
    }
  });

  function remainder(identification: string): number {
    const letters = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ');
    const letterValue = (letter: string) => {
      let value = 10;
      for (const each of letters) {
        if (value % 11 === 0) value++;
        if (each === letter) return value;
        value++;
      }
      throw new Error(letter);
    };
    const sum = Array.from(identification).reduce(
      (total, character, index) =>
        total + (/\d/.test(character) ? Number(character) : letterValue(character)) * 2 ** index,
      0,
    );
    return sum % 11;
  }
});

test('IMO numbers have their check digit', () => {
  expect(imoCheckDigit('907472')).toBe(9);
  for (const right of ['9074729', '9321483', '1234567']) expect(imoNumberFault(right)).toBeNull();
  expect(imoNumberFault('9321484')).toBe('the last digit is not the IMO check digit of 932148: expected 3');
  for (const wrong of ['', '932148', '93214833', 'IMO9321483', '932148a']) {
    expect(imoNumberFault(wrong), wrong).toBe('expected an IMO ship number: seven digits');
  }
});

test('country codes are those of ISO 3166-1', () => {
  for (const code of ['DE', 'CN', 'US', 'ZW', 'AF', 'SX']) expect(countryCodeFault(code)).toBeNull();
  for (const code of ['XY', 'de', 'UK', 'EU', 'XK', '', 'DEU']) {
    expect(countryCodeFault(code), code).toContain('ISO 3166-1');
  }
});

test('UN/LOCODEs begin with a country', () => {
  for (const code of ['CNSHA', 'FRPAR', 'USLAX', 'XZ2AB', 'ANCUR', 'GB2AA'])
    expect(unLocodeFault(code)).toBeNull();
  expect(unLocodeFault('XYABC')).toBe(
    'the UN/LOCODE begins with XY, which is not an ISO 3166-1 country code',
  );
  for (const code of ['cnsha', 'CNSH', 'CNSHAX', 'CNS1A', 'CNS0A', 'CN SHA', 'CNSHÄ', '']) {
    expect(unLocodeFault(code), code).toContain('two letters and three of A–Z and 2–9');
  }
});

test('a port is the same under each of its codes', () => {
  expect(canonicalPlace('CNSGH')).toBe('CNSHA');
  expect(canonicalPlace('NLRTM')).toBe('NLRTM');
  expect(codesOfPlace('CNSGH')).toEqual(['CNSHA', 'CNSGH']);
  expect(isSamePlace('CNSGH', 'CNSHA')).toBe(true);
  expect(isSamePlace(null, null)).toBe(false);
});
