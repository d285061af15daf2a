import { isRecord } from '#platform/is-record.ts';
import type { Subgraph as FederatedSubgraph } from '@apollo/federation-internals';
import { Kind, parse, type SelectionSetNode } from 'graphql';
import { type JsonObject } from '#supergraph/engine/fetch-document.ts';

/** The keys by which one subgraph finds its entities. */
export class EntityKeys {
  readonly #keys = new Map<string, readonly SelectionSetNode[]>();

  constructor(subgraph: FederatedSubgraph) {
    const directive = subgraph.metadata().keyDirective();
    for (const type of subgraph.schema.objectTypes()) {
      const keys = type
        .appliedDirectivesOf(directive)
        .map((applied) => applied.arguments())
        .filter(({ resolvable }) => resolvable !== false)
        .map(({ fields }) => fieldSet(String(fields)));
      if (keys.length > 0) this.#keys.set(type.name, keys);
    }
  }

  /**
   * `__typename` and the first key of which an object holds every field.
   * @returns null when the type isn't an entity of this subgraph or the object holds no whole key
   */
  keyOf(typename: string | undefined, object: JsonObject): JsonObject | null {
    if (typename === undefined) return null;
    for (const selections of this.#keys.get(typename) ?? []) {
      const key = pick(object, selections);
      if (key) return { __typename: typename, ...key };
    }
    return null;
  }
}

function fieldSet(fields: string): SelectionSetNode {
  const [definition] = parse(`{${fields}}`, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION)
    throw new Error(`the key "${fields}" is not a field set`);
  return definition.selectionSet;
}

function pick(object: JsonObject, selections: SelectionSetNode): JsonObject | null {
  const picked: JsonObject = {};
  for (const selection of selections.selections) {
    if (selection.kind !== Kind.FIELD) return null;
    const name = selection.name.value;
    const value = Object.hasOwn(object, name) ? object[name] : null;
    if (value === null || value === undefined) return null;
    const whole = selection.selectionSet ? isRecord(value) && pick(value, selection.selectionSet) : value;
    if (!whole && selection.selectionSet) return null;
    picked[name] = whole;
  }
  return picked;
}
