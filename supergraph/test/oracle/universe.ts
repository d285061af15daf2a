import {
  getNamedType,
  GraphQLError,
  isAbstractType,
  isEnumType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLAbstractType,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import { hash } from './random.ts';

/** An object of the universe. Fields that it holds itself are known; the others follow from its identity. */
export type Thing = Record<string, unknown>;

/** Names what a thing is, apart from the fields that a subgraph was given for it. */
const IDENTITY = Symbol('identity');

const POPULATION = 6;

/**
 * A world in which every value follows from what it belongs to: the type and number of an entity, the field and its
 * arguments. Subgraphs that look at the same thing therefore agree, without any data. The number of an entity is the
 * digits at the end of each of its key fields.
 * @param faulty whether some fields fail and some entities aren't there
 */
export class Universe {
  readonly #schema: GraphQLSchema;
  readonly #faulty: boolean;
  /** For each type the interface with a key of its own that decides which numbers it has. */
  readonly #keyed = new Map<string, readonly string[]>();

  /** @param keyedInterfaces by name, with all types that implement them anywhere */
  constructor(
    schema: GraphQLSchema,
    faulty: boolean,
    keyedInterfaces: Readonly<Record<string, readonly string[]>> = {},
  ) {
    this.#schema = schema;
    this.#faulty = faulty;
    for (const [name, members] of Object.entries(keyedInterfaces)) {
      this.#keyed.set(name, members);
      for (const member of members) this.#keyed.set(member, members);
    }
  }

  /** The value of a field for which nobody wrote a resolver. */
  readonly resolve: GraphQLFieldResolver<Thing | undefined, unknown> = (source, args, _, info) => {
    const { fieldName, parentType, returnType } = info;
    const thing = source ?? {};
    if (Object.hasOwn(thing, fieldName)) return thing[fieldName];
    const directives = parentType.getFields()[fieldName]?.astNode?.directives ?? [];
    const requires = directives.some(({ name }) => name.value === 'requires');
    const given = requires ? JSON.stringify(sorted(thing)) : '';
    const place = `${identityOf(thing, parentType.name)}.${fieldName}(${JSON.stringify(args)})${given}`;
    if (this.#faulty && hash(`fault ${place}`) % 23 === 0) {
      throw new GraphQLError(`No ${place}.`, { extensions: { code: 'NOT_FOUND' } });
    }
    return this.#value(returnType, place, fieldName, numberOf(thing));
  };

  /** The thing that a representation stands for. */
  readonly resolveReference = (representation: Thing): Thing | null => {
    const number = numberOf(representation);
    if (this.#faulty && number === 4) return null;
    const type = this.#schema.getType(String(representation.__typename));
    // An interface with a key tells which of its types the entity has.
    const typename = isInterfaceType(type) ? this.#memberOf(type, number ?? 0) : representation.__typename;
    return identified({ ...representation, __typename: typename }, `${String(typename)}#${number}`);
  };

  #value(type: GraphQLOutputType, place: string, field: string, parent: number | null): unknown {
    if (isNonNullType(type)) return this.#something(type.ofType as GraphQLOutputType, place, field, parent);
    return hash(`null ${place}`) % 11 === 0 ? null : this.#something(type, place, field, parent);
  }

  #something(type: GraphQLOutputType, place: string, field: string, parent: number | null): unknown {
    if (isListType(type)) {
      const length = hash(`length ${place}`) % 4;
      return Array.from({ length }, (_, index) =>
        this.#value(type.ofType as GraphQLOutputType, `${place}[${index}]`, field, parent),
      );
    }
    const named = getNamedType(type);
    const seed = hash(place);
    if (isAbstractType(named)) return this.#thing(this.#typeFor(named, seed), place);
    if (isObjectType(named)) return this.#thing(named, place);
    if (isEnumType(named)) return named.getValues()[seed % named.getValues().length]?.name;
    switch (named.name) {
      case 'Int':
        return (seed % 2_000) - 1_000;
      case 'Float':
        return (seed % 1_000) / 8;
      case 'Boolean':
        return seed % 2 === 0;
      case 'ID':
        return parent === null ? String(seed % POPULATION) : `${field}-${parent}`;
      default:
        // A key field may be any string: the number must be in all of them.
        return parent === null ? `${field} "${seed}" ü` : `${field}-${parent}`;
    }
  }

  #thing(type: GraphQLObjectType, place: string): Thing {
    if (!isEntity(type)) return identified({ __typename: type.name }, `${type.name}<${place}>`);
    const members = this.#keyed.get(type.name);
    const number = hash(`number ${place}`) % POPULATION;
    const index = members?.indexOf(type.name) ?? 0;
    const own = members && index >= 0 ? number - (number % members.length) + index : number;
    return identified({ __typename: type.name }, `${type.name}#${own}`);
  }

  #typeFor(type: GraphQLAbstractType, seed: number): GraphQLObjectType {
    const possible = [...this.#schema.getPossibleTypes(type)];
    return possible[seed % possible.length] as GraphQLObjectType;
  }

  #memberOf(type: GraphQLAbstractType, number: number): string {
    const members = this.#keyed.get(type.name) ?? this.#schema.getPossibleTypes(type).map(({ name }) => name);
    return members[number % members.length] ?? type.name;
  }
}

/** Tells the concrete type of a thing. */
export function typeOf(thing: Thing): string {
  return String(thing.__typename);
}

function isEntity(type: GraphQLObjectType): boolean {
  const nodes = [type.astNode, ...type.extensionASTNodes];
  return nodes.some((node) => node?.directives?.some(({ name }) => name.value === 'key'));
}

function identified(thing: Thing, identity: string): Thing {
  Object.defineProperty(thing, IDENTITY, { value: identity });
  return thing;
}

function identityOf(thing: Thing, typename: string): string {
  return (thing as { [IDENTITY]?: string })[IDENTITY] ?? typename;
}

/** The number of an entity, or of the entity that a value belongs to: of the thing itself, else in one of its fields. */
function numberOf(thing: Thing): number | null {
  const own = /#(\d+)/.exec(identityOf(thing, ''))?.[1];
  if (own !== undefined) return Number(own);
  for (const value of Object.values(thing)) {
    const inner =
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? numberOf(value as Thing)
        : digitsAtEnd(value);
    if (inner !== null) return inner;
  }
  return null;
}

function digitsAtEnd(value: unknown): number | null {
  const digits = typeof value === 'string' ? /-(\d+)$/.exec(value)?.[1] : undefined;
  return digits === undefined ? null : Number(digits);
}

function sorted(thing: Thing): unknown {
  return Object.entries(thing)
    .filter(([name]) => name !== '__typename')
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
