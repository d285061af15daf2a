import { Ajv } from 'ajv';
import type { ErrorObject, SchemaValidateFunction, ValidateFunction } from 'ajv';
import { eventTypes } from './codes.ts';
import type { EventType } from './codes.ts';
import type { DcsaEvent } from './event.ts';
import { derivedEventID } from './event-id.ts';
import { baseEventSchema, eventSchemas } from './event-schema.ts';
import { WHOLE_EVENT, describeValue, fieldOfPointer, joinField } from './fault.ts';
import type { FieldFault } from './fault.ts';
import { areTimesPlausible, implausibleTimes } from './plausible-times.ts';
import { mayBeUnstorable, unstorableFault } from './storable.ts';
import { valueChecks } from './value-checks.ts';
import type { ValueCheck } from './value-checks.ts';

/**
 * Either the event, as JSON too, with its id, lower case, derived from the content when the reporter gave none; or its
 * faults.
 */
export type Validation =
  | { ok: true; event: DcsaEvent; eventID: string; text: string }
  | { ok: false; faults: [FieldFault, ...FieldFault[]] };

/** Ours: faults reported for one event, and the size of an event as JSON. */
const MAX_FAULTS = 20;
const MAX_EVENT_LENGTH = 64 * 1024;

const runCheck: SchemaValidateFunction = (check: ValueCheck, text: string) => {
  const message = valueChecks[check](text);
  runCheck.errors = message === null ? [] : [{ keyword: 'check', message }];
  return message === null;
};
const CHECK = { keyword: 'check', type: 'string', schemaType: 'string' } as const;

// Most events are valid: the first look only tells whether they are.
const judging = new Ajv({ strictRequired: false });
judging.addKeyword({
  ...CHECK,
  compile: (check: ValueCheck) => (text: string) => valueChecks[check](text) === null,
});
const explaining = new Ajv({ allErrors: true, verbose: true, strictRequired: false });
explaining.addKeyword({ ...CHECK, validate: runCheck });

const judges = compileWith(judging);
const explainers = compileWith(explaining);
const explainBase = explaining.compile(baseEventSchema);

function compileWith(ajv: Ajv): Readonly<Record<EventType, ValidateFunction>> {
  return Object.fromEntries(
    eventTypes.map((eventType) => [eventType, ajv.compile(eventSchemas[eventType])]),
  ) as Record<EventType, ValidateFunction>;
}

/**
 * Validates one event against the contract of DCSA Track & Trace 2.2, the standards that it names (UN/LOCODE, IMO
 * number, ISO 6346) and our bounds. `eventType` decides which kind of event it is held against.
 *
 * @param event a value from JSON, of a depth that the door has bounded.
 * @param now milliseconds since 1970 UTC, for the bounds on times.
 */
export function validateEvent(event: unknown, now: number): Validation {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    return refuse({ field: WHOLE_EVENT, value: describeValue(event), reason: 'expected an object' });
  }
  const text = JSON.stringify(event);
  if (text.length > MAX_EVENT_LENGTH) {
    const reason = `${text.length} characters of JSON: expected at most ${MAX_EVENT_LENGTH}`;
    return refuse({ field: WHOLE_EVENT, value: describeValue(event), reason });
  }
  if (mayBeUnstorable(text)) {
    const unstorable = unstorableFault(event);
    if (unstorable !== null) return refuse(unstorable);
  }

  const eventType = knownTypeOf(event);
  const isValid = eventType !== null && judges[eventType](event) && areTimesPlausible(event, now);
  if (!isValid) {
    const explain = eventType === null ? explainBase : explainers[eventType];
    explain(event);
    const [first, ...others] = onePerField([
      ...(explain.errors ?? []).map(faultOfAjvError),
      ...implausibleTimes(event, now),
    ]);
    if (first !== undefined) return refuse(first, ...others);
  }
  const valid = event as DcsaEvent;
  return { ok: true, event: valid, eventID: valid.eventID?.toLowerCase() ?? derivedEventID(valid), text };
}

function refuse(...faults: [FieldFault, ...FieldFault[]]): Validation {
  return { ok: false, faults };
}

function knownTypeOf({ eventType }: { readonly eventType?: unknown }): EventType | null {
  return eventTypes.find((candidate) => candidate === eventType) ?? null;
}

function onePerField(faults: FieldFault[]): FieldFault[] {
  const byField = new Map<string, FieldFault>();
  for (const fault of faults) if (!byField.has(fault.field)) byField.set(fault.field, fault);
  return [...byField.values()].slice(0, MAX_FAULTS);
}

function faultOfAjvError(error: ErrorObject): FieldFault {
  const field = fieldOfPointer(error.instancePath);
  if (error.keyword === 'required') {
    const missing = String(error.params.missingProperty);
    return { field: joinField(field, missing), value: null, reason: 'is missing' };
  }
  return { field, value: describeValue(error.data), reason: reasonOf(error) };
}

function reasonOf(error: ErrorObject): string {
  switch (error.keyword) {
    case 'enum':
      return `expected one of ${(error.params.allowedValues as string[]).join(', ')}`;
    case 'type': {
      const type = String(error.params.type);
      return `expected ${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
    }
    case 'maxLength':
      return `expected at most ${error.params.limit} characters`;
    case 'minLength':
      return 'expected a text that is not empty';
    case 'maxItems':
      return `expected at most ${error.params.limit} entries`;
    case 'minimum':
    case 'maximum':
      return `expected a number ${error.params.comparison} ${error.params.limit}`;
    default:
      return error.message ?? `expected a value that satisfies ${error.keyword}`;
  }
}
