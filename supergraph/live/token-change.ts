import { accessScope } from '#platform/auth/access-scope.ts';
import type { Caller } from '#platform/auth/caller.ts';
import { ApiError } from '#platform/errors.ts';

/** Told where a fresh token changes what may be seen: what was sent so far was for another reader. */
export function otherAccess(): ApiError {
  return new ApiError(
    'CONFLICT',
    'The new token may see something else than the one before: subscribe again.',
  );
}

/** Whether a subscription may go on with another token as if it were the same. */
export function seesTheSame(before: Caller | null, after: Caller): boolean {
  return before?.subject === after.subject && accessScope(before) === accessScope(after);
}
