/** What is wrong with one field of an event. */
export interface FieldFault {
  /** Path of the field, such as `transportCall.vessel.vesselIMONumber` or `references[1].referenceType`. */
  field: string;
  /** The value found: a number or boolean as it is, text cut short, anything larger described; null when missing. */
  value: string | number | boolean | null;
  /** What was expected. */
  reason: string;
}

/** The name that stands for the whole event where no single field is at fault. */
export const WHOLE_EVENT = 'event';

const MAX_TEXT = 100;

/** A value for an answer or a log: short, and no more than its caller sent. */
export function describeValue(value: unknown): FieldFault['value'] {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'string') return value.length <= MAX_TEXT ? value : `${value.slice(0, MAX_TEXT)}…`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return 'an object';
}

/** Turns a JSON pointer (RFC 6901) into the path of a field: `/references/1/referenceType` to `references[1].referenceType`. */
export function fieldOfPointer(pointer: string): string {
  if (pointer === '') return WHOLE_EVENT;
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, token) => joinField(path, token), '');
}

/** Appends a property name or an index to the path of a field. */
export function joinField(path: string, token: string): string {
  const name = token.length <= MAX_TEXT ? token : `${token.slice(0, MAX_TEXT)}…`;
  if (/^\d+$/.test(name) && path !== '') return `${path}[${name}]`;
  return path === '' || path === WHOLE_EVENT ? name : `${path}.${name}`;
}
