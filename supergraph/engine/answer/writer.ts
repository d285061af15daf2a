import { isRecord } from '#platform/is-record.ts';
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLCompositeType,
  type GraphQLOutputType,
} from 'graphql';
import { forbidden, unauthenticated } from '#platform/errors.ts';
import { type JsonObject } from '../fetch-document.ts';
import { stringText } from '../json-text.ts';
import { getOwn, isInherited } from '../program/own.ts';
import {
  collectFields,
  type CollectContext,
  type CollectedField,
  type TypedSelections,
} from './collect-fields.ts';
import { leafWriter } from './leaf.ts';
import type { ValueWriter, Writing } from './writing.ts';

type ObjectWriter = (object: JsonObject, writing: Writing) => string | null;
type FieldWriter = ObjectWriter;

/** What a value is called in messages, and what it holds. */
interface Position {
  readonly description: string;
  readonly parent: string;
  /** The type of an object that doesn't say it: what the object around it holds, which may be more than is selected by. */
  readonly actual?: GraphQLCompositeType | undefined;
}

/**
 * Compiles the writing of an answer. A writer walks the data once: it checks every value against the schema, puts null
 * where a value is missing or wrong and where the schema demands, and returns the JSON text.
 */
export class WriterCompiler {
  readonly #context: CollectContext;
  #composites = 0;

  constructor(context: CollectContext) {
    this.#context = context;
  }

  /** @returns the writer of a whole answer's `data`; null when null spread up to the root */
  compileRoot(root: TypedSelections): ObjectWriter {
    return this.#objectWriter([root], root.type);
  }

  #objectWriter(selected: readonly TypedSelections[], type: GraphQLCompositeType): ObjectWriter {
    const fields = collectFields(this.#context, selected, type).map((field, index) =>
      this.#fieldWriter(field, type, index === 0 ? '' : ','),
    );
    return (object, writing) => {
      let text = '{';
      for (const write of fields) {
        const part = write(object, writing);
        if (part === null) return null;
        text += part;
      }
      return `${text}}`;
    };
  }

  #fieldWriter(
    { name, nodes }: CollectedField,
    parent: GraphQLCompositeType,
    separator: string,
  ): FieldWriter {
    const key = `${separator}${stringText(name)}:`;
    const allowed = nodes.filter(({ refused }) => !refused);
    if (allowed.length === 0) return this.#refusedWriter({ name, nodes }, key);
    const [first] = allowed;
    const fieldName = first?.node.name.value;
    const read = first ? this.#context.planned(first.node) : name;
    if (fieldName === '__typename') {
      const text = `${key}"${parent.name}"`;
      return isObjectType(parent) ? () => text : this.#typenameWriter(read, key);
    }
    if (fieldName === '__schema' || fieldName === '__type') {
      return (_, writing) => key + (writing.introspection.get(name) ?? 'null');
    }
    const types = nodes.flatMap(({ type }) => type ?? []);
    const children = nodes.flatMap(({ node, type, refused }) => {
      const named = type && getNamedType(type);
      return node.selectionSet && isCompositeType(named)
        ? [{ type: named, selections: node.selectionSet, refused }]
        : [];
    });
    const actual = compositeFieldType(parent, fieldName);
    const position = { description: `field ${parent.name}.${name}`, parent: parent.name, actual };
    const write = this.#valueWriter(types, children, position);
    const nonNull = types.some(isNonNullType);
    const inherited = isInherited(read);
    const nullText = `${key}null`;
    const writeField: FieldWriter = (object, writing) => {
      const value = inherited ? getOwn(object, read) : object[read];
      const errors = writing.errors.length;
      writing.path.push(name);
      const text = value === null || value === undefined ? null : write(value, writing);
      if (text === null && nonNull && writing.errors.length === errors) reportNull(position, writing);
      writing.path.pop();
      if (text !== null) return key + text;
      return nonNull ? null : nullText;
    };
    if (!children.some(({ type }) => this.#isMemberless(type))) return writeField;
    // The planner leaves such a field out where it can't be asked for, and a null of nobody's must not stand for it.
    return (object, writing) => {
      if (getOwn(object, read) !== undefined) return writeField(object, writing);
      const message = `No subgraph can be asked for ${position.description} as it is selected.`;
      writing.errors.push({ message, path: [...writing.path, name] });
      return nonNull ? null : nullText;
    };
  }

  #isMemberless(type: GraphQLCompositeType): boolean {
    return isAbstractType(type) && this.#context.schema.getPossibleTypes(type).length === 0;
  }

  /** What the caller may not have is null, with an error at its place, and null where that is not allowed. */
  #refusedWriter({ name, nodes }: CollectedField, key: string): FieldWriter {
    const { code = 'FORBIDDEN' } = this.#context.refusal ?? {};
    const { message } = code === 'UNAUTHENTICATED' ? unauthenticated() : forbidden();
    // A field of its own type's name can't be null either.
    const nonNull = nodes.some(({ node, type }) => isNonNullType(type) || node.name.value === '__typename');
    const text = nonNull ? null : `${key}null`;
    return (_, { errors, path }) => {
      errors.push({ message, code, path: [...path, name] });
      return text;
    };
  }

  /** Of an object whose type isn't known otherwise, as it is with @interfaceObject when only an alias was fetched. */
  #typenameWriter(name: string, key: string): FieldWriter {
    const { schema } = this.#context;
    return (object) => {
      const typename = getOwn(object, name) ?? object.__typename;
      return typeof typename === 'string' && isObjectType(schema.getType(typename))
        ? `${key}"${typename}"`
        : null;
    };
  }

  /** @param types what each of the selections of the value says of its type; the strictest holds */
  #valueWriter(
    types: readonly GraphQLOutputType[],
    children: readonly TypedSelections[],
    position: Position,
  ): ValueWriter {
    const nullable = types.map((type) => (isNonNullType(type) ? (type.ofType as GraphQLOutputType) : type));
    const [type] = nullable;
    if (isListType(type)) {
      const items = nullable.flatMap((one) => (isListType(one) ? [one.ofType as GraphQLOutputType] : []));
      return this.#shareable(this.#listWriter(items, children, position));
    }
    if (isLeafType(type)) {
      const write = leafWriter(type);
      return (value, writing) => {
        const text = write(value);
        if (text !== undefined) return text;
        writing.errors.push({
          message: `Invalid value found for ${position.description}.`,
          path: [...writing.path],
        });
        return null;
      };
    }
    if (isCompositeType(type)) return this.#shareable(this.#compositeWriter(type, children, position));
    return () => null;
  }

  #listWriter(
    types: readonly GraphQLOutputType[],
    children: readonly TypedSelections[],
    { parent, description, actual }: Position,
  ): ValueWriter {
    const nonNull = types.some(isNonNullType);
    const [type] = types;
    const typeName = isNonNullType(type) ? String(type.ofType) : String(type);
    const write = this.#valueWriter(types, children, {
      actual,
      parent,
      description: `array element of type ${typeName}`,
    });
    return (value, writing) => {
      if (!Array.isArray(value)) {
        writing.errors.push({ message: `Invalid value found for ${description}.`, path: [...writing.path] });
        return null;
      }
      let text = '[';
      let bubbles = false;
      for (let index = 0; index < value.length; index += 1) {
        const item: unknown = value[index];
        const errors = writing.errors.length;
        writing.path.push(index);
        const part = item === null || item === undefined ? null : write(item, writing);
        if (part === null && nonNull) {
          bubbles = true;
          if (writing.errors.length === errors) {
            reportNull(
              { parent, description: `array element of type ${typeName} at index ${index}` },
              writing,
            );
          }
        }
        writing.path.pop();
        text += index === 0 ? (part ?? 'null') : `,${part ?? 'null'}`;
      }
      return bubbles ? null : `${text}]`;
    };
  }

  #compositeWriter(
    declared: GraphQLCompositeType,
    children: readonly TypedSelections[],
    { description, actual = declared }: Position,
  ): ValueWriter {
    const writers = new Map<unknown, ObjectWriter | null>();
    const writerFor = (typename: unknown): ObjectWriter | null => {
      const named = typeof typename === 'string' ? this.#context.schema.getType(typename) : undefined;
      const type = typename === undefined ? actual : named;
      const writer = isCompositeType(type) ? this.#objectWriter(children, type) : null;
      // What is no type of the schema must not fill the map.
      if (writer) writers.set(typename, writer);
      return writer;
    };
    return (value, writing) => {
      const typename = isRecord(value) ? (value.__typename ?? undefined) : null;
      const write = writers.get(typename) ?? (typename === null ? null : writerFor(typename));
      if (write) return write(value as JsonObject, writing);
      const what = typename === null ? 'Invalid value found for' : 'Invalid __typename found for object at';
      writing.errors.push({ message: `${what} ${description}.`, path: [...writing.path] });
      return null;
    };
  }

  /** Writes a value that stands at several places once, unless something is wrong with it: errors name their place. */
  #shareable(write: ValueWriter): ValueWriter {
    const id = this.#composites;
    this.#composites += 1;
    return (value, writing) => {
      if (writing.shared.size === 0 || !writing.shared.has(value as object)) return write(value, writing);
      const memo = (writing.memo[id] ??= new Map<object, string>());
      const known = memo.get(value as object);
      if (known !== undefined) return known;
      const errors = writing.errors.length;
      const text = write(value, writing);
      if (text !== null && writing.errors.length === errors) memo.set(value as object, text);
      return text;
    };
  }
}

function compositeFieldType(
  parent: GraphQLCompositeType,
  field: string | undefined,
): GraphQLCompositeType | undefined {
  if (field === undefined || !isObjectType(parent)) return undefined;
  const type = parent.getFields()[field]?.type;
  const named = type && getNamedType(type);
  return isCompositeType(named) ? named : undefined;
}

function reportNull({ description }: Position, writing: Writing): void {
  writing.errors.push({
    message: `Cannot return null for non-nullable ${description}.`,
    path: [...writing.path],
  });
}
