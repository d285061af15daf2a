import { GraphQLScalarType } from 'graphql';
import { CountryCode, TimeZone as AnyTimeZone } from '#platform/graphql/scalars.ts';

const checked = new Set<unknown>();

/** Remembers which zones it has checked: a check costs as much as the rest of a port. */
const TimeZone = new GraphQLScalarType({
  ...AnyTimeZone.toConfig(),
  serialize: (zone) => {
    if (checked.has(zone)) return zone;
    const serialized: unknown = AnyTimeZone.serialize(zone);
    // The database holds some hundred zones; what isn't one has thrown.
    checked.add(serialized);
    return serialized;
  },
});

export const scalars = { CountryCode, TimeZone };
