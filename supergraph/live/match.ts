import type { LiveEnvelope } from '#platform/live-events.ts';
import { RESUME_ARGUMENT, type Interest } from './live-field.ts';

/**
 * Whether a subscriber asked for an event: every argument that it gave equals the event's value under that name, or,
 * for a list, one of its items does. An argument that is null was not given.
 */
export function matches(interest: Interest, envelope: LiveEnvelope): boolean {
  return Object.entries(interest.arguments).every(([name, wanted]) => {
    if (name === RESUME_ARGUMENT || wanted === null || wanted === undefined) return true;
    const value = Object.hasOwn(envelope.match, name) ? envelope.match[name] : undefined;
    return Array.isArray(wanted) ? wanted.some((item) => textOf(item) === value) : textOf(wanted) === value;
  });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
