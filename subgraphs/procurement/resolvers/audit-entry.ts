import { contentOf, type AuditEntryRow } from '../audit-entries.ts';
import type { Resolvers } from '../generated/schema.ts';

const read =
  <Name extends keyof ReturnType<typeof contentOf>>(name: Name) =>
  (entry: AuditEntryRow): ReturnType<typeof contentOf>[Name] =>
    contentOf(entry)[name];

export const AuditEntry = {
  happenedAt: (entry) => new Date(contentOf(entry).happenedAt),
  kind: read('kind'),
  subject: read('subject'),
  organisation: read('organisation'),
  roles: read('roles'),
  action: read('action'),
  rule: read('rule'),
  reason: read('reason'),
  facts: (entry) =>
    Object.entries(contentOf(entry).facts).map(([name, value]) => ({
      name,
      values: value === null ? [] : Array.isArray(value) ? (value as readonly string[]) : [String(value)],
    })),
  service: read('service'),
  address: read('address'),
  correlationId: read('correlationId'),
  count: read('count'),
} satisfies Resolvers['AuditEntry'];
