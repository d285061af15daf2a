import type { AuditOrigin } from '#platform/audit/audit-sink.ts';
import type { Caller } from '#platform/auth/caller.ts';
import type { TokenVerifier } from '#platform/auth/token-verifier.ts';

/**
 * The caller that a WebSocket's `connection_init` names: `Authorization` in its payload or in the payload's `headers`,
 * in either spelling, with or without `Bearer`.
 * @param origin where it comes from, for the record of a refusal
 * @returns null when there is no token
 * @throws {ApiError} as the verifier does
 */
export async function callerOfConnection(
  payload: Readonly<Record<string, unknown>> | undefined,
  verifier: TokenVerifier,
  origin: AuditOrigin,
): Promise<Caller | null> {
  const value = authorizationOf(payload) ?? authorizationOf(payload?.headers);
  if (value === undefined) return null;
  return /\s/.test(value) ? verifier.verifyHeader(value, origin) : verifier.verify(value, origin);
}

/** Whether a payload has a token where `callerOfConnection` looks for it. */
export function bringsToken(payload: unknown): payload is Readonly<Record<string, unknown>> {
  if (typeof payload !== 'object' || payload === null) return false;
  return (
    authorizationOf(payload) !== undefined ||
    authorizationOf((payload as Record<string, unknown>).headers) !== undefined
  );
}

function authorizationOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { Authorization: upper, authorization: lower } = value as Record<string, unknown>;
  const found = upper ?? lower ?? undefined;
  // Something there that isn't text is a broken token, not a missing one.
  return found === undefined || typeof found === 'string' ? found : '';
}
