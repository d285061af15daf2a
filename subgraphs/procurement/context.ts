import type { RequestAudit } from '#platform/audit/request-audit.ts';
import type { Caller } from '#platform/auth/caller.ts';
import type { Database, Rows } from '#platform/database/database.ts';
import type { Access } from '#platform/policy/access.ts';
import { createLoaders } from './loaders.ts';
import type { Loaders } from './loaders.ts';

/** What the resolvers of one request share. */
export interface ProcurementContext {
  readonly caller: Caller;
  readonly access: Access;
  /** What this request leaves in the audit trail. */
  readonly audit: RequestAudit;
  /** The caller's rows. */
  readonly database: Rows;
  /** Replaced after each change, so that what was read before it isn't shown after it. */
  loaders: Loaders;
}

export function createContext(
  database: Database,
  caller: Caller,
  access: Access,
  audit: RequestAudit,
): ProcurementContext {
  const rows = database.forCaller(caller);
  return { caller, access, audit, database: rows, loaders: createLoaders(rows, access) };
}
