import {
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  GraphQLString,
  isEnumType,
  type GraphQLEnumType,
  type GraphQLScalarType,
} from 'graphql';
import { stringText, valueText } from '../json-text.ts';

/** The JSON text of a single value that isn't null; undefined when the type doesn't have this value. */
export type LeafWriter = (value: unknown) => string | undefined;

const INTEGER = /^-?(?:0|[1-9][0-9]*)$/;

const SPECIFIED: Readonly<Record<string, LeafWriter>> = {
  [GraphQLBoolean.name]: (value) => (typeof value === 'boolean' ? String(value) : undefined),
  [GraphQLInt.name]: integerText,
  [GraphQLFloat.name]: (value) =>
    typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined,
  [GraphQLString.name]: (value) => (typeof value === 'string' ? stringText(value) : undefined),
  [GraphQLID.name]: (value) => (typeof value === 'string' ? stringText(value) : integerText(value)),
};

/** A scalar of the schema's own may have any value; an enum only those that clients may see. */
export function leafWriter(type: GraphQLScalarType | GraphQLEnumType): LeafWriter {
  if (!isEnumType(type)) return SPECIFIED[type.name] ?? valueText;
  const texts = new Map<unknown, string>(type.getValues().map(({ name }) => [name, `"${name}"`]));
  return (value) => texts.get(value);
}

function integerText(value: unknown): string | undefined {
  if (typeof value !== 'number' || !Number.isInteger(value)) return undefined;
  const text = String(value);
  return INTEGER.test(text) ? text : undefined;
}
