import {
  GraphQLError,
  Kind,
  NoSchemaIntrospectionCustomRule,
  visit,
  type ASTNode,
  type DocumentNode,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { isIntrospectionOnly } from '#platform/graphql/introspection.ts';
import { ApiError, unauthenticated } from '#platform/errors.ts';
import type { RequestContext } from '#supergraph/request-context.ts';

export interface AnonymousAccess {
  readonly production: boolean;
  /** Whether callers without a token are answered. */
  readonly publicAccess: boolean;
}

export interface SchemaAccess extends AnonymousAccess {
  /** Whether callers may ask for the schema and be told what names in it are like theirs. */
  readonly introspection: boolean;
}

/**
 * No token, no data. Outside production the schema itself may be asked for without one. With public access
 * everything may, but in production neither the schema nor guesses at names in it are given away. Where introspection
 * is off they are given to nobody.
 */
export function requireToken({
  production,
  publicAccess,
  introspection,
}: SchemaAccess): Plugin<RequestContext> {
  return {
    onParse({ context }) {
      if (context.caller !== null || publicAccess) return undefined;
      // Before parsing: not even a syntax error is told.
      if (production) refuseAnonymous();
      return ({ result }) => {
        if (!(result instanceof Error) && !isIntrospectionOnly(result as DocumentNode)) refuseAnonymous();
      };
    },
    onValidate({ context, addValidationRule }) {
      if (introspection && (context.caller !== null || !production)) return undefined;
      addValidationRule(NoSchemaIntrospectionCustomRule);
      return ({ result, setResult }) => {
        setResult((result as readonly GraphQLError[]).map(withoutGuesses));
      };
    },
  };
}

/** @throws {ApiError} UNAUTHENTICATED, with what HTTP says of it */
export function refuseAnonymous(): never {
  const { message, extensions } = unauthenticated();
  const http = { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } };
  throw new ApiError('UNAUTHENTICATED', message, { ...extensions, http });
}

/** Whether an operation of a document is answered to callers without a token, in production too, whatever the schema. */
export function isAnsweredWithout(
  { production, publicAccess }: AnonymousAccess,
  document: DocumentNode,
  operation: ASTNode,
): boolean {
  if (!publicAccess) return false;
  if (!production) return true;
  let asks = asking.get(operation);
  if (asks === undefined) {
    const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
    asks = [operation, ...fragments].some(asksForSchema);
    asking.set(operation, asks);
  }
  return !asks;
}

/** Which operations ask for the schema. */
const asking = new WeakMap<ASTNode, boolean>();

const SCHEMA_FIELDS: ReadonlySet<string> = new Set(['__schema', '__type']);

function asksForSchema(node: ASTNode): boolean {
  let found = false;
  visit(node, {
    Field({ name }) {
      found ||= SCHEMA_FIELDS.has(name.value);
    },
  });
  return found;
}

function withoutGuesses({ message, nodes = [], extensions }: GraphQLError): GraphQLError {
  return new GraphQLError(message.replace(/ ?Did you mean [^?]*\?/g, ''), { nodes, extensions });
}
