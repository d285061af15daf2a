import { isRecord } from '#platform/is-record.ts';
import type { FetchNode } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import { type JsonObject } from '../fetch-document.ts';
import { getOwn } from './own.ts';
import type { FlattenPath } from './targets.ts';
import { isOfType } from './type-condition.ts';

/** Entities that are given the same values of their surroundings as arguments. */
export interface Surrounded {
  readonly entities: JsonObject[];
  /** The values by variable. */
  readonly variables: JsonObject;
}

/** Groups the objects at a path by what `@fromContext` takes from the objects around them. */
export type Surroundings = (data: JsonObject, path: FlattenPath) => readonly Surrounded[];

interface Source {
  readonly variable: string;
  /** How many objects up. */
  readonly up: number;
  /** The type that the object there must be of; null: any. */
  readonly condition: string | null;
  readonly fields: readonly string[];
}

const UP = '..';
const FRAGMENT = '... on ';

/** @returns null when the fetch takes nothing of its surroundings */
export function compileSurroundings(
  schema: GraphQLSchema,
  rewrites: FetchNode['contextRewrites'],
): Surroundings | null {
  if (!rewrites || rewrites.length === 0) return null;
  const sources = rewrites.map(({ path, renameKeyTo }): Source => {
    const steps = path.map(String);
    const up = steps.filter((step) => step === UP).length;
    const conditions = steps.filter((step) => step.startsWith(FRAGMENT));
    return {
      variable: renameKeyTo,
      up,
      condition: conditions[0]?.slice(FRAGMENT.length) ?? null,
      fields: steps.filter((step) => step !== UP && !step.startsWith(FRAGMENT)),
    };
  });
  const variablesOf = (ancestors: readonly JsonObject[]): JsonObject | null => {
    const variables: JsonObject = {};
    for (const { variable, up, condition, fields } of sources) {
      const around = ancestors[ancestors.length - up];
      if (!around || (condition !== null && !isOfType(schema, around.__typename ?? condition, condition)))
        continue;
      const value = fields.reduce<unknown>(valueAt, around);
      if (value !== undefined) variables[variable] = value;
    }
    // Where something isn't known, why is among the failures already.
    return sources.every(({ variable }) => Object.hasOwn(variables, variable)) ? variables : null;
  };
  return (data, path) => {
    const groups = new Map<string, Surrounded>();
    for (const { entity, ancestors } of withAncestors(data, path)) {
      const variables = variablesOf(ancestors);
      if (!variables) continue;
      const key = JSON.stringify(variables);
      const group = groups.get(key);
      if (group) group.entities.push(entity);
      else groups.set(key, { entities: [entity], variables });
    }
    return [...groups.values()];
  };
}

function valueAt(value: unknown, field: string): unknown {
  if (value === null) return null;
  if (Array.isArray(value)) return value.map((item: unknown) => valueAt(item, field));
  return isRecord(value) ? getOwn(value, field) : undefined;
}

/** The objects at a path, each with those that it stands in, the outermost first. */
function* withAncestors(
  data: JsonObject,
  path: FlattenPath,
): Generator<{ readonly entity: JsonObject; readonly ancestors: readonly JsonObject[] }> {
  function* walk(
    value: unknown,
    depth: number,
    ancestors: readonly JsonObject[],
  ): ReturnType<typeof withAncestors> {
    if (Array.isArray(value)) {
      if (path[depth] === '@') for (const item of value) yield* walk(item, depth + 1, ancestors);
    } else if (isRecord(value)) {
      const step = path[depth];
      if (step === undefined) yield { entity: value, ancestors };
      else if (step !== '@') yield* walk(getOwn(value, step), depth + 1, [...ancestors, value]);
    }
  }
  yield* walk(data, 0, []);
}
