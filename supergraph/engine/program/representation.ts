import type { QueryPlanSelectionNode } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import { isJsonObject, type JsonObject } from '../fetch-document.ts';
import { stringText, valueText } from '../json-text.ts';
import { merge } from './merge.ts';
import { getOwn, isInherited, setOwn } from './own.ts';
import type { Rewrite } from './rewrites.ts';
import { isOfType } from './type-condition.ts';

/** The JSON text of what a subgraph needs to know of an entity; null when not all of it is known. */
export type RepresentationWriter = (entity: JsonObject) => string | null;

/** @param rewrite what the plan changes in it before it is sent */
export function compileRepresentation(
  schema: GraphQLSchema,
  requires: readonly QueryPlanSelectionNode[],
  rewrite: Rewrite | null,
): RepresentationWriter {
  const byType = new Map<unknown, RepresentationWriter>();
  return (entity) => {
    const typename = entity.__typename;
    let write = byType.get(typename);
    if (!write) {
      write = compileForType(schema, requires, rewrite, typename);
      byType.set(typename, write);
    }
    return write(entity);
  };
}

function compileForType(
  schema: GraphQLSchema,
  requires: readonly QueryPlanSelectionNode[],
  rewrite: Rewrite | null,
  typename: unknown,
): RepresentationWriter {
  // What is no type of the supergraph must not fill the map.
  if (typeof typename !== 'string' || !schema.getType(typename)) return () => null;
  const groups = requires.filter(
    (selection) =>
      selection.kind === 'Field' ||
      (selection.typeCondition !== undefined && isOfType(schema, typename, selection.typeCondition)),
  );
  const [only] = groups;
  if (!rewrite && groups.length === 1 && only?.kind === 'InlineFragment' && isPlain(only.selections)) {
    return compilePlain(only.selections);
  }
  return (entity) => {
    const built = build(schema, entity, groups);
    if (!built?.__typename) return null;
    rewrite?.(built);
    return JSON.stringify(built);
  };
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
function compilePlain(selections: readonly QueryPlanSelectionNode[]): RepresentationWriter {
  const fields = selections.map((selection, index) => {
    const name = responseName(selection);
    return { name, prefix: `${index === 0 ? '{' : ','}${stringText(name)}:` };
  });
  return (entity) => {
    let text = '';
    for (const { name, prefix } of fields) {
      const value = entity[name];
      if (value === undefined) return null;
      text += prefix + valueText(value);
    }
    return `${text}}`;
  };
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
  return isJsonObject(value) ? build(schema, value, selections) : null;
}

function responseName(selection: QueryPlanSelectionNode): string {
  if (selection.kind !== 'Field') throw new Error('a fragment has no name');
  return selection.alias ?? selection.name;
}
