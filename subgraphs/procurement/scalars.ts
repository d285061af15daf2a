import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { quote } from '#platform/errors.ts';
import { Currency, DateTime, LocalDate } from '#platform/graphql/scalars.ts';

const PLAIN_DECIMAL = /^-?[0-9]{1,40}(?:\.[0-9]{1,40})?$/;

/** An exact decimal number, a string inside and outside. A JSON number is refused: it may have been rounded already. */
const Decimal = new GraphQLScalarType<string, string>({
  name: 'Decimal',
  serialize: plainDecimal,
  parseValue: plainDecimal,
  parseLiteral: (node) => {
    if (node.kind === Kind.STRING) return plainDecimal(node.value);
    throw new GraphQLError('Decimal must be given as a string, such as "1250.00"', { nodes: node });
  },
});

function plainDecimal(value: unknown): string {
  if (typeof value === 'string' && PLAIN_DECIMAL.test(value)) return value;
  throw new GraphQLError(
    `Decimal ${quote(value)}: expected a plain decimal number in a string, such as "1250.00"`,
  );
}

export const scalars = { Currency, Date: LocalDate, DateTime, Decimal };
