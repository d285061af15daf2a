import { GraphQLError, type ASTNode } from 'graphql';

/** Every `extensions.code` that a client may meet; docs/errors.md lists them for readers. */
export const ERROR_CODES = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'BAD_USER_INPUT',
  'CONFLICT',
  'RATE_LIMITED',
  'CURSOR_EXPIRED',
  'UNAVAILABLE',
  'INTERNAL',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_REQUEST',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'DOCUMENT_NOT_TRUSTED',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** What is wrong with one field of an input. */
export interface Fault {
  /** Path of the field from the input's root, such as `lanes[0].origin`. */
  readonly field: string;
  /** The value that was given, shortened. */
  readonly value: string;
  /** What was expected instead. */
  readonly reason: string;
}

/** An error that a client is meant to read: its message and code pass through masking. */
export class ApiError extends GraphQLError {
  readonly code: ErrorCode;

  /** @param node the part of the document that it is about, if it is about one */
  constructor(code: ErrorCode, message: string, extensions: Record<string, unknown> = {}, node?: ASTNode) {
    super(message, { ...(node && { nodes: node }), extensions: { ...extensions, code } });
    this.name = 'ApiError';
    this.code = code;
  }
}

const MAX_SHOWN = 80;

/** A value as it may be quoted in an error message: JSON, one line, shortened. */
export function quote(value: unknown): string {
  // JSON has no word for undefined, functions and symbols.
  const text = (JSON.stringify(value) as string | undefined) ?? String(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/** One fault, with its value quoted. */
export function fault(field: string, value: unknown, reason: string): Fault {
  return { field, value: quote(value), reason };
}

/**
 * The input breaks a rule. All faults of one input are reported at once, under `extensions.faults`.
 * @param faults at least one
 */
export function badUserInput(...faults: readonly Fault[]): ApiError {
  const message = faults.map((f) => `${f.field} is ${f.value}: ${f.reason}`).join('; ');
  return new ApiError('BAD_USER_INPUT', message, { faults });
}

/** Who is calling isn't known. Says nothing about why a token was refused, on purpose. */
export function unauthenticated(): ApiError {
  return new ApiError('UNAUTHENTICATED', 'A valid bearer token is required.');
}

/** The caller is known and may not do this. */
export function forbidden(message = 'You may not do this.'): ApiError {
  return new ApiError('FORBIDDEN', message);
}

/** There is no such object, or the caller may not know that there is. */
export function notFound(kind: string, id: string): ApiError {
  return new ApiError('NOT_FOUND', `There is no ${kind} ${quote(id)}.`);
}

/** The request contradicts what has happened before. */
export function conflict(message: string): ApiError {
  return new ApiError('CONFLICT', message);
}

/** Something this answer needs can't be reached at the moment; trying again later may help. */
export function unavailable(message: string): ApiError {
  return new ApiError('UNAVAILABLE', message);
}

/** What came after a cursor of a live stream isn't kept any more, or never was. */
export function cursorExpired(): ApiError {
  const message = 'What came after this cursor is no longer kept: read the current state and subscribe anew.';
  return new ApiError('CURSOR_EXPIRED', message);
}
