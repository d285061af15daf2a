import { GraphQLScalarType } from 'graphql';
import {
  GraphQLCountryCode,
  GraphQLCurrency,
  GraphQLDateTimeISO,
  GraphQLLocalDate,
  GraphQLTimeZone,
} from 'graphql-scalars';

/** The scalars of the subgraphs by their names in the schema. Instants are `Date` inside and RFC 3339 outside. */
export const DateTime = renamed(GraphQLDateTimeISO, 'DateTime');
/** A calendar date as `YYYY-MM-DD`, inside and outside. */
export const LocalDate = renamed(GraphQLLocalDate, 'Date');
export const TimeZone = renamed(GraphQLTimeZone, 'TimeZone');
export const CountryCode = renamed(GraphQLCountryCode, 'CountryCode');
export const Currency = renamed(GraphQLCurrency, 'Currency');

function renamed(scalar: GraphQLScalarType, name: string): GraphQLScalarType {
  return new GraphQLScalarType({ ...scalar.toConfig(), name });
}
