/** Letters that Unicode doesn't decompose, as people without them on the keyboard write them. */
const SPELT_OUT: ReadonlyMap<string, string> = new Map([
  ['æ', 'ae'],
  ['œ', 'oe'],
  ['ø', 'o'],
  ['ł', 'l'],
  ['đ', 'd'],
  ['ð', 'd'],
  ['þ', 'th'],
  ['ß', 'ss'],
  ['ı', 'i'],
]);

/**
 * A name as it is searched and ordered by: lower case, without accents, nothing but letters, digits and single spaces
 * between words, so that it holds no LIKE wildcard. "MSC Gülsün" becomes "msc gulsun".
 */
export function searchText(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[æœøłđðþßı]/g, (letter) => SPELT_OUT.get(letter) ?? letter)
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
