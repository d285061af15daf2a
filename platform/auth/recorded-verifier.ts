import type { AuditOrigin, AuditSink } from '../audit/audit-sink.ts';
import { ApiError } from '../errors.ts';
import type { TokenVerifier } from './token-verifier.ts';

const UNKNOWN: AuditOrigin = { correlationId: null, service: 'token verifier', address: null };

/** A verifier whose refusals are recorded: whoever asks, and through whichever door. The token itself is not. */
export function recordedVerifier(verifier: TokenVerifier, audit: AuditSink): TokenVerifier {
  const recorded = <T>(answer: Promise<T>, origin: AuditOrigin | null): Promise<T> =>
    answer.catch((error: unknown) => {
      if (origin && error instanceof ApiError && error.code === 'UNAUTHENTICATED') {
        audit.record({
          kind: 'DENIAL',
          caller: null,
          action: 'authenticate',
          rule: 'token',
          reason: error.message,
          facts: {},
          origin,
        });
      }
      throw error;
    });
  return {
    ...verifier,
    verify: (token, origin = UNKNOWN) => recorded(verifier.verify(token), origin),
    verifyHeader: (authorization, origin = UNKNOWN) => recorded(verifier.verifyHeader(authorization), origin),
  };
}
