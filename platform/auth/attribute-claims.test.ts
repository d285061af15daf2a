import { describe, expect, it } from 'vitest';
import { readAssurance, readRegions } from './attribute-claims.ts';

describe('regions', () => {
  it('are codes', () => {
    expect(readRegions(['EU', 'US-CA'])).toEqual(new Set(['EU', 'US-CA']));
  });

  it.each([
    undefined,
    null,
    'EU',
    { 0: 'EU', length: 1 },
    ['EU', 7],
    ['eu'],
    ['*'],
    ['EU '],
    [['EU']],
    Array.from({ length: 51 }, () => 'EU'),
  ])('of %j are none', (claim) => {
    expect(readRegions(claim)).toEqual(new Set());
  });
});

describe('assurance', () => {
  it.each([
    [undefined, undefined, 'AAL1'],
    [undefined, ['pwd'], 'AAL1'],
    [undefined, ['pwd', 'otp', 'mfa'], 'AAL2'],
    [undefined, ['hwk', 'mfa'], 'AAL3'],
    [undefined, ['hwk'], 'AAL1'],
    [undefined, 'mfa', 'AAL1'],
    ['aal2', undefined, 'AAL2'],
    ['http://idmanagement.gov/ns/assurance/aal/3', undefined, 'AAL3'],
    ['aal1', ['mfa'], 'AAL1'],
    ['0', ['mfa'], 'AAL2'],
    ['aal4', undefined, 'AAL1'],
    ['xaal2', undefined, 'AAL1'],
    [['aal2'], undefined, 'AAL1'],
  ])('of acr %j and amr %j is %s', (acr, amr, level) => {
    expect(readAssurance(acr, amr)).toBe(level);
  });
});
