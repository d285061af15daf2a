import { isRecord } from '#platform/is-record.ts';
import {
  isCompositeType,
  isListType,
  isNonNullType,
  Kind,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import {
  compositeType,
  fieldType,
  responseName,
  selectedFields,
  type JsonObject,
} from '#supergraph/engine/fetch-document.ts';
import type { ResponsePath } from '#supergraph/engine/response-path.ts';
import type { EntityKeys } from './entity-keys.ts';

/** An entity of which the event says too little. */
export interface Incomplete {
  /** Takes what is missing. */
  readonly target: JsonObject;
  readonly typename: string;
  /** Its `__typename` and key. */
  readonly key: JsonObject;
  readonly missing: readonly FieldNode[];
  readonly place: ResponsePath;
}

/**
 * Reads the fields that an operation selects out of an event, whose values stand under the schema's names. Builds new
 * objects: an event is shared by its subscribers and what follows writes into the answer. An object that isn't an
 * entity is taken as it is: what it doesn't hold is null.
 */
export class EventReader {
  readonly incomplete: Incomplete[] = [];
  readonly #schema: GraphQLSchema;
  readonly #keys: EntityKeys;
  readonly #variables: Readonly<JsonObject>;

  /** @param schema the schema of the subgraph that owns the root field */
  constructor(schema: GraphQLSchema, keys: EntityKeys, variables: Readonly<JsonObject>) {
    this.#schema = schema;
    this.#keys = keys;
    this.#variables = variables;
  }

  /** @param field the root field, as the plan's primary fetch selects it */
  readRoot(value: JsonObject, field: FieldNode): JsonObject {
    const type = fieldType(this.#schema.getSubscriptionType() ?? undefined, field);
    const name = responseName(field);
    const root = Object.create(null) as JsonObject;
    root[name] = this.#readValue(value, type, selectionsOf([field]), { parent: null, key: name });
    return root;
  }

  #readValue(
    value: unknown,
    type: GraphQLOutputType | undefined,
    selections: SelectionSetNode | null,
    place: ResponsePath,
  ): unknown {
    if (value === null || value === undefined) return null;
    if (isNonNullType(type))
      return this.#readValue(value, type.ofType as GraphQLOutputType, selections, place);
    if (Array.isArray(value)) {
      const itemType = isListType(type) ? (type.ofType as GraphQLOutputType) : undefined;
      return value.map((item, index) =>
        this.#readValue(item, itemType, selections, { parent: place, key: index }),
      );
    }
    if (!selections || !isRecord(value)) return value;
    return this.#readObject(value, isCompositeType(type) ? type : undefined, selections, place);
  }

  #readObject(
    value: JsonObject,
    type: GraphQLCompositeType | undefined,
    selections: SelectionSetNode,
    place: ResponsePath,
  ): JsonObject {
    const ownType = compositeType(this.#schema, value.__typename) ?? type;
    const key = this.#keys.keyOf(ownType?.name, value);
    const target = Object.create(null) as JsonObject;
    const missing: FieldNode[] = [];
    for (const [name, fields] of this.#byResponseName(selections, ownType)) {
      const [field] = fields;
      if (!field) continue;
      const fieldName = field.name.value;
      if (fieldName === '__typename') target[name] = ownType?.name ?? null;
      // Arguments may ask for another value than the one that the publisher chose to send.
      else if (key && (!Object.hasOwn(value, fieldName) || field.arguments?.length)) missing.push(...fields);
      else {
        const own = Object.hasOwn(value, fieldName) ? value[fieldName] : null;
        target[name] = this.#readValue(own, fieldType(ownType, field), selectionsOf(fields), {
          parent: place,
          key: name,
        });
      }
    }
    if (key && ownType && missing.length > 0)
      this.incomplete.push({ target, typename: ownType.name, key, missing, place });
    return target;
  }

  #byResponseName(
    selections: SelectionSetNode,
    type: GraphQLCompositeType | undefined,
  ): Map<string, FieldNode[]> {
    const fields = new Map<string, FieldNode[]>();
    for (const field of selectedFields(this.#schema, selections, type, this.#variables)) {
      const name = responseName(field);
      const known = fields.get(name);
      if (known) known.push(field);
      else fields.set(name, [field]);
    }
    return fields;
  }
}

/** The sub-selections of fields that answer under one name; null for a leaf. */
function selectionsOf(fields: readonly FieldNode[]): SelectionSetNode | null {
  const selections: SelectionNode[] = fields.flatMap(({ selectionSet }) => selectionSet?.selections ?? []);
  return selections.length > 0 ? { kind: Kind.SELECTION_SET, selections } : null;
}
