import { randomUUID } from 'node:crypto';
import { GraphQLError } from 'graphql';
import { ERROR_CODES } from '../errors.ts';
import type { Logger } from '../telemetry/log.ts';

const PUBLIC_CODES: ReadonlySet<unknown> = new Set(ERROR_CODES.filter((code) => code !== 'INTERNAL'));

/**
 * Turns whatever was thrown into what a client may read. Errors with a documented code pass; a database or Redis that
 * can't be reached becomes UNAVAILABLE; everything else becomes INTERNAL with an id that the log has too.
 */
export function maskError(error: unknown, log: Logger): GraphQLError {
  const located = error instanceof GraphQLError ? error : undefined;
  const original = located ? rootCause(located) : error;
  // graphql-js itself reports what is wrong with a request by an error without an original one.
  if (located && original === located && located.extensions.code === undefined) return located;
  if (original instanceof GraphQLError && PUBLIC_CODES.has(original.extensions.code)) {
    return at(located, original.message, original.extensions);
  }
  // A variable's value that its type refuses: told before anything runs, hence without a path, around the type's own error.
  if (located?.path === undefined && located?.originalError instanceof GraphQLError) {
    return at(located, located.message, { code: 'BAD_USER_INPUT' });
  }
  if (isUnavailable(original)) {
    log.warn({ error: original }, 'a dependency is away');
    return at(located, 'A part of the system needed for this is not available; try again later.', {
      code: 'UNAVAILABLE',
    });
  }
  const id = randomUUID();
  log.error({ error: original, id, path: located?.path }, 'unexpected error');
  return at(located, `Something went wrong on our side (${id}).`, { code: 'INTERNAL' });
}

function rootCause(error: GraphQLError): unknown {
  let cause: unknown = error;
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  return cause;
}

function at(
  located: GraphQLError | undefined,
  message: string,
  extensions: Record<string, unknown>,
): GraphQLError {
  return new GraphQLError(message, {
    nodes: located?.nodes ?? null,
    source: located?.source ?? null,
    positions: located?.positions ?? null,
    path: located?.path ?? null,
    extensions,
  });
}

// Node's network errors; Postgres' classes 08 (connection), 53 (resources), 57P (shutdown, crash, start-up) and 57014
// (statement time-out); Prisma's "can't reach", "timed out", "closed" and "no connection in time".
const NETWORK_CODES = /^(ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
const POSTGRES_CODES = /^(08\w{3}|53\w{3}|57P0\d|57014)$/;
const PRISMA_CODES = /^(P1001|P1002|P1008|P1017|P2024|P2028|P2037)$/;
const MESSAGES =
  /timeout exceeded when trying to connect|timeout expired|Query read timeout|Connection terminated|is not queryable|Cannot use a pool after calling end|Command timed out|Connection is closed|aborted due to connection close|Stream isn't writeable|max retries per request|Can't reach database server|Server has closed the connection|DatabaseNotReachable|SocketTimeout|ConnectionClosed|Code: `(08\w{3}|53\w{3}|57P0\d|57014)`/i;

// An error may be its own cause.
const MAX_CAUSES = 5;

/** Whether an error means that a dependency can't be reached at the moment. */
export function isUnavailable(error: unknown): boolean {
  let current = error;
  for (let depth = 0; depth < MAX_CAUSES && typeof current === 'object' && current !== null; depth += 1) {
    // Prisma's adapter keeps what Postgres said in a plain object.
    const { code, originalCode, message, cause } = current as Readonly<Record<string, unknown>>;
    if ([code, originalCode].some((value) => typeof value === 'string' && isUnavailableCode(value)))
      return true;
    if (typeof message === 'string' && MESSAGES.test(message)) return true;
    current = cause;
  }
  return false;
}

function isUnavailableCode(code: string): boolean {
  return NETWORK_CODES.test(code) || POSTGRES_CODES.test(code) || PRISMA_CODES.test(code);
}
