import { isRecord } from '#platform/is-record.ts';
import type { QueryPlanSelectionNode } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import { type JsonObject } from '../fetch-document.ts';
import { stringText, valueText } from '../json-text.ts';
import { merge } from './merge.ts';
import { getOwn, isInherited, setOwn } from './own.ts';
import type { Rewrite } from './rewrites.ts';
import { isOfType } from './type-condition.ts';

/** What a subgraph needs to know of the entities of one type. */
export interface Representation {
  /** The entity's fields that decide it, when they are single values; entities that agree on them are represented alike. */
  readonly fields: readonly string[] | null;
  /** The JSON text; null when not all of it is known. */
  readonly write: (entity: JsonObject) => string | null;
}

/** By the entity's `__typename`. */
export type Representations = (typename: unknown) => Representation;

const NONE: Representation = { fields: null, write: () => null };

/**
 * @param rewrite what the plan changes in it before it is sent
 * @param knows whether the subgraph has a type; of others the plan may still name fields, for entities beside them
 */
export function compileRepresentations(
  schema: GraphQLSchema,
  requires: readonly QueryPlanSelectionNode[],
  rewrite: Rewrite | null,
  knows: (typename: string) => boolean,
): Representations {
  const byType = new Map<unknown, Representation>();
  return (typename) => {
    const known = byType.get(typename);
    if (known) return known;
    // What is no type of the supergraph must not fill the map.
    if (typeof typename !== 'string' || !schema.getType(typename)) return NONE;
    const representation = compileForType(schema, requires, rewrite, typename, knows);
    byType.set(typename, representation);
    return representation;
  };
}

function compileForType(
  schema: GraphQLSchema,
  requires: readonly QueryPlanSelectionNode[],
  rewrite: Rewrite | null,
  typename: string,
  knows: (typename: string) => boolean,
): Representation {
  const groups = requires.filter(
    (selection) =>
      selection.kind === 'Field' ||
      (selection.typeCondition !== undefined && isOfType(schema, typename, selection.typeCondition)),
  );
  const [only] = groups;
  if (!rewrite && groups.length === 1 && only?.kind === 'InlineFragment' && isPlain(only.selections)) {
    return knows(typename) ? compilePlain(only.selections) : NONE;
  }
  const write = (entity: JsonObject): string | null => {
    const built = build(schema, entity, groups);
    if (!built?.__typename) return null;
    rewrite?.(built);
    if (typeof built.__typename !== 'string' || !knows(built.__typename)) return null;
    return JSON.stringify(built);
  };
  return { fields: null, write };
}

function isPlain(selections: readonly QueryPlanSelectionNode[]): boolean {
  const names = new Set<string>();
  return (
    selections.some((selection) => selection.kind === 'Field' && responseName(selection) === '__typename') &&
    selections.every((selection) => {
      if (selection.kind !== 'Field' || selection.selections) return false;
      const name = responseName(selection);
      if (isInherited(name) || names.has(name)) return false;
      names.add(name);
      return true;
    })
  );
}

/** The usual key: a few fields without fields of their own. */
function compilePlain(selections: readonly QueryPlanSelectionNode[]): Representation {
  const fields = selections.map((selection, index) => {
    const name = responseName(selection);
    return { name, prefix: `${index === 0 ? '{' : ','}${stringText(name)}:` };
  });
  const write = (entity: JsonObject): string | null => {
    let text = '';
    for (const { name, prefix } of fields) {
      const value = entity[name];
      if (value === undefined) return null;
      text += prefix + valueText(value);
    }
    return `${text}}`;
  };
  return { fields: fields.map(({ name }) => name), write };
}

/** @returns null when a field that is asked for isn't there */
function build(
  schema: GraphQLSchema,
  source: JsonObject,
  selections: readonly QueryPlanSelectionNode[],
): JsonObject | null {
  const result: JsonObject = {};
  for (const selection of selections) {
    if (selection.kind === 'Field') {
      const name = responseName(selection);
      const value = getOwn(source, name);
      if (value === undefined) return null;
      setOwn(result, name, selection.selections ? buildValue(schema, value, selection.selections) : value);
    } else if (
      selection.typeCondition !== undefined &&
      isOfType(schema, source.__typename, selection.typeCondition)
    ) {
      const part = build(schema, source, selection.selections);
      if (part) merge(result, part, null);
    }
  }
  return result;
}

function buildValue(
  schema: GraphQLSchema,
  value: unknown,
  selections: readonly QueryPlanSelectionNode[],
): unknown {
  if (Array.isArray(value)) return value.map((item) => buildValue(schema, item, selections));
  return isRecord(value) ? build(schema, value, selections) : null;
}

function responseName(selection: QueryPlanSelectionNode): string {
  if (selection.kind !== 'Field') throw new Error('a fragment has no name');
  return selection.alias ?? selection.name;
}
