import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import type { Chance } from './chance.ts';

/** What a client might know or guess: of its own and of others. */
export interface Guesses {
  readonly ids: readonly string[];
  /** By the name of their type, in small letters. */
  readonly idsOf: ReadonlyMap<string, readonly string[]>;
  /** Not ids: references, codes. */
  readonly texts: readonly string[];
  /** Cursors out of anybody's answers. */
  readonly cursors: readonly string[];
}

export interface Operation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const MAX_DEPTH = 7;

/** Writes operations over a schema at random. */
export class OperationWriter {
  readonly #chance: Chance;
  readonly #schema: GraphQLSchema;
  readonly #guesses: Guesses;
  #variables: Record<string, unknown> = {};
  #declarations: string[] = [];
  #aliases = 0;
  /** What is written into the database may not look like what others wrote. */
  #isChange = false;
  /** The field and the type that an argument is for. */
  #of = '';

  constructor(schema: GraphQLSchema, guesses: Guesses, chance: Chance) {
    this.#schema = schema;
    this.#guesses = guesses;
    this.#chance = chance;
  }

  /** One to three root fields, the same field again under another alias among them. */
  query(): Operation {
    const root = this.#schema.getQueryType() as GraphQLObjectType;
    const fields = Object.values(root.getFields()).filter(({ name }) => !name.startsWith('_'));
    return this.#operation('query', () =>
      Array.from({ length: this.#chance.chance(0.7) ? 1 : 2 }, () =>
        this.#field(this.#chance.of(fields), 1),
      ).join(' '),
    );
  }

  mutation(): Operation {
    const root = this.#schema.getMutationType() as GraphQLObjectType;
    const field = this.#chance.of(Object.values(root.getFields()));
    return this.#operation('mutation', () => this.#field(field, 1));
  }

  /** @param types those that can be asked for by key, with the names of the fields of their keys */
  entities(types: readonly (readonly [type: string, key: string])[]): Operation {
    return this.#operation('query', () => {
      const asked = Array.from({ length: this.#chance.whole(1, 4) }, () => this.#chance.of(types));
      const representations = asked.map(([__typename, key]) => ({
        __typename,
        [key]: this.#keyValue(key, () => this.#id(__typename)),
      }));
      const given = this.#variable('[_Any!]!', representations);
      const parts = [...new Set(asked.map(([type]) => type))].map((name) => {
        const type = this.#schema.getType(name) as GraphQLObjectType;
        return `... on ${name} ${this.#selection(type, 2, true)}`;
      });
      return `_entities(representations: ${given}) { __typename ${parts.join(' ')} }`;
    });
  }

  #operation(kind: string, write: () => string): Operation {
    this.#variables = {};
    this.#declarations = [];
    this.#aliases = 0;
    this.#isChange = kind === 'mutation';
    const body = write();
    const declared = this.#declarations.length > 0 ? `(${this.#declarations.join(', ')})` : '';
    return { query: `${kind} ${declared} { ${body} }`, variables: this.#variables };
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number, isMember = false): string {
    const given = field.args.flatMap((argument) =>
      this.#argument(argument, `${field.name} ${getNamedType(field.type).name}`),
    );
    const args = given.length > 0 ? `(${given.join(', ')})` : '';
    const alias =
      given.length > 0 || depth === 1 || isMember || this.#chance.chance(0.1) ? `a${this.#aliases++}: ` : '';
    const type = getNamedType(field.type);
    const selection = isCompositeType(type) ? ` ${this.#selection(type, depth + 1)}` : '';
    return `${alias}${field.name}${args}${selection}`;
  }

  #selection(type: ReturnType<typeof getNamedType>, depth: number, isMember = false): string {
    if (isAbstractType(type)) {
      const members = this.#schema.getPossibleTypes(type);
      return `{ __typename ${members.map((member) => `... on ${member.name} ${this.#selection(member, depth, true)}`).join(' ')} }`;
    }
    if (!isObjectType(type)) return '';
    const fields = Object.values(type.getFields()).filter(({ type: of }) => {
      const named = getNamedType(of);
      return !isCompositeType(named) || depth < MAX_DEPTH;
    });
    const plain = fields.filter(({ type: of }) => !isCompositeType(getNamedType(of)));
    const nested = fields.filter(({ type: of }) => isCompositeType(getNamedType(of)));
    // What leads on to the objects of a page is always followed, and else a few ways at a time.
    const onward = nested.filter(({ name }) => name === 'edges' || name === 'node' || name === 'pageInfo');
    const chosen = [
      ...this.#chance.some(plain, 0.7),
      ...onward,
      ...this.#chance.some(
        nested.filter((field) => !onward.includes(field)),
        1.6 / depth,
      ),
    ];
    // Aliased where the same name could stand for something else: under other arguments, or in another member of a union.
    return `{ __typename ${chosen.map((field) => this.#field(field, depth, isMember)).join(' ')} }`;
  }

  #argument(argument: GraphQLArgument, of: string): string[] {
    this.#of = of;
    const { name, type, defaultValue } = argument;
    const isNeeded = isNonNullType(type) && defaultValue === undefined;
    if (!isNeeded && this.#chance.chance(name === 'after' ? 0.95 : 0.6)) return [];
    const value = this.#value(type, name);
    return value === undefined ? [] : [`${name}: ${this.#variable(String(type), value)}`];
  }

  #variable(type: string, value: unknown): string {
    const name = `v${this.#declarations.length}`;
    this.#declarations.push(`$${name}: ${type}`);
    this.#variables[name] = value;
    return `$${name}`;
  }

  #value(type: GraphQLInputType, name: string): unknown {
    if (isNonNullType(type)) return this.#value(type.ofType, name);
    if (isListType(type)) {
      const length = this.#chance.whole(1, 2);
      return Array.from({ length }, () => this.#value(type.ofType, name));
    }
    if (isEnumType(type)) return this.#chance.of(type.getValues()).name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter(
        (field) =>
          (isNonNullType(field.type) && field.defaultValue === undefined) || this.#chance.chance(0.4),
      );
      return Object.fromEntries(fields.map((field) => [field.name, this.#value(field.type, field.name)]));
    }
    return this.#scalar(type.name, name);
  }

  #scalar(type: string, name: string): unknown {
    const day = new Date(Date.now() + this.#chance.whole(-20, 60) * 86_400_000).toISOString();
    switch (type) {
      case 'ID':
        return this.#keyValue(name, () => this.#id(`${name} ${this.#of}`));
      case 'Int':
        return this.#chance.whole(1, 8);
      case 'Float':
        return this.#chance.next() * 90;
      case 'Boolean':
        return this.#chance.chance(0.5);
      case 'DateTime':
        return day;
      case 'Date':
        return day.slice(0, 10);
      case 'Decimal':
        return `${this.#chance.whole(1, 9_999)}.50`;
      case 'Currency':
        return 'USD';
      case 'String':
        return this.#text(name);
      default:
        return type === 'DcsaEvent' || type === 'PositionReport' ? { eventID: this.#chance.uuid() } : 'UTC';
    }
  }

  #text(name: string): string | undefined {
    const { cursors, texts } = this.#guesses;
    if (name === 'after') return cursors.length > 0 ? this.#chance.of(cursors) : undefined;
    if (/key|number|title|name$/i.test(name) || (this.#isChange && name === 'reference')) {
      return this.#chance.word();
    }
    return this.#keyValue(name, () => (this.#isChange ? this.#chance.word() : this.#chance.of(texts)));
  }

  /** An id that may well be of what the words name. */
  #id(words: string): string {
    const { ids, idsOf } = this.#guesses;
    const kinds = [...idsOf.keys()].filter((kind) => words.toLowerCase().includes(kind));
    const named = this.#chance.chance(0.1)
      ? undefined
      : idsOf.get(kinds.sort((a, b) => b.length - a.length)[0] ?? '');
    return this.#chance.of(named ?? ids);
  }

  #keyValue(name: string, otherwise: () => string): string {
    if (/scac/i.test(name)) return this.#chance.of(['HLCU', 'ONEY', 'MAEU']);
    if (/origin|unlocode/i.test(name)) return this.#chance.of(['CNSHA', 'DEHAM']);
    if (/destination/i.test(name)) return this.#chance.of(['NLRTM', 'SGSIN']);
    if (/imo/i.test(name)) return this.#chance.of(['9321483', '9839179']);
    if (/equipment/i.test(name)) return name === 'isoEquipmentCode' ? '22G1' : 'MSKU9070323';
    if (/incoterm/i.test(name)) return 'FOB';
    return otherwise();
  }
}
