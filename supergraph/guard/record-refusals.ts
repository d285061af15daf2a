import type { Plugin } from 'graphql-yoga';
import type { AuditSink } from '#platform/audit/audit-sink.ts';
import { CLIENT_ADDRESS_HEADER } from '#platform/http/client-region.ts';

/**
 * Has the audit trail know of requests that were refused for want of a token. Those with a token that isn't one are
 * recorded where it is verified. What is the same is counted until it is written, and what is too much is counted, too.
 */
export function recordRefusals(audit: AuditSink): Plugin {
  return {
    onResponse({ request, response }) {
      if (response.status !== 401 || request.headers.get('authorization') !== null) return;
      audit.record({
        kind: 'DENIAL',
        caller: null,
        action: 'authenticate',
        rule: 'token',
        reason: 'no token',
        facts: {},
        origin: {
          correlationId: response.headers.get('x-request-id'),
          service: 'gateway',
          address: request.headers.get(CLIENT_ADDRESS_HEADER),
        },
      });
    },
  };
}
