import { badUserInput, fault } from '#platform/errors.ts';
import { searchText } from './search-text.ts';

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
  const text = search.length <= LONGEST ? searchText(search) : '';
  if (text.length < SHORTEST) {
    throw badUserInput(
      fault('search', search, `expected ${SHORTEST} to ${LONGEST} characters, letters or digits`),
    );
  }
  // searchText leaves no wildcard that would have to be escaped.
  const code = text.toUpperCase().replaceAll(' ', '');
  return { start: `${text}%`, word: `% ${text}%`, anywhere: `%${text}%`, code, codeStart: `${code}%` };
}
