import canonicalize from 'canonicalize';
import type { AuditEvent, AuditFacts } from './audit-sink.ts';

/** The chain of what concerns callers who aren't known. */
export const NOBODY = '00000000-0000-0000-0000-000000000000';

/** What the trail keeps of an event, as canonical JSON. */
export interface AuditContent {
  readonly kind: AuditEvent['kind'];
  /** When it happened, RFC 3339; it may be recorded a moment later. */
  readonly happenedAt: string;
  readonly subject: string | null;
  readonly organisation: string | null;
  readonly roles: readonly string[];
  readonly action: string;
  readonly rule: string | null;
  readonly reason: string | null;
  readonly facts: AuditFacts;
  readonly service: string;
  readonly address: string | null;
  readonly correlationId: string | null;
  /** How often it happened between this record and the one before. */
  readonly count: number;
}

/** An event on its way to the trail. */
export interface PendingEntry {
  readonly tenant: string;
  readonly content: AuditContent;
}

/** @param happenedAt milliseconds since 1970 */
export function pendingEntry(event: AuditEvent, happenedAt = Date.now()): PendingEntry {
  const { kind, caller, action, rule, reason, facts, origin } = event;
  return {
    tenant: caller?.tenant ?? NOBODY,
    content: {
      kind,
      happenedAt: new Date(happenedAt).toISOString(),
      subject: caller && short(caller.subject),
      organisation: caller?.organisation ?? null,
      roles: [...(caller?.roles ?? [])].slice(0, MAX_LIST).map(short).sort(),
      action: short(action),
      rule: rule && harmless(rule),
      reason: reason && harmless(reason),
      facts: harmlessFacts(facts),
      service: short(origin.service),
      address: origin.address && short(origin.address),
      correlationId: origin.correlationId && short(origin.correlationId),
      count: 1,
    },
  };
}

/** Canonical JSON (RFC 8785) of what is kept. */
export function contentText(content: AuditContent): string {
  return canonicalize(content) ?? 'null';
}

const MAX_TEXT = 200;
const MAX_LIST = 50;
const MAX_FACTS = 50;
const REDACTED = '[redacted]';

/** Words that name what must not be kept, as parts of a fact's name such as `ratePerContainer`. */
const SECRETS = new Set(
  'token secret password authorization cookie price rate amount total value email phone contact'.split(' '),
);
const TOKEN = /eyJ[\w-]{10,}\.[\w-]+\.[\w-]*/g;
const EMAIL = /[^\s@"<>]+@[^\s@"<>]+\.[a-z]{2,}/gi;

/** Only what may be kept, whatever was handed in: a rule that tells too much is a mistake, not a leak. */
function harmlessFacts(facts: AuditFacts): AuditFacts {
  const kept = Object.entries(facts)
    .slice(0, MAX_FACTS)
    .map(([name, value]) => [short(name), isSecret(name) ? REDACTED : harmlessValue(value)] as const);
  return Object.fromEntries(kept);
}

function harmlessValue(value: AuditFacts[string]): AuditFacts[string] {
  if (typeof value === 'string') return harmless(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'object' && value !== null) return value.slice(0, MAX_LIST).map(harmless);
  return value;
}

function isSecret(name: string): boolean {
  const words = name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return words.split(/[^a-z]+/).some((word) => SECRETS.has(word));
}

function harmless(text: string): string {
  return short(text.replace(TOKEN, REDACTED).replace(EMAIL, REDACTED));
}

/** Of a bounded length, and without what Postgres can't store. */
function short(text: string): string {
  return text.slice(0, MAX_TEXT).replace(/[\p{Cc}\p{Cs}]/gu, ' ');
}
