import { isRecord } from '#platform/is-record.ts';
import {
  isCompositeType,
  isListType,
  isNonNullType,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import { compositeType, fieldType, mergedFields, responseName, type JsonObject } from './fetch-document.ts';
import type { ResponsePath } from './response-path.ts';

/** Told of a value whose shape contradicts the schema. */
export type OnMisshapen = (path: ResponsePath, expected: string) => void;

/**
 * Goes through what a subgraph answered, drops what wasn't asked for, and replaces by null what isn't the list or object
 * that the schema promises, so that nothing later trips over it. Single values are left to the writer of the whole answer.
 */
export class AnswerReader {
  readonly #schema: GraphQLSchema;
  readonly #variables: Readonly<JsonObject>;
  readonly #renamed: ReadonlyMap<string, string>;
  readonly #onMisshapen: OnMisshapen;

  /** @param renamed the client's name of a field that the planner fetches under an alias of its own */
  constructor(
    schema: GraphQLSchema,
    variables: Readonly<JsonObject>,
    renamed: ReadonlyMap<string, string>,
    onMisshapen: OnMisshapen,
  ) {
    this.#schema = schema;
    this.#variables = variables;
    this.#renamed = renamed;
    this.#onMisshapen = onMisshapen;
  }

  /**
   * Reads the fields of one object in place.
   * @param type the type it has at least; its `__typename` may say more
   */
  readObject(
    object: JsonObject,
    type: GraphQLCompositeType | undefined,
    selections: NonNullable<FieldNode['selectionSet']>,
    path: ResponsePath | null,
  ): void {
    const ownType =
      compositeType(this.#schema, Object.hasOwn(object, '__typename') ? object.__typename : undefined) ??
      type;
    const asked = new Set<string>();
    for (const field of mergedFields(this.#schema, selections, ownType, this.#variables)) {
      const name = responseName(field);
      asked.add(name);
      if (!Object.hasOwn(object, name)) continue;
      const place = { parent: path, key: this.#renamed.get(name) ?? name };
      const value = this.#readValue(object[name], fieldType(ownType, field), field, place);
      if (value !== object[name]) object[name] = value;
    }
    // Answers are merged: what nobody asked this subgraph for would overwrite what another one says.
    for (const name of Object.keys(object)) if (!asked.has(name)) Reflect.deleteProperty(object, name);
  }

  #readValue(
    value: unknown,
    type: GraphQLOutputType | undefined,
    field: FieldNode,
    path: ResponsePath,
  ): unknown {
    if (value === null) return null;
    if (isNonNullType(type)) return this.#readValue(value, type.ofType as GraphQLOutputType, field, path);
    if (isListType(type) || (type === undefined && Array.isArray(value))) {
      if (!Array.isArray(value)) return this.#misshapen(path, 'a list');
      const itemType = isListType(type) ? (type.ofType as GraphQLOutputType) : undefined;
      value.forEach((item, index) => {
        value[index] = this.#readValue(item, itemType, field, { parent: path, key: index });
      });
      return value;
    }
    if (!field.selectionSet) return value;
    if (!isRecord(value)) return this.#misshapen(path, 'an object');
    this.readObject(value, isCompositeType(type) ? type : undefined, field.selectionSet, path);
    return value;
  }

  #misshapen(path: ResponsePath, expected: string): null {
    this.#onMisshapen(path, expected);
    return null;
  }
}
