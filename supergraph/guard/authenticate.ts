import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { Plugin } from 'graphql-yoga';
import { ApiError } from '#platform/errors.ts';
import { CLIENT_ADDRESS_HEADER } from '#platform/http/client-region.ts';
import { json } from '#platform/http/json.ts';
import type { TokenVerifier } from '#platform/auth/token-verifier.ts';
import type { RequestIdentity } from '#supergraph/request-context.ts';
import { addAnswerHeaders, answerHeaders } from './answer-headers.ts';
import { gatewayOrigin } from './record-refusals.ts';
import { requireRate, type RateLimits } from './rate-limits.ts';

const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** The client's own correlation id if it is harmless, else a new one. */
export function requestIdOf(header: string | null | undefined): string {
  return header && REQUEST_ID.test(header) ? header : randomUUID();
}

/**
 * Finds out who calls before anything else is done for them: a token that can't be verified is refused at once,
 * whatever it is for, and so is a caller who has sent too much. No token is no caller; whether that is enough is
 * decided when the operation is known.
 */
export function authenticate(verifier: TokenVerifier, rates: RateLimits): Plugin<RequestIdentity> {
  return {
    async onRequest({ request, serverContext, endResponse }) {
      if (request.method === 'OPTIONS') return;
      const requestId = requestIdOf(request.headers.get('x-request-id'));
      addAnswerHeaders(request, { 'x-request-id': requestId });
      // Every fetch of the operation listens.
      if (request.signal instanceof EventTarget) setMaxListeners(0, request.signal);
      const address = request.headers.get(CLIENT_ADDRESS_HEADER);
      const authorization = request.headers.get('authorization');
      try {
        const origin = gatewayOrigin(requestId, address);
        const caller = authorization === null ? null : await verifier.verifyHeader(authorization, origin);
        const rate = rates.ofCaller(caller);
        if (rate) addAnswerHeaders(request, rate.headers);
        requireRate(rate);
        const { signal } = request;
        Object.assign(serverContext, { caller, requestId, address, signal } satisfies RequestIdentity);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        endResponse(refusal(error));
      }
    },
    onResponse({ request, response }) {
      for (const [name, value] of Object.entries(answerHeaders(request))) {
        response.headers.set(name, value);
      }
    },
  };
}

function refusal(error: ApiError): Response {
  const body = { errors: [{ message: error.message, extensions: { code: error.code } }] };
  if (error.code === 'RATE_LIMITED') return json(429, body);
  return error.code === 'UNAUTHENTICATED'
    ? json(401, body, { 'www-authenticate': 'Bearer' })
    : json(503, body, { 'retry-after': '5' });
}
