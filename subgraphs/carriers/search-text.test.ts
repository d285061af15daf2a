import { expect, test } from 'vitest';
import { ApiError } from '#platform/errors.ts';
import { readSearchTerm } from './search-term.ts';
import { searchText } from './search-text.ts';

test.each([
  ['MSC Gülsün', 'msc gulsun'],
  ['Mærsk Mc-Kinney Møller', 'maersk mc kinney moller'],
  ['Hakata/Fukuoka', 'hakata fukuoka'],
  ['Panjang (Lampung, Sumatra)', 'panjang lampung sumatra'],
  ['  CMA   CGM ', 'cma cgm'],
  ['ĐÀ NẴNG', 'da nang'],
])('%s is searched as %s', (name, expected) => {
  expect(searchText(name)).toBe(expected);
});

test('a search holds no wildcard but its own', () => {
  expect(readSearchTerm('50%_\\')).toEqual({
    start: '50%',
    word: '% 50%',
    anywhere: '%50%',
    code: '50',
    codeStart: '50%',
  });
});

test('a UN/LOCODE with a space is still a code', () => {
  expect(readSearchTerm('cn sha')).toMatchObject({ code: 'CNSHA', codeStart: 'CNSHA%', start: 'cn sha%' });
});

test('no search is none', () => {
  expect(readSearchTerm(undefined)).toBeNull();
  expect(readSearchTerm(null)).toBeNull();
});

test.each(['', 'a', ' a ', '%%', '\u0000\u0000', 'x'.repeat(101)])('a search for %j is refused', (search) => {
  expect(() => readSearchTerm(search)).toThrow(ApiError);
  expect(() => readSearchTerm(search)).toThrow(/^search is ".*…?: expected 2 to 100 characters/);
});
