import { badUserInput, fault } from '#platform/errors.ts';
import { isUuid } from '#platform/graphql/connection.ts';
import { parseImoNumber } from './imo-number.ts';

/** Reads a code however it is cased or spaced; null for what doesn't have the code's form. */
export type CodeParser = (given: unknown) => string | null;

/** A UN/LOCODE, such as CNSHA, also written "CN SHA": two letters of the country, three of A–Z and 2–9. */
export const parseUnLocode = form(/^[A-Z]{2} ?[A-Z2-9]{3}$/);
/** A Standard Carrier Alpha Code (NMFTA), such as HLCU: two to four letters. */
export const parseScac = form(/^[A-Z]{2,4}$/);
/** An SMDG liner code, such as HLC: three letters or digits. */
export const parseSmdgCode = form(/^[A-Z0-9]{3}$/);
/** A carrier's id. */
export const parseCarrierId: CodeParser = (given) =>
  typeof given === 'string' && isUuid(given) ? given.toLowerCase() : null;

function form(pattern: RegExp): CodeParser {
  return (given) => {
    const code = typeof given === 'string' ? given.trim().toUpperCase() : '';
    return pattern.test(code) ? code.replace(' ', '') : null;
  };
}

/** The code itself when it is written exactly as it is listed, else null: for keys that must stay as they are. */
export function listedForm(parse: CodeParser, given: unknown): string | null {
  const code = parse(given);
  return code === given ? code : null;
}

/**
 * @throws {ApiError} BAD_USER_INPUT naming the field, its value and what was expected
 */
function required(parse: CodeParser, expected: string): (field: string, text: string) => string {
  return (field, text) => {
    const code = parse(text);
    if (code === null) throw badUserInput(fault(field, text, `expected ${expected}`));
    return code;
  };
}

export const requireUnLocode = required(
  parseUnLocode,
  'a UN/LOCODE: two letters of the country and three of A–Z and 2–9',
);
export const requireScac = required(parseScac, 'a Standard Carrier Alpha Code: two to four letters');
export const requireSmdgCode = required(parseSmdgCode, 'an SMDG liner code: three letters or digits');
export const requireCarrierId = required(parseCarrierId, 'a UUID');
export const requireImoNumber = required(
  parseImoNumber,
  'an IMO number: seven digits, the last a check digit',
);
