import type { AuditOrigin } from '../audit/audit-sink.ts';
import { CLIENT_ADDRESS_HEADER } from './client-region.ts';

/** Where a request to a service came from, for the audit trail. */
export function auditOriginOf(service: string, { headers }: Pick<Request, 'headers'>): AuditOrigin {
  return {
    service,
    correlationId: headers.get('x-request-id'),
    // The gateway's client's, as the gateway tells; nobody else's word passes the door.
    address: headers.get(CLIENT_ADDRESS_HEADER),
  };
}
