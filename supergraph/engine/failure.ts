import { GraphQLError } from 'graphql';
import type { ErrorCode } from '#platform/errors.ts';
import type { PathKeys } from './response-path.ts';
import type { SubgraphError } from './subgraph-answer.ts';

/** Something that went wrong while a subgraph was asked, at a place of the client's answer. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly path: PathKeys;
  /** What else the client may read, beside the code. */
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** The codes that a subgraph may send to a client. Its parse and validation errors are the gateway's fault. */
const PASSED_ON: ReadonlySet<unknown> = new Set<ErrorCode>([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'BAD_USER_INPUT',
  'CONFLICT',
  'RATE_LIMITED',
  'UNAVAILABLE',
  'INTERNAL',
]);

/** What servers put into extensions for their developers. */
const PRIVATE_EXTENSIONS = new Set([
  'code',
  'exception',
  'stacktrace',
  'originalError',
  'debug',
  'http',
  'unexpected',
  'serviceName',
]);

export const MASKED_MESSAGE = 'Something went wrong.';

/** Whether clients may read this error as it is. */
export function isForClients(error: SubgraphError): boolean {
  return PASSED_ON.has(error.extensions.code);
}

/**
 * What a client learns of a subgraph's error: all of it when its code is on the list, else that there was one.
 * @param production whether the message of an unlisted error is masked
 */
export function subgraphFailure(error: SubgraphError, path: PathKeys, production: boolean): Failure {
  if (!isForClients(error))
    return { code: 'INTERNAL', message: production ? MASKED_MESSAGE : error.message, path };
  const extensions = Object.fromEntries(
    Object.entries(error.extensions).filter(([name]) => !PRIVATE_EXTENSIONS.has(name)),
  );
  return { code: error.extensions.code as ErrorCode, message: error.message, path, extensions };
}

/** A subgraph is dead, slow or answers garbage. Why is in the log. */
export function unavailableFailure(subgraph: string, path: PathKeys): Failure {
  return { code: 'UNAVAILABLE', message: `The subgraph "${subgraph}" is unavailable.`, path };
}

export function toGraphQLError({ code, message, path, extensions }: Failure): GraphQLError {
  return new GraphQLError(message, {
    extensions: { ...extensions, code },
    ...(path.length > 0 ? { path } : {}),
  });
}
