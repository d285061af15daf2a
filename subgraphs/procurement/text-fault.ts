// Control characters and halves of a surrogate pair: Postgres can't store some of them, and a reference that differs
// from another only in what can't be seen misleads.
const UNSTORABLE = /[\p{Cc}\p{Cs}]/u;

/**
 * What is wrong with a line of text, or null when nothing is.
 *
 * @param most characters (code points) at most; at least one is needed.
 */
export function textFault(text: string, most: number): string | null {
  const { length } = Array.from(text);
  if (length < 1 || length > most) return `expected 1 to ${most} characters, it has ${length}`;
  if (UNSTORABLE.test(text)) return 'expected no control characters';
  return text.trim() === text ? null : 'expected no space at its start or end';
}
