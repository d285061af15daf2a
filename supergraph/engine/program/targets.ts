import type { JsonObject } from '../fetch-document.ts';
import type { PathKeys } from '../response-path.ts';
import { getOwn } from './own.ts';

/** Where a fetch's objects stand in the answer: response names, and `@` for every item of a list. */
export type FlattenPath = readonly string[];

const EVERY_ITEM = '@';

/**
 * Every object at a path, each once.
 * @param shared the values that stand at more than one place; everything else stands at one
 */
export function collectTargets(
  data: JsonObject,
  path: FlattenPath,
  shared: ReadonlySet<object>,
): JsonObject[] {
  let level: object[] = [data];
  for (const step of path) {
    const next: object[] = [];
    const seen = shared.size > 0 ? new Set<object>() : null;
    const add = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      if (seen && shared.has(value)) {
        if (seen.has(value)) return;
        seen.add(value);
      }
      next.push(value);
    };
    for (const value of level) {
      if (Array.isArray(value)) {
        if (step === EVERY_ITEM) for (const item of value) add(item);
      } else if (step !== EVERY_ITEM) add(getOwn(value as JsonObject, step));
    }
    level = next;
    if (next.length === 0) break;
  }
  return level.filter((value): value is JsonObject => !Array.isArray(value));
}

/** The places of every object at a path, for the paths of errors. */
export function placesOfTargets(data: JsonObject, path: FlattenPath): ReadonlyMap<object, PathKeys[]> {
  const places = new Map<object, PathKeys[]>();
  const walk = (value: unknown, depth: number, place: PathKeys): void => {
    if (typeof value !== 'object' || value === null) return;
    const step = path[depth];
    if (step === undefined) {
      const known = places.get(value);
      if (known) known.push(place);
      else places.set(value, [place]);
    } else if (step !== EVERY_ITEM) {
      if (!Array.isArray(value)) walk(getOwn(value as JsonObject, step), depth + 1, [...place, step]);
    } else if (Array.isArray(value)) {
      value.forEach((item, index) => walk(item, depth + 1, [...place, index]));
    }
  };
  walk(data, 0, []);
  return places;
}
