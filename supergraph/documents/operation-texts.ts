import { isRecord } from '#platform/is-record.ts';
import { ApiError, unavailable } from '#platform/errors.ts';
import type { KnownDocuments } from './known-documents.ts';
import { hashOf } from './known-documents.ts';
import type { Manifest } from './manifest.ts';

/** What a request says of the text of its operation. */
export interface Asked {
  readonly query?: unknown;
  readonly documentId?: unknown;
  readonly extensions?: unknown;
}

/** The text of an operation. */
export interface OperationText {
  readonly text: string;
  /** Keeps the text for those who will name it by its hash; to be called once it is known to be valid. */
  readonly keep: (() => void) | null;
}

/**
 * Finds the text of an operation: sent along, or named by its hash, as Apollo's clients do with automatic persisted
 * queries (`extensions.persistedQuery`) or as `documentId`. The same for every way in.
 */
export interface OperationTexts {
  /**
   * As `find` when nothing need be waited for, and nothing is wrong.
   * @returns undefined when it must be found out
   */
  here(asked: Asked): OperationText | undefined;
  /**
   * @returns null when the request names no text at all
   * @throws {ApiError} what is wrong, with the status for HTTP
   */
  find(asked: Asked): Promise<OperationText | null>;
}

const HASH = /^[0-9a-f]{64}$/;

/** Any text may be run; texts that were sent once may be named. */
export function anyText(known: KnownDocuments | null): OperationTexts {
  const withText = (text: string, hash: string | null): OperationText => ({
    text,
    keep: hash === null || !known ? null : () => known.keep(hash, text),
  });
  return {
    here: (asked) => {
      const { query } = asked;
      if (!namesText(asked)) return typeof query === 'string' ? withText(query, null) : undefined;
      const hash = safeHash(asked);
      if (hash === null || !known) return undefined;
      if (typeof query === 'string' && query !== '')
        return hashOf(query) === hash ? withText(query, hash) : undefined;
      const text = known.here(hash);
      return text === undefined ? undefined : withText(text, null);
    },
    find: async (asked) => {
      const { query } = asked;
      const sent = typeof query === 'string' && query !== '' ? query : null;
      if (!namesText(asked)) return sent === null ? null : withText(sent, null);
      const hash = hashNamed(asked);
      if (!known) throw refusal('PERSISTED_QUERY_NOT_SUPPORTED', 'PersistedQueryNotSupported', 200);
      if (sent !== null) {
        if (hashOf(sent) !== hash) throw badRequest('The hash is not the SHA-256 of the query.');
        return withText(sent, hash);
      }
      // Also when the store is away: the client then sends the text.
      const text = await known.find(hash);
      if (typeof text !== 'string') throw notFound();
      return withText(text, null);
    },
  };
}

/** Only texts that the manifest has may be run. */
export function textsOfManifest(manifest: () => Manifest): OperationTexts {
  let texts: ReadonlySet<string> = new Set();
  let of: Manifest | null = null;
  const has = (text: string): boolean => {
    const current = manifest();
    if (of !== current) {
      of = current;
      texts = new Set(current.values());
    }
    return texts.has(text);
  };
  const here = (asked: Asked): OperationText | undefined => {
    const { query } = asked;
    if (typeof query === 'string' && query !== '')
      return has(query) ? { text: query, keep: null } : undefined;
    const name = nameOf(asked);
    const text = name === null ? undefined : manifest().get(name);
    return text === undefined ? undefined : { text, keep: null };
  };
  return {
    here,
    find: (asked) => {
      const found = here(asked);
      if (found) return Promise.resolve(found);
      if (typeof asked.query === 'string' && asked.query !== '') return Promise.reject(notTrusted());
      if (!namesText(asked)) return Promise.resolve(null);
      return Promise.reject(nameOf(asked) === null ? badRequest(EXPECTED) : notFound());
    },
  };
}

/** Only texts that the store has may be run. */
export function textsOfStore(known: KnownDocuments): OperationTexts {
  const hashOfAsked = (asked: Asked): string | null => {
    const { query } = asked;
    return typeof query === 'string' && query !== '' ? hashOf(query) : safeHash(asked);
  };
  return {
    here: (asked) => {
      const hash = hashOfAsked(asked);
      const text = hash === null ? undefined : known.here(hash);
      return text === undefined ? undefined : { text, keep: null };
    },
    find: async (asked) => {
      const sent = typeof asked.query === 'string' && asked.query !== '';
      if (!sent && !namesText(asked)) return null;
      const hash = hashOfAsked(asked);
      if (hash === null) throw badRequest(EXPECTED);
      const text = await known.find(hash);
      if (text === undefined) throw unavailable("The trusted documents can't be looked up.");
      if (text === null) throw sent ? notTrusted() : notFound();
      return { text, keep: null };
    },
  };
}

const EXPECTED =
  'Name the document by extensions.persistedQuery { version: 1, sha256Hash } or by documentId: 64 hexadecimal digits.';

function persistedQuery({ extensions }: Asked): unknown {
  return isRecord(extensions) ? (extensions.persistedQuery ?? undefined) : undefined;
}

/** Whether a request calls its text by a name. */
export function namesText(asked: Asked): boolean {
  return persistedQuery(asked) !== undefined || (asked.documentId !== undefined && asked.documentId !== null);
}

/** What the request calls its text. */
function nameOf(asked: Asked): string | null {
  const persisted = persistedQuery(asked);
  if (persisted !== undefined) {
    if (!isRecord(persisted) || persisted.version !== 1) return null;
    return typeof persisted.sha256Hash === 'string' ? persisted.sha256Hash.toLowerCase() : null;
  }
  const { documentId } = asked;
  return typeof documentId === 'string' ? documentId.replace(/^sha256:/, '') : null;
}

function safeHash(asked: Asked): string | null {
  const name = nameOf(asked);
  return name !== null && HASH.test(name) ? name : null;
}

function hashNamed(asked: Asked): string {
  const hash = safeHash(asked);
  if (hash === null) throw badRequest(EXPECTED);
  return hash;
}

function refusal(code: ConstructorParameters<typeof ApiError>[0], message: string, status: number): ApiError {
  return new ApiError(code, message, { http: { status, headers: { 'cache-control': 'no-store' } } });
}

/** Clients know it by its message, and by a status that isn't an error for proxies. */
function notFound(): ApiError {
  return refusal('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound', 200);
}

function notTrusted(): ApiError {
  return refusal('DOCUMENT_NOT_TRUSTED', 'Only operations that were registered before are run here.', 403);
}

function badRequest(message: string): ApiError {
  return refusal('BAD_REQUEST', message, 400);
}
