import { ApiError, quote } from '#platform/errors.ts';

/**
 * What becomes of a client that reads more slowly than updates come.
 * - `conflate`: of what waits for it, only the latest update of each entity is kept.
 * - `disconnect`: it is cut off as soon as more waits than may, and never misses an update otherwise.
 */
export const WHEN_SLOW = ['conflate', 'disconnect'] as const;
export type WhenSlow = (typeof WHEN_SLOW)[number];

/** What it is called in `connection_init`, in `extensions`, and as an HTTP header. */
export const WHEN_SLOW_NAME = 'whenSlow';
export const WHEN_SLOW_HEADER = 'x-when-slow';

/**
 * A client's choice.
 * @param otherwise holds when it made none
 * @throws {ApiError} BAD_REQUEST when there is no such choice
 */
export function readWhenSlow(value: unknown, otherwise: WhenSlow): WhenSlow {
  if (value === undefined || value === null) return otherwise;
  const found = WHEN_SLOW.find((policy) => policy === value);
  if (found) return found;
  const expected = WHEN_SLOW.map((policy) => `"${policy}"`).join(' or ');
  throw new ApiError('BAD_REQUEST', `${WHEN_SLOW_NAME} is ${quote(value)}: expected ${expected}.`);
}

/** The last answer of a client that has chosen to be cut off, where there is no close code. */
export function tooSlow(): ApiError {
  return new ApiError(
    'RATE_LIMITED',
    'You read too slowly: more updates wait than may. Subscribe again and read faster.',
  );
}
