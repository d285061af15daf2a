import { WHOLE_EVENT, describeValue, joinField } from './fault.ts';
import type { FieldFault } from './fault.ts';

/** NUL, or half of a surrogate pair standing alone: JSON may carry them, PostgreSQL can't store them. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/**
 * Whether an event may hold anything that the database can't: a look at its JSON that is quick and errs on the safe
 * side. What JSON has to escape is there as an escape, and a number that is too large as null.
 */
export function mayBeUnstorable(json: string): boolean {
  return json.includes('\\u0000') || json.includes('\\ud') || json.includes('null');
}

/**
 * The first text or number in an event, at any depth, that JSON can write but the database can't hold; null when all
 * can be held.
 *
 * @param event a value from JSON, of a depth that the door has bounded.
 */
export function unstorableFault(event: unknown, field = ''): FieldFault | null {
  if (typeof event === 'string') return UNSTORABLE.test(event) ? textFault(field, event) : null;
  if (typeof event === 'number' && !Number.isFinite(event)) {
    return { field, value: String(event), reason: 'expected a number below 1.8e308' };
  }
  if (typeof event !== 'object' || event === null) return null;
  for (const [key, value] of Object.entries(event)) {
    if (UNSTORABLE.test(key)) return textFault(field, key);
    const found = unstorableFault(value, joinField(field, key));
    if (found !== null) return found;
  }
  return null;
}

function textFault(field: string, text: string): FieldFault {
  const printable = text.replaceAll(/[\0\p{Surrogate}]/gu, '\u{fffd}');
  return {
    field: field === '' ? WHOLE_EVENT : field,
    value: describeValue(printable),
    reason: 'expected text without NUL characters and unpaired surrogates',
  };
}
