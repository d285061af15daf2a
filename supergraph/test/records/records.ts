import {
  defaultTypeResolver,
  isAbstractType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  parse,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLSchema,
  type GraphQLTypeResolver,
  type SelectionSetNode,
} from 'graphql';

/**
 * Something that a graph tells of: values by field. A function gives a value that depends on arguments or on other
 * fields, which it asks for with `get`, so that in a subgraph it gets what the gateway sent along.
 */
export interface Thing {
  readonly __typename?: string;
  readonly [field: string]: unknown;
}

type Arguments = Readonly<Record<string, unknown>>;

/** Reads another field of the same thing, or of one inside it. */
export type Get = (from: unknown, field: string, args?: Arguments) => unknown;

export type Computed = (self: unknown, args: Arguments, get: Get) => unknown;

/** Everything that there is: the things that can be referred to, and the root fields. */
export interface Records {
  readonly entities: readonly Thing[];
  readonly Query: Thing;
  readonly Mutation?: Thing;
}

/** A thing as one subgraph sees it: with what the gateway sent along. */
class View {
  readonly __typename: string | undefined;
  readonly thing: Thing;
  readonly given: Readonly<Record<string, unknown>>;

  constructor(thing: Thing, given: Readonly<Record<string, unknown>>) {
    this.__typename = thing.__typename;
    this.thing = thing;
    this.given = given;
  }
}

/** How a schema reads the records: a whole graph, or a subgraph that knows only its part. */
export class RecordReader {
  readonly #schema: GraphQLSchema;
  readonly #records: Records;

  readonly #interfaces: (name: string) => readonly string[];

  /** @param interfaces those of a type that the schema may not know */
  constructor(
    schema: GraphQLSchema,
    records: Records,
    interfaces: (name: string) => readonly string[] = () => [],
  ) {
    this.#schema = schema;
    this.#records = records;
    this.#interfaces = interfaces;
  }

  readonly resolveField: GraphQLFieldResolver<unknown, unknown> = (source, args, _, info) => {
    const { fieldName, parentType, returnType } = info;
    const root =
      parentType === this.#schema.getQueryType()
        ? this.#records.Query
        : parentType === this.#schema.getMutationType()
          ? this.#records.Mutation
          : source;
    return this.#shown(this.#value(root, fieldName, args as Arguments, parentType.name, false), returnType);
  };

  readonly resolveType: GraphQLTypeResolver<unknown, unknown> = (source, context, info, type) => {
    const name = thingOf(source)?.__typename;
    return name ?? defaultTypeResolver(source, context, info, type);
  };

  /** The thing that a representation stands for. @param members the types that an object of a type may be, by name */
  resolveReference(
    representation: Readonly<Record<string, unknown>>,
    members: (name: string) => readonly string[],
  ): unknown {
    const typename = String(representation.__typename);
    const names = members(typename);
    const keys = keysOf(this.#schema, typename);
    const key = keys.find((selections) => covers(representation, selections));
    // Nobody can be found by a key that is null.
    if (!key) return null;
    const thing = this.#records.entities.find(
      (entity) => names.includes(entity.__typename ?? '') && agrees(entity, representation, key),
    );
    if (!thing) return null;
    const shown = this.#schema.getType(thing.__typename ?? '') ? thing : { ...thing, __typename: typename };
    return new View(shown, representation);
  }

  /** A type's name here: of one that this subgraph knows as an interface object only, that one's. */
  #known(name: string): string | null {
    if (this.#schema.getType(name)) return name;
    return this.#interfaces(name).find((one) => isObjectType(this.#schema.getType(one))) ?? null;
  }

  /** What a subgraph doesn't know of an object's type it can't tell. */
  #shown(value: unknown, type: GraphQLOutputType): unknown {
    if (isNonNullType(type)) return this.#shown(value, type.ofType as GraphQLOutputType);
    if (isListType(type)) {
      if (!Array.isArray(value)) return value;
      return value.map((item: unknown) => this.#shown(item, type.ofType));
    }
    if (!isAbstractType(type)) return value;
    const thing = thingOf(value);
    const name = thing?.__typename;
    if (thing === undefined || name === undefined) return null;
    const known = this.#known(name);
    if (known !== name) return known === null ? null : { ...thing, __typename: known };
    return this.#schema.isSubType(type, this.#schema.getType(name) as never) ? value : null;
  }

  /** @param strict whether a field that is another subgraph's must have been sent along */
  #value(from: unknown, field: string, args: Arguments, typename: string, strict: boolean): unknown {
    const get: Get = (other, name, given = {}) =>
      this.#value(other, name, given, other === from ? typename : '', true);
    if (!(from instanceof View)) return read((from ?? {}) as Thing, field, args, from, get);
    if (Object.hasOwn(from.given, field)) return from.given[field];
    if (strict && this.#isExternal(typename, field))
      throw new Error(`${typename}.${field} was not sent along`);
    return read(from.thing, field, args, from, get);
  }

  #isExternal(typename: string, field: string): boolean {
    const type = this.#schema.getType(typename);
    if (!isObjectType(type) && !isInterfaceType(type)) return false;
    return (
      type.getFields()[field]?.astNode?.directives?.some(({ name }) => name.value.endsWith('external')) ??
      false
    );
  }
}

function read(thing: Thing, field: string, args: Arguments, self: unknown, get: Get): unknown {
  const value = Object.hasOwn(thing, field) ? thing[field] : undefined;
  return typeof value === 'function' ? (value as Computed)(self, args, get) : value;
}

function thingOf(source: unknown): Thing | undefined {
  return source instanceof View ? source.thing : ((source ?? undefined) as Thing | undefined);
}

function keysOf(schema: GraphQLSchema, typename: string): readonly SelectionSetNode[] {
  const type = schema.getType(typename);
  const nodes = type ? [type.astNode, ...type.extensionASTNodes] : [];
  const directives = nodes.flatMap((node) => node?.directives ?? []);
  return directives
    .filter(({ name }) => name.value === 'key' || name.value === 'federation__key')
    .filter((directive) => {
      const resolvable = directive.arguments?.find(({ name }) => name.value === 'resolvable')?.value;
      return !(resolvable?.kind === Kind.BOOLEAN && !resolvable.value);
    })
    .flatMap((directive) => {
      const fields = directive.arguments?.find(({ name }) => name.value === 'fields')?.value;
      const [operation] = fields?.kind === Kind.STRING ? parse(`{${fields.value}}`).definitions : [];
      return operation?.kind === Kind.OPERATION_DEFINITION ? [operation.selectionSet] : [];
    });
}

function covers(value: unknown, { selections }: SelectionSetNode): boolean {
  return selections.every((selection) => {
    if (selection.kind !== Kind.FIELD || typeof value !== 'object' || value === null) return false;
    const inner = (value as Record<string, unknown>)[selection.name.value];
    return selection.selectionSet
      ? covers(inner, selection.selectionSet)
      : inner !== undefined && inner !== null;
  });
}

function agrees(thing: unknown, given: unknown, { selections }: SelectionSetNode): boolean {
  return selections.every((selection) => {
    if (selection.kind !== Kind.FIELD) return false;
    const name = selection.name.value;
    const own = (thing as Record<string, unknown> | null)?.[name];
    const other = (given as Record<string, unknown>)[name];
    return selection.selectionSet ? agrees(own, other, selection.selectionSet) : own === other;
  });
}
