import {
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';
import type { Random } from './random.ts';

export interface RandomOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const MAX_DEPTH = 5;
/** Fields of one operation, about. */
const BUDGET = 40;

/** Writes an operation that most often is valid: check, and take another if it isn't. */
export function randomOperation(schema: GraphQLSchema, random: Random): RandomOperation {
  return new Writer(schema, random).write();
}

class Writer {
  readonly #schema: GraphQLSchema;
  readonly #random: Random;
  readonly #declared: string[] = [];
  readonly #variables: Record<string, unknown> = {};
  readonly #fragments: string[] = [];
  #budget = BUDGET;
  #names = 0;

  constructor(schema: GraphQLSchema, random: Random) {
    this.#schema = schema;
    this.#random = random;
  }

  write(): RandomOperation {
    const root = this.#schema.getQueryType();
    if (!root) throw new Error('the schema has no query type');
    const selections = this.#selections(root, 0);
    const declared = this.#declared.length > 0 ? `(${this.#declared.join(', ')})` : '';
    return {
      query: [`query Random${declared} ${selections}`, ...this.#fragments].join('\n'),
      variables: this.#variables,
    };
  }

  #selections(type: GraphQLCompositeType, depth: number): string {
    const parts: string[] = [];
    if (isObjectType(type) || isInterfaceType(type)) {
      const fields = Object.values(type.getFields()).filter(
        (field) => depth < MAX_DEPTH || isLeafType(getNamedType(field.type)),
      );
      const count = 1 + this.#random.below(Math.min(fields.length, 4));
      for (let index = 0; index < count && fields.length > 0; index += 1) {
        parts.push(this.#field(this.#random.pick(fields), depth));
      }
    }
    if (isAbstractType(type)) {
      for (const possible of this.#schema.getPossibleTypes(type)) {
        if (this.#random.chance(0.6)) parts.push(this.#fragment(possible, depth));
      }
    }
    if (isObjectType(type)) {
      for (const wide of type.getInterfaces()) {
        if (this.#random.chance(0.15)) parts.push(this.#fragment(wide, depth));
      }
    }
    if (parts.length === 0 || this.#random.chance(0.25)) {
      parts.push(this.#random.chance(0.3) ? `${this.#name('t')}: __typename` : '__typename');
    }
    return `{ ${parts.join(' ')} }`;
  }

  #fragment(type: GraphQLCompositeType, depth: number): string {
    const selections = this.#selections(type, depth + 1);
    if (!this.#random.chance(0.3)) return `... on ${type.name}${this.#condition()} ${selections}`;
    const name = this.#name('F');
    this.#fragments.push(`fragment ${name} on ${type.name} ${selections}`);
    return `...${name}${this.#condition()}`;
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number): string {
    this.#budget -= 1;
    const named = getNamedType(field.type);
    if (!isLeafType(named) && this.#budget < 0) return '__typename';
    const given = field.args.flatMap((argument) => this.#argument(argument));
    const text = given.length > 0 ? `${field.name}(${given.join(', ')})` : field.name;
    // Arguments differ from one use to the next: the answer needs another name.
    const alias = field.args.length > 0 || this.#random.chance(0.15) ? `${this.#name('a')}: ` : '';
    const inner = isLeafType(named) ? '' : ` ${this.#selections(named as GraphQLCompositeType, depth + 1)}`;
    return `${alias}${text}${this.#condition()}${inner}`;
  }

  #argument(argument: GraphQLArgument): string[] {
    const required = isNonNullType(argument.type) && argument.defaultValue === undefined;
    if (!required && this.#random.chance(0.4)) return [];
    if (!this.#random.chance(0.4))
      return [`${argument.name}: ${literal(this.#value(argument.type), argument.type)}`];
    const name = this.#name('v');
    this.#declared.push(`$${name}: ${String(argument.type)}`);
    this.#variables[name] = this.#value(argument.type);
    return [`${argument.name}: $${name}`];
  }

  #value(type: GraphQLInputType): unknown {
    if (isNonNullType(type)) return this.#some(type.ofType);
    return this.#random.chance(0.15) ? null : this.#some(type);
  }

  #some(type: GraphQLInputType): unknown {
    const { below } = { below: (limit: number) => this.#random.below(limit) };
    if (isListType(type)) {
      return Array.from({ length: below(3) }, () => this.#value(type.ofType));
    }
    if (isEnumType(type)) return this.#random.pick(type.getValues()).name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter(
        (field) => isNonNullType(field.type) || this.#random.chance(0.5),
      );
      return Object.fromEntries(fields.map((field) => [field.name, this.#value(field.type)]));
    }
    switch (getNamedType(type).name) {
      case 'Int':
        return below(5);
      case 'Float':
        return below(100) / 4;
      case 'Boolean':
        return this.#random.chance(0.5);
      default:
        return `id-${below(6)}`;
    }
  }

  #condition(): string {
    if (!this.#random.chance(0.08)) return '';
    const directive = this.#random.chance(0.5) ? '@skip' : '@include';
    const value = this.#random.chance(0.5);
    if (this.#random.chance(0.3)) return ` ${directive}(if: ${value})`;
    const name = this.#name('c');
    this.#declared.push(`$${name}: Boolean!${this.#random.chance(0.3) ? ` = ${!value}` : ''}`);
    this.#variables[name] = value;
    return ` ${directive}(if: $${name})`;
  }

  #name(prefix: string): string {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }
}

/** A value as it is written in a document. */
function literal(value: unknown, type: GraphQLInputType): string {
  if (isNonNullType(type)) return literal(value, type.ofType);
  if (value === null) return 'null';
  if (isListType(type)) {
    return `[${(value as unknown[]).map((item) => literal(item, type.ofType)).join(', ')}]`;
  }
  if (isEnumType(type)) return value as string;
  if (isInputObjectType(type)) {
    const fields = type.getFields();
    return `{ ${Object.entries(value as object)
      .map(([name, item]) => `${name}: ${literal(item, fields[name]?.type as GraphQLInputType)}`)
      .join(', ')} }`;
  }
  return JSON.stringify(value);
}
