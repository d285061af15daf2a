import type { JsonObject } from '../fetch-document.ts';
import type { Representations } from './representation.ts';

/** Entities with the same representation; they are asked for once. */
export interface Wanted {
  readonly representation: string;
  /** The objects that take the answer. */
  readonly takers: JsonObject[];
}

/** One level for each field of a key, by value, so that no text is made for an entity that was seen before. */
type Level = Map<unknown, Level | Wanted>;

/**
 * Groups entities by what a subgraph needs to know of them; leaves out those of which not all of it is known.
 * @param byType whether entities of different types are kept apart even if their representations are equal
 */
export function groupEntities(
  entities: readonly JsonObject[],
  representations: Representations,
  byType: boolean,
): Wanted[] {
  const groups: Wanted[] = [];
  const plain = new Map<readonly string[], Level>();
  const texts = new Map<string, Wanted>();
  const begin = (representation: string, entity: JsonObject): Wanted => {
    const group = { representation, takers: [entity] };
    groups.push(group);
    return group;
  };
  for (const entity of entities) {
    const { fields, write } = representations(entity.__typename);
    if (fields) {
      const level: Level = plain.get(fields) ?? new Map<unknown, Level | Wanted>();
      plain.set(fields, level);
      const known = descend(level, fields, entity);
      if (known === null) continue;
      const value = entity[fields[fields.length - 1] ?? ''];
      const group = known.get(value) as Wanted | undefined;
      if (group) group.takers.push(entity);
      else {
        const representation = write(entity);
        if (representation !== null) known.set(value, begin(representation, entity));
      }
      continue;
    }
    const representation = write(entity);
    if (representation === null) continue;
    const key = byType ? `${String(entity.__typename)} ${representation}` : representation;
    const group = texts.get(key);
    if (group) group.takers.push(entity);
    else texts.set(key, begin(representation, entity));
  }
  return groups;
}

/** @returns the level of the last field; null when a field is missing */
function descend(level: Level, fields: readonly string[], entity: JsonObject): Level | null {
  let current = level;
  for (let index = 0; index < fields.length - 1; index += 1) {
    const value = entity[fields[index] ?? ''];
    if (value === undefined) return null;
    let next = current.get(value) as Level | undefined;
    if (!next) {
      next = new Map();
      current.set(value, next);
    }
    current = next;
  }
  return current;
}
