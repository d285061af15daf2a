import { GraphQLError } from 'graphql';
import { ERROR_CODES } from '#platform/errors.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import { MASKED_MESSAGE } from '#supergraph/engine/failure.ts';

const PUBLIC_CODES: ReadonlySet<unknown> = new Set(ERROR_CODES);

/** What yoga calls the faults of a request, and what we call them. */
const RENAMED: Readonly<Record<string, string>> = {
  REQUEST_ENTITY_TOO_LARGE: 'BAD_REQUEST',
  OPERATION_RESOLUTION_FAILURE: 'BAD_REQUEST',
};

/**
 * The only way out for errors that the gateway itself makes: those with a documented code pass, everything else is
 * logged and masked. (What subgraphs report has been through `engine/failure.ts` already.)
 */
export function publicError(error: unknown, log: Logger, production: boolean): GraphQLError {
  if (error instanceof GraphQLError) {
    const code = error.extensions['code'];
    if (PUBLIC_CODES.has(code)) return withoutCause(error, error.extensions);
    const renamed = typeof code === 'string' ? RENAMED[code] : undefined;
    if (renamed) return withoutCause(error, { ...error.extensions, code: renamed });
    if (code === undefined && !error.originalError && error.message.startsWith('Syntax Error')) {
      return withoutCause(error, { ...error.extensions, code: 'GRAPHQL_PARSE_FAILED' });
    }
  }
  log.error({ error }, 'unexpected error');
  const message = production || !(error instanceof Error) ? MASKED_MESSAGE : error.message;
  return new GraphQLError(message, { extensions: { code: 'INTERNAL', http: { status: 500 } } });
}

/** An error's cause is never serialised, but yoga judges by it whether an error was expected. */
function withoutCause(error: GraphQLError, extensions: Readonly<Record<string, unknown>>): GraphQLError {
  if (!error.originalError && !('originalError' in extensions) && extensions === error.extensions) return error;
  const { originalError: _, ...shown } = extensions;
  return withExtensions(error, shown);
}

/** An error as it is sent over WebSocket: without what was meant for HTTP. */
export function withoutHttp(error: GraphQLError): GraphQLError {
  if (!('http' in error.extensions)) return error;
  const { http: _, ...extensions } = error.extensions;
  return withExtensions(error, extensions);
}

function withExtensions(error: GraphQLError, extensions: Readonly<Record<string, unknown>>): GraphQLError {
  const { message, nodes = null, source = null, positions = null, path = null } = error;
  return new GraphQLError(message, { nodes, source, positions, path, extensions });
}
