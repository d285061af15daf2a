import { isRecord } from '#platform/is-record.ts';
import { GraphQLError } from 'graphql';
import { ERROR_CODES } from '#platform/errors.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import { MASKED_MESSAGE } from '#supergraph/engine/failure.ts';

const PUBLIC_CODES: ReadonlySet<unknown> = new Set(ERROR_CODES);

/** Yoga's own names for what is wrong with a request. */
const REQUEST_FAULTS: ReadonlySet<unknown> = new Set([
  'REQUEST_ENTITY_TOO_LARGE',
  'OPERATION_RESOLUTION_FAILURE',
]);

/**
 * The only way out for errors that the gateway itself makes: those with a documented code pass, everything else is
 * logged and masked. (What subgraphs report has been through `engine/failure.ts` already.)
 */
export function publicError(error: unknown, log: Logger, production: boolean): GraphQLError {
  if (error instanceof GraphQLError) {
    const { code, http } = error.extensions;
    if (code === 'BAD_REQUEST' || REQUEST_FAULTS.has(code)) {
      // `spec` would make it 200 for clients that take plain JSON; no operation was run that could have succeeded.
      const always = isRecord(http) ? { http: { ...http, spec: false } } : {};
      return withoutCause(error, { ...error.extensions, ...always, code: 'BAD_REQUEST' });
    }
    if (PUBLIC_CODES.has(code)) return withoutCause(error, error.extensions);
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
  if (!error.originalError && !('originalError' in extensions) && extensions === error.extensions)
    return error;
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
