import { RESUME_ARGUMENT } from './live-field.ts';

/** A subscriber may be found in this many places: one for each value of a list that it gives. */
export const MAX_PLACES = 1_000;

type Values = Readonly<Record<string, unknown>>;

/** The subscribers who gave the same arguments, by the values that they gave. */
interface Shape<T> {
  readonly names: readonly string[];
  readonly byValues: Map<string, Set<T>>;
  /** Everyone, also who gave an empty list and is found nowhere. */
  readonly items: Set<T>;
}

/**
 * Finds those who asked for an event without looking at the others. An event is asked for when every argument that was
 * given equals the event's value under that name or, for a list, one of its items does. An argument that is null was
 * not given, and the one that says where to resume never narrows.
 */
export class MatchIndex<T> {
  readonly #shapes = new Map<string, Shape<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @param given the arguments of a subscription field, by name */
  add(given: Values, item: T): void {
    const names = givenNames(given);
    const key = JSON.stringify(names);
    let shape = this.#shapes.get(key);
    if (!shape) {
      shape = { names, byValues: new Map(), items: new Set() };
      this.#shapes.set(key, shape);
    }
    shape.items.add(item);
    for (const values of combinations(names, given)) {
      const items = shape.byValues.get(values);
      if (items) items.add(item);
      else shape.byValues.set(values, new Set([item]));
    }
    this.#size += 1;
  }

  /** @param given as it was added */
  delete(given: Values, item: T): void {
    const names = givenNames(given);
    const key = JSON.stringify(names);
    const shape = this.#shapes.get(key);
    if (!shape?.items.delete(item)) return;
    for (const values of combinations(names, given)) {
      const items = shape.byValues.get(values);
      if (items?.delete(item) && items.size === 0) shape.byValues.delete(values);
    }
    if (shape.items.size === 0) this.#shapes.delete(key);
    this.#size -= 1;
  }

  /** Those who asked for an event, each once. */
  find(match: Readonly<Record<string, string>>): T[] {
    const found: T[] = [];
    for (const { names, byValues } of this.#shapes.values()) {
      const values: string[] = [];
      for (const name of names) if (Object.hasOwn(match, name)) values.push(match[name] ?? '');
      // What an event doesn't say equals nothing.
      if (values.length < names.length) continue;
      const items = byValues.get(JSON.stringify(values));
      if (items) found.push(...items);
    }
    return found;
  }

  /** Everyone, each once. */
  all(): T[] {
    return [...this.#shapes.values()].flatMap(({ items }) => [...items]);
  }
}

/** Whether an event was asked for. */
export function isAskedFor(given: Values, match: Readonly<Record<string, string>>): boolean {
  return givenNames(given).every((name) => {
    const value = Object.hasOwn(match, name) ? match[name] : undefined;
    return value !== undefined && textsOf(given[name]).includes(value);
  });
}

/** In how many places a subscriber would be found: the product of the lengths of the lists that it gives. */
export function placesOf(given: Values): number {
  return givenNames(given).reduce((product, name) => product * textsOf(given[name]).length, 1);
}

function givenNames(given: Values): string[] {
  return Object.keys(given)
    .filter((name) => name !== RESUME_ARGUMENT && given[name] !== null && given[name] !== undefined)
    .sort();
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? [...new Set(value.map(textOf))] : [textOf(value)];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The values under which a subscriber is found, as texts. */
function combinations(names: readonly string[], given: Values): string[] {
  let found: string[][] = [[]];
  for (const name of names) {
    found = found.flatMap((values) => textsOf(given[name]).map((value) => [...values, value]));
  }
  return found.map((values) => JSON.stringify(values));
}
