import { isRecord } from '#platform/is-record.ts';
import { type JsonObject } from '../fetch-document.ts';
import { isInherited, setOwn } from './own.ts';

/**
 * Adds what a subgraph delivered to what is known of the same object. Values are taken over, not copied: one answer
 * for several places becomes one value at all of them.
 * @param shared takes every list and object that is taken over; null when nobody else takes it
 */
export function merge(target: JsonObject, source: JsonObject, shared: Set<object> | null): void {
  for (const key of Object.keys(source)) {
    const value = source[key];
    if (value === undefined) continue;
    const present = isInherited(key) && !Object.hasOwn(target, key) ? undefined : target[key];
    if (present !== null && typeof present === 'object' && value !== null && typeof value === 'object') {
      if (present === value) continue;
      if (Array.isArray(value)) {
        if (Array.isArray(present) && present.length === value.length) {
          mergeItems(present, value, shared);
          continue;
        }
      } else if (!Array.isArray(present)) {
        merge(present as JsonObject, value as JsonObject, shared);
        continue;
      }
    }
    if (shared && typeof value === 'object' && value !== null) shared.add(value);
    setOwn(target, key, value);
  }
}

function mergeItems(target: unknown[], source: readonly unknown[], shared: Set<object> | null): void {
  for (let index = 0; index < source.length; index += 1) {
    const value = source[index];
    const present = target[index];
    if (isRecord(present) && isRecord(value)) {
      if (present !== value) merge(present, value, shared);
    } else if (Array.isArray(present) && Array.isArray(value) && present.length === value.length) {
      mergeItems(present, value, shared);
    } else {
      if (shared && typeof value === 'object' && value !== null) shared.add(value);
      target[index] = value;
    }
  }
}
