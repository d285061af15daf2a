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
 * A name as it is searched and ordered by: lower case, without accents, single spaces. "MSC Gülsün" becomes
 * "msc gulsun".
 */
export function searchText(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[æœøłđðþßı]/g, (letter) => SPELT_OUT.get(letter) ?? letter)
    .replace(/\s+/g, ' ')
    .trim();
}

/** A LIKE pattern in which no character of `text` is a wildcard (with the default escape, a backslash). */
export function likeLiteral(text: string): string {
  return text.replace(/[\\%_]/g, (wildcard) => `\\${wildcard}`);
}
