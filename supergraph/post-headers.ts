import type { IncomingMessage } from 'node:http';
import { MAX_BODY_SIZE } from './http.ts';

const PLAIN_JSON = /^application\/json(?:; ?charset=utf-8)?$/i;

/** Whether a request announces a JSON body of an allowed size as it is, neither compressed nor in chunks. */
export function hasPlainJsonBody({ method, headers }: IncomingMessage): boolean {
  if (method !== 'POST' || headers['content-encoding'] !== undefined) return false;
  const length = Number(headers['content-length'] ?? 0);
  return length > 0 && length <= MAX_BODY_SIZE && PLAIN_JSON.test(headers['content-type'] ?? '');
}

const GRAPHQL_RESPONSE = 'application/graphql-response+json';
const ANY = '*/*';
const JSON_TYPE = 'application/json';

/** @returns the content type of the answer; null when something else than a plain answer is wanted */
export function answerType(accept: string | undefined): string | null {
  const wanted = (accept ?? ANY)
    .toLowerCase()
    .split(',')
    .map((part) => part.split(';', 1)[0]?.trim());
  if (!wanted.every((type) => type === ANY || type === JSON_TYPE || type === GRAPHQL_RESPONSE)) return null;
  return `${wanted[0] === GRAPHQL_RESPONSE ? GRAPHQL_RESPONSE : JSON_TYPE}; charset=utf-8`;
}
