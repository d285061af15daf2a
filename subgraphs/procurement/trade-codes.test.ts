import { describe, expect, test } from 'vitest';
import { scacFault, sizeTypeFault, unLocodeFault } from './trade-codes.ts';

describe('UN/LOCODE', () => {
  test.each(['CNSHA', 'NLRTM', 'USLAX', 'DE2AB'])('%s passes', (code) => {
    expect(unLocodeFault(code)).toBeNull();
  });
  test.each(['cnsha', 'CNSH', 'CNSHAX', 'CN SHA', 'CN1AB', 'CN0AB', '12ABC', '', 'CNSHA\n'])(
    '%j fails',
    (code) => {
      expect(unLocodeFault(code)).toMatch(/expected a UN\/LOCODE/);
    },
  );
  test('of no country fails', () => {
    expect(unLocodeFault('QQABC')).toMatch(/QQ, which is no country/);
  });
});

describe('ISO 6346 size and type', () => {
  test.each(['22G1', '42G1', '45G1', '45R1', '22GP', 'L5G1', '22U1', '22T6', '42P3', '45RE'])(
    '%s passes',
    (code) => {
      expect(sizeTypeFault(code)).toBeNull();
    },
  );
  test.each(['22g1', '52G1', '23G1', '22X1', '22G', '22G11', '40HC', '20DV', '', '22G1\n'])(
    '%j fails',
    (code) => {
      expect(sizeTypeFault(code)).toMatch(/ISO 6346/);
    },
  );
});

describe('SCAC', () => {
  test.each(['HLCU', 'MAEU', 'ONEY', 'UP', 'ABC'])('%s passes', (code) => {
    expect(scacFault(code)).toBeNull();
  });
  test.each(['hlcu', 'H', 'HLCUX', 'HLC1', '', 'HLCU '])('%j fails', (code) => {
    expect(scacFault(code)).toMatch(/expected a SCAC/);
  });
});
