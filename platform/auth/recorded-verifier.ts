import type { AuditSink } from '../audit/audit-sink.ts';
import { ApiError } from '../errors.ts';
import type { TokenVerifier } from './token-verifier.ts';

/** A verifier whose refusals are recorded: whoever asks, and through whichever door. The token itself is not. */
export function recordedVerifier(verifier: TokenVerifier, audit: AuditSink): TokenVerifier {
  const recorded = <T>(answer: Promise<T>): Promise<T> =>
    answer.catch((error: unknown) => {
      if (error instanceof ApiError && error.code === 'UNAUTHENTICATED') {
        audit.record({
          kind: 'DENIAL',
          caller: null,
          action: 'authenticate',
          rule: 'token',
          reason: error.message,
          facts: {},
          origin: { correlationId: null, service: 'token verifier', address: null },
        });
      }
      throw error;
    });
  return {
    ...verifier,
    verify: (token) => recorded(verifier.verify(token)),
    verifyHeader: (authorization) => recorded(verifier.verifyHeader(authorization)),
  };
}
