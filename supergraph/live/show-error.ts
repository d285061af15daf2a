import type { GraphQLError, GraphQLFormattedError } from 'graphql';

/** An error as clients are told of it: what is not meant for them is left out. */
export type ShowError = (error: GraphQLError) => GraphQLFormattedError;
