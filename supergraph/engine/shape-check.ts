import { isRecord } from '#platform/is-record.ts';
import {
  isCompositeType,
  isListType,
  isNonNullType,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import { compositeType, fieldType, mergedFields, responseName, type JsonObject } from './fetch-document.ts';

/** Whether a value holds what was asked for only, and every list and object stands where the schema promises one. */
type Check = (value: unknown) => boolean;

interface Checks {
  readonly asked: ReadonlySet<string>;
  /** Of the fields that hold lists or objects, by response name. */
  readonly fields: readonly (readonly [name: string, check: Check])[];
}

/**
 * The quick look at a subgraph's answer that nearly every answer passes; `AnswerReader` puts the others right.
 * Single values are left to the writer of the whole answer.
 */
export class ShapeCheck {
  readonly #schema: GraphQLSchema;
  readonly #selections: SelectionSetNode;
  readonly #declared: GraphQLCompositeType | undefined;
  readonly #byType = new Map<GraphQLCompositeType | undefined, Checks>();

  /** @param declared the type that an object has at least */
  constructor(
    schema: GraphQLSchema,
    selections: SelectionSetNode,
    declared: GraphQLCompositeType | undefined,
  ) {
    this.#schema = schema;
    this.#selections = selections;
    this.#declared = declared;
  }

  passes(object: JsonObject): boolean {
    const typename = Object.hasOwn(object, '__typename') ? object.__typename : undefined;
    const type =
      typename === undefined ? this.#declared : (compositeType(this.#schema, typename) ?? this.#declared);
    let checks = this.#byType.get(type);
    if (!checks) {
      checks = this.#compile(type);
      this.#byType.set(type, checks);
    }
    for (const name of Object.keys(object)) if (!checks.asked.has(name)) return false;
    for (const [name, check] of checks.fields) {
      const value = object[name];
      if (value !== undefined && value !== null && !check(value)) return false;
    }
    return true;
  }

  #compile(type: GraphQLCompositeType | undefined): Checks {
    // Conditions by variables aren't looked at: what they leave out is asked for at other times.
    const selected = mergedFields(this.#schema, this.#selections, type);
    return {
      asked: new Set(selected.map(responseName)),
      fields: selected.flatMap((field) => {
        const declared = fieldType(type, field);
        if (!field.selectionSet && !isList(declared)) return [];
        return [[responseName(field), this.#valueCheck(field, declared)] as const];
      }),
    };
  }

  #valueCheck(field: FieldNode, type: GraphQLOutputType | undefined): Check {
    if (isNonNullType(type)) return this.#valueCheck(field, type.ofType as GraphQLOutputType);
    if (isListType(type)) {
      const item = this.#valueCheck(field, type.ofType as GraphQLOutputType);
      return (value) =>
        Array.isArray(value) &&
        value.every((element) => element === null || element === undefined || item(element));
    }
    if (!field.selectionSet) return () => true;
    const shape = new ShapeCheck(this.#schema, field.selectionSet, isCompositeType(type) ? type : undefined);
    const object: Check = (value) => isRecord(value) && shape.passes(value);
    // A subgraph may know a field that the supergraph doesn't; it may be a list.
    return type === undefined
      ? (value) =>
          Array.isArray(value) ? value.every((item) => item === null || object(item)) : object(value)
      : object;
  }
}

function isList(type: GraphQLOutputType | undefined): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}
