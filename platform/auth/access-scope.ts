import type { Caller } from './caller.ts';

/**
 * Everything of a caller that may change what it sees, as a text: equal for callers who see the same. Left out is only
 * what says which person or program it is, what it is called and which token it holds; a claim that is added to `Caller` later counts
 * until it is left out here. Rules for reading may therefore depend on any claim but not on the subject; a field that
 * does has to say so (`@tag(name: "personal")`, see docs/live.md).
 * @param caller null: without a token
 */
export function accessScope(caller: Caller | null): string {
  if (caller === null) return 'public';
  const {
    subject: _subject,
    name: _name,
    tokenId: _tokenId,
    expiresAt: _expiresAt,
    token: _token,
    ...scope
  } = caller;
  return JSON.stringify(canonical(scope));
}

/** Sets and lists of claims have no order; neither have the properties of an object. */
function canonical(value: unknown): unknown {
  if (value instanceof Set || Array.isArray(value)) {
    return [...(value as Iterable<unknown>)].map((item) => JSON.stringify(canonical(item))).sort();
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, item]) => [name, canonical(item)]);
}
