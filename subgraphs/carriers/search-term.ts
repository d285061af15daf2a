import { badUserInput, fault } from '#platform/errors.ts';
import { likeLiteral, searchText } from './search-text.ts';

/** What somebody searches for, as LIKE patterns for the `search_name` and code columns. */
export interface SearchTerm {
  /** Names that begin with it. */
  readonly start: string;
  /** Names with a later word that begins with it. */
  readonly word: string;
  /** Names that hold it anywhere. */
  readonly anywhere: string;
  /** It as a code: capitals, no spaces. */
  readonly code: string;
  /** Codes that begin with it. */
  readonly codeStart: string;
}

const SHORTEST = 2;
const LONGEST = 100;

/**
 * @param search as the client gave it; null when it searches for nothing
 * @throws {ApiError} BAD_USER_INPUT when it is too short to mean anything, or too long
 */
export function readSearchTerm(search: string | null | undefined): SearchTerm | null {
  if (search === null || search === undefined) return null;
  const text = searchText(search.slice(0, LONGEST + 1));
  // Postgres can't take NUL; no name holds the other control characters.
  if (search.length > LONGEST || [...text].length < SHORTEST || /\p{Cc}/u.test(text)) {
    throw badUserInput(fault('search', search, `expected ${SHORTEST} to ${LONGEST} characters of a name or code`));
  }
  const literal = likeLiteral(text);
  const code = text.toUpperCase().replaceAll(' ', '');
  return {
    start: `${literal}%`,
    word: `% ${literal}%`,
    anywhere: `%${literal}%`,
    code,
    codeStart: `${likeLiteral(code)}%`,
  };
}
