import { expect, test } from 'vitest';
import { parseCarrierId, parseScac, parseSmdgCode } from '../codes.ts';
import { parseImoNumber } from '../imo-number.ts';
import { REFERENCE_CARRIERS } from './carriers.ts';
import { REFERENCE_VESSELS } from './vessels.ts';

const unique = (values: readonly string[]): boolean => new Set(values).size === values.length;

test('carriers have codes of their form, each its own', () => {
  for (const { id, scac, smdgCode } of REFERENCE_CARRIERS) {
    expect([parseCarrierId(id), parseScac(scac), parseSmdgCode(smdgCode)]).toEqual([id, scac, smdgCode]);
  }
  expect(unique(REFERENCE_CARRIERS.map(({ id }) => id))).toBe(true);
  expect(unique(REFERENCE_CARRIERS.map(({ scac }) => scac))).toBe(true);
  expect(unique(REFERENCE_CARRIERS.map(({ smdgCode }) => smdgCode))).toBe(true);
});

test('vessels have right IMO numbers, each its own, a carrier, and plausible figures', () => {
  const scacs = new Set(REFERENCE_CARRIERS.map(({ scac }) => scac));
  for (const { imo, operator, capacityTeu, serviceSpeedKnots } of REFERENCE_VESSELS) {
    expect(parseImoNumber(imo)).toBe(imo);
    expect(scacs).toContain(operator);
    expect(capacityTeu ?? 10_000).toSatisfy((teu: number) => teu > 1_000 && teu < 25_000);
    expect(serviceSpeedKnots ?? 20).toSatisfy((knots: number) => knots >= 15 && knots <= 26);
  }
  expect(unique(REFERENCE_VESSELS.map(({ imo }) => imo))).toBe(true);
  expect(unique(REFERENCE_VESSELS.map(({ name }) => name))).toBe(true);
});

test.each(['HLCU', 'ONEY', 'MAEU', 'MSCU', 'CMDU', 'COSU'])('%s has three vessels or more', (scac) => {
  expect(REFERENCE_VESSELS.filter(({ operator }) => operator === scac).length).toBeGreaterThanOrEqual(3);
});
