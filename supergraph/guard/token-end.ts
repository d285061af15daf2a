import type { Caller } from '#platform/auth/caller.ts';
import type { TokenVerifier } from '#platform/auth/token-verifier.ts';
import { at } from './expiry.ts';

/** What tells how long a token counts. */
export type TokenLife = Pick<TokenVerifier, 'isCurrent' | 'onRevoked'>;

/**
 * Calls back once, when a caller's token expires or is called back.
 * @returns how to call it off
 */
export function whenTokenEnds(caller: Caller, tokens: TokenLife, callback: () => void): () => void {
  let stop = (): void => undefined;
  const end = (): void => {
    stop();
    callback();
  };
  const stopTimer = at(caller.expiresAt, end);
  const stopListening = tokens.onRevoked(caller, end);
  // Called back between its verification and now.
  const late = tokens.isCurrent(caller) ? null : setImmediate(end);
  stop = () => {
    stopTimer();
    stopListening();
    if (late) clearImmediate(late);
  };
  return () => stop();
}
