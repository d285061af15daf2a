import { WHOLE_EVENT, describeValue, joinField } from './fault.ts';
import type { FieldFault } from './fault.ts';

/** NUL, or half of a surrogate pair standing alone: JSON may carry them, PostgreSQL can't store them. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/**
 * The first text in an event, key or value at any depth, that the database can't hold; null when all can be held.
 *
 * @param event a value from JSON, of a depth that the door has bounded.
 */
export function unstorableTextFault(event: unknown, field = ''): FieldFault | null {
  if (typeof event === 'string') {
    return UNSTORABLE.test(event) ? fault(field, event) : null;
  }
  if (typeof event !== 'object' || event === null) return null;
  for (const [key, value] of Object.entries(event)) {
    if (UNSTORABLE.test(key)) return fault(field, key);
    const found = unstorableTextFault(value, joinField(field, key));
    if (found !== null) return found;
  }
  return null;
}

function fault(field: string, text: string): FieldFault {
  const printable = text.replaceAll(/[\0\p{Surrogate}]/gu, '\u{fffd}');
  return {
    field: field === '' ? WHOLE_EVENT : field,
    value: describeValue(printable),
    reason: 'expected text without NUL characters and unpaired surrogates',
  };
}
