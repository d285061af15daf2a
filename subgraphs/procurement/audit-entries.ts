import { badUserInput, fault } from '#platform/errors.ts';
import type { AuditContent } from '#platform/audit/audit-entry.ts';
import type { AuditKind } from '#platform/audit/audit-sink.ts';
import { decodeCursor, encodeCursor, pageSize, toConnection } from '#platform/graphql/connection.ts';
import type { Connection } from '#platform/graphql/connection.ts';
import type { ProcurementContext } from './context.ts';
import type { PageArguments } from './lists.ts';

/** An entry of the audit trail as it is read. */
export interface AuditEntryRow {
  /** Its place in the tenant's chain, a whole number from 1. */
  readonly sequence: string;
  readonly recordedAt: Date;
  readonly content: string;
  /** Hexadecimal. */
  readonly hash: string;
}

export interface AuditFilter {
  readonly kinds?: readonly AuditKind[] | null;
  readonly subject?: string | null;
  readonly action?: string | null;
  readonly from?: Date | null;
  readonly until?: Date | null;
}

/**
 * A page of the audit trail of the caller's tenant, the latest first; that it was read is recorded in it.
 *
 * @throws {ApiError} BAD_USER_INPUT for a page size, cursor or text that isn't one.
 */
export async function listAuditEntries(
  { caller, database, audit }: ProcurementContext,
  page: PageArguments,
  filter: AuditFilter,
): Promise<Connection<AuditEntryRow>> {
  const first = pageSize(page.first);
  const [before] = decodeCursor(page.after, isSequence) ?? [];
  for (const field of ['subject', 'action'] as const) {
    const value = filter[field] ?? '';
    if (/[\p{Cc}\p{Cs}]/u.test(value)) {
      throw badUserInput(fault(`filter.${field}`, value, 'expected no control characters'));
    }
  }
  const { rows } = await database.pool.query<AuditEntryRow>(
    `SELECT sequence::text, recorded_at AS "recordedAt", content, encode(hash, 'hex') AS hash FROM audit.entry
     WHERE tenant_id = $1 AND ($2::bigint IS NULL OR sequence < $2)
       AND ($3::text[] IS NULL OR content::jsonb ->> 'kind' = ANY ($3))
       AND ($4::text IS NULL OR content::jsonb ->> 'subject' = $4)
       AND ($5::text IS NULL OR content::jsonb ->> 'action' = $5)
       AND ($6::timestamptz IS NULL OR recorded_at >= $6) AND ($7::timestamptz IS NULL OR recorded_at < $7)
     ORDER BY entry.sequence DESC LIMIT $8`,
    [
      caller.tenant,
      before ?? null,
      filter.kinds ?? null,
      filter.subject ?? null,
      filter.action ?? null,
      filter.from ?? null,
      filter.until ?? null,
      first + 1,
    ],
  );
  audit.record('READ', 'auditEntries', { entries: Math.min(rows.length, first) });
  return toConnection(rows, first, page.after, ({ sequence }) => encodeCursor(sequence));
}

function isSequence(value: string): boolean {
  return /^[1-9]\d{0,17}$/.test(value);
}

/** What an entry tells. */
export function contentOf({ content }: AuditEntryRow): AuditContent {
  return JSON.parse(content) as AuditContent;
}
