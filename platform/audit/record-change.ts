import type { Transaction } from '../database/database.ts';
import { contentText, pendingEntry } from './audit-entry.ts';
import type { AuditEvent } from './audit-sink.ts';

/**
 * Records a change within its transaction: both are there or neither. Call it last: until the transaction ends, nobody
 * else adds to the trail of this tenant.
 */
export async function recordChange(tx: Transaction, event: Omit<AuditEvent, 'kind'>): Promise<void> {
  const { tenant, content } = pendingEntry({ ...event, kind: 'CHANGE' });
  await tx.$executeRaw`SELECT audit.append(ARRAY[${tenant}::uuid], ARRAY[${contentText(content)}])`;
}
