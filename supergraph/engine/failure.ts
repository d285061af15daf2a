import { GraphQLError } from 'graphql';
import type { ErrorCode } from '#platform/errors.ts';
import type { PathKeys } from './response-path.ts';

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
const PRIVATE_EXTENSIONS = new Set(['code', 'exception', 'stacktrace', 'originalError', 'debug', 'http', 'unexpected', 'serviceName']);

export const MASKED_MESSAGE = 'Something went wrong.';

/** One entry of a subgraph's `errors`, checked. */
export interface SubgraphError {
  readonly message: string;
  readonly path: PathKeys | undefined;
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** Reads one entry of a subgraph's `errors`; null when it isn't a GraphQL error. */
export function readSubgraphError(value: unknown): SubgraphError | null {
  if (typeof value !== 'object' || value === null) return null;
  const { message, path, extensions } = value as Record<string, unknown>;
  if (typeof message !== 'string') return null;
  const isPath = Array.isArray(path) && path.every((key) => typeof key === 'string' || typeof key === 'number');
  const isObject = typeof extensions === 'object' && extensions !== null && !Array.isArray(extensions);
  return {
    message,
    path: isPath ? path : undefined,
    extensions: isObject ? (extensions as Record<string, unknown>) : {},
  };
}

/** Whether clients may read this error as it is. */
export function isForClients(error: SubgraphError): boolean {
  return PASSED_ON.has(error.extensions['code']);
}

/**
 * What a client learns of a subgraph's error: all of it when its code is on the list, else that there was one.
 * @param production whether the message of an unlisted error is masked
 */
export function subgraphFailure(error: SubgraphError, path: PathKeys, production: boolean): Failure {
  if (!isForClients(error)) return { code: 'INTERNAL', message: production ? MASKED_MESSAGE : error.message, path };
  const extensions = Object.fromEntries(
    Object.entries(error.extensions).filter(([name]) => !PRIVATE_EXTENSIONS.has(name)),
  );
  return { code: error.extensions['code'] as ErrorCode, message: error.message, path, extensions };
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
