import { GraphQLError, NoSchemaIntrospectionCustomRule, type DocumentNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { isIntrospectionOnly } from '#platform/graphql/introspection.ts';
import { ApiError, unauthenticated } from '#platform/errors.ts';
import type { RequestContext } from '#supergraph/request-context.ts';

export interface AnonymousAccess {
  readonly production: boolean;
  /** Whether callers without a token are answered. */
  readonly publicAccess: boolean;
}

/**
 * No token, no data. Outside production the schema itself may be asked for without one. With public access
 * everything may, but in production neither the schema nor guesses at names in it are given away.
 */
export function requireToken({ production, publicAccess }: AnonymousAccess): Plugin<RequestContext> {
  const refuse = (): never => {
    const { message, extensions } = unauthenticated();
    const http = { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } };
    throw new ApiError('UNAUTHENTICATED', message, { ...extensions, http });
  };
  return {
    onParse({ context }) {
      if (context.caller !== null || publicAccess) return undefined;
      // Before parsing: not even a syntax error is told.
      if (production) refuse();
      return ({ result }) => {
        if (!(result instanceof Error) && !isIntrospectionOnly(result as DocumentNode)) refuse();
      };
    },
    onValidate({ context, addValidationRule }) {
      if (context.caller !== null || !production) return undefined;
      addValidationRule(NoSchemaIntrospectionCustomRule);
      return ({ result, setResult }) => {
        setResult((result as readonly GraphQLError[]).map(withoutGuesses));
      };
    },
  };
}

function withoutGuesses({ message, nodes = [], extensions }: GraphQLError): GraphQLError {
  return new GraphQLError(message.replace(/ ?Did you mean [^?]*\?/g, ''), { nodes, extensions });
}
