import { isRecord } from '#platform/is-record.ts';
import { readToldReads, type ToldRead } from '#platform/audit/told-reads.ts';
import { type JsonObject } from './fetch-document.ts';
import type { PathKeys } from './response-path.ts';
import { SubgraphUnavailable, type SubgraphResponse } from './subgraph.ts';

/** What a subgraph answered, checked as far as every GraphQL answer is alike. */
export interface SubgraphAnswer {
  readonly data: JsonObject | null;
  readonly errors: readonly SubgraphError[];
  /** What of the sensitive it has shown, where it was to tell. */
  readonly reads: readonly ToldRead[];
}

/** One entry of a subgraph's `errors`, checked. */
export interface SubgraphError {
  readonly message: string;
  readonly path: PathKeys | undefined;
  readonly extensions: Readonly<Record<string, unknown>>;
}

const NO_ERRORS: readonly SubgraphError[] = [];

/** What one answer may carry to a client beside its data: the errors' number, and of each its texts' characters. */
const MAX_ERRORS = 1_000;
const MAX_MESSAGE = 2_000;
const MAX_EXTENSIONS = 20_000;

/** Reads one entry of a subgraph's `errors`; null when it isn't a GraphQL error. */
function readSubgraphError(value: unknown): SubgraphError | null {
  if (typeof value !== 'object' || value === null) return null;
  const { message, path, extensions } = value as Record<string, unknown>;
  if (typeof message !== 'string') return null;
  const isPath =
    Array.isArray(path) && path.every((key) => typeof key === 'string' || typeof key === 'number');
  return {
    message: message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message,
    path: isPath ? path : undefined,
    extensions: isRecord(extensions) ? bounded(extensions) : {},
  };
}

/** Of extensions that are too large, or nested so deeply that they can't be written, only the code. */
function bounded(extensions: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  try {
    if (JSON.stringify(extensions).length <= MAX_EXTENSIONS) return extensions;
  } catch {
    // Too deep for the stack.
  }
  return typeof extensions.code === 'string' ? { code: extensions.code } : {};
}

/** @throws {SubgraphUnavailable} when the response isn't a GraphQL answer */
export function readAnswer(
  subgraph: string,
  { status, contentType, text }: SubgraphResponse,
): SubgraphAnswer {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const type = contentType ?? 'no content type';
    throw new SubgraphUnavailable(subgraph, `answered ${status} with ${type} that is not JSON`);
  }
  const { data = null, errors = null, extensions } = isRecord(value) ? value : {};
  const reads = readToldReads(extensions);
  if (errors === null && isRecord(data)) return { data, errors: NO_ERRORS, reads };
  const isData = data === null || isRecord(data);
  const read = Array.isArray(errors ?? []) ? ((errors ?? []) as unknown[]).map(readSubgraphError) : [null];
  const isErrors = read.every((error) => error !== null);
  if (!isData || !isErrors || (data === null && read.length === 0)) {
    throw new SubgraphUnavailable(subgraph, 'answered JSON that is not a GraphQL answer');
  }
  return { data, errors: read.slice(0, MAX_ERRORS), reads };
}
