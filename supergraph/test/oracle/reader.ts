import type { Caller } from '#platform/auth/caller.ts';

/** Whoever has every scope that the schemas ask for: access rules leave the operations whole. */
export const READER: Caller = {
  subject: 'oracle',
  tenant: '0a000000-0000-4000-8000-00000000000a',
  organisation: 'SHIPPER',
  roles: new Set(['admin']),
  scopes: new Set(['graph:read', 'graph:write', 'events:write', 'positions:write']),
  carrier: null,
  carriers: null,
  regions: new Set(),
  assurance: 'AAL1',
  expiresAt: Infinity,
  token: '',
};
