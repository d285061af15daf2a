import type { Plugin } from 'graphql-yoga';
import type { AuditOrigin, AuditSink } from '#platform/audit/audit-sink.ts';
import type { Caller } from '#platform/auth/caller.ts';
import { CLIENT_ADDRESS_HEADER } from '#platform/http/client-region.ts';
import { answerHeaders } from './answer-headers.ts';

/** Where something that the gateway has recorded comes from. */
export function gatewayOrigin(correlationId: string | null, address: string | null): AuditOrigin {
  return { correlationId, service: 'gateway', address };
}

/** Records that someone came without a token to where one is needed. */
export function recordAnonymous(audit: AuditSink, origin: AuditOrigin): void {
  audit.record({
    kind: 'DENIAL',
    caller: null,
    action: 'authenticate',
    rule: 'token',
    reason: 'no token',
    facts: {},
    origin,
  });
}

/** Records that a page of another origin wanted to open a WebSocket in its visitor's name. */
export function recordForeignPage(audit: AuditSink, origin: AuditOrigin): void {
  const reason = 'a page of another origin';
  audit.record({
    kind: 'DENIAL',
    caller: null,
    action: 'connect',
    rule: 'origin',
    reason,
    facts: {},
    origin,
  });
}

/** Records that a caller has presented somebody else's token on a socket of its own. */
export function recordOtherSubject(audit: AuditSink, caller: Caller, origin: AuditOrigin): void {
  const reason = 'a token of another subject or tenant';
  audit.record({ kind: 'DENIAL', caller, action: 'renew', rule: 'token', reason, facts: {}, origin });
}

/**
 * Has the audit trail know of requests that were refused for want of a token. Those with a token that isn't one are
 * recorded where it is verified. What is the same is counted until it is written, and what is too much is counted, too.
 */
export function recordRefusals(audit: AuditSink): Plugin {
  return {
    onResponse({ request, response }) {
      if (response.status !== 401 || request.headers.get('authorization') !== null) return;
      const { 'x-request-id': correlationId = null } = answerHeaders(request);
      recordAnonymous(audit, gatewayOrigin(correlationId, request.headers.get(CLIENT_ADDRESS_HEADER)));
    },
  };
}
