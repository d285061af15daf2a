import type { Caller } from '../auth/caller.ts';

/** What a record may hold beside its own fields: facts, never a token, a price or a person's data. */
export type AuditFacts = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/**
 * DENIAL: something was refused. READ: something sensitive was read. CHANGE: something was changed, written with the
 * change. ALERT: one subject was refused again and again. GAP: records were lost before they could be written.
 */
export const AUDIT_KINDS = ['DENIAL', 'READ', 'CHANGE', 'ALERT', 'GAP'] as const;
export type AuditKind = (typeof AUDIT_KINDS)[number];

/** One thing that happened, as it is handed in. */
export interface AuditEvent {
  readonly kind: AuditKind;
  /** Who: null where the caller isn't known. */
  readonly caller: Pick<Caller, 'subject' | 'tenant' | 'organisation' | 'roles'> | null;
  /** What: a field such as `Bid.ratePerContainer`, a mutation such as `awardBid`, or another operation. */
  readonly action: string;
  /** Which rule decided, and in a few words why; null where none did. */
  readonly rule: string | null;
  readonly reason: string | null;
  /** What the rule looked at, or what was changed: ids, states, codes. */
  readonly facts: AuditFacts;
  /** From where, and which request: what joins the records and log lines of one operation. */
  readonly origin: AuditOrigin;
}

export interface AuditOrigin {
  /** The request's id (`x-request-id`). */
  readonly correlationId: string | null;
  /** The subgraph or other part that noticed. */
  readonly service: string;
  /** Address of the client, as far as it is known. */
  readonly address: string | null;
}

/** Where records go that aren't part of a transaction: denials and sensitive reads. Never waits, never throws. */
export interface AuditSink {
  record(event: AuditEvent): void;
}

/** A decision about access, as the policy layer reports it. */
export interface AccessDecision {
  readonly decision: {
    readonly allowed: boolean;
    readonly rule: string;
    readonly reason: string;
    readonly attributes: AuditFacts;
  };
  /** A field, such as `Query.orders`. */
  readonly place: string;
}

/** The record of a decision: a denial, or a sensitive read where it was allowed. */
export function accessEvent(
  caller: AuditEvent['caller'],
  origin: AuditOrigin,
  { decision: { allowed, rule, reason, attributes }, place }: AccessDecision,
): AuditEvent {
  return {
    kind: allowed ? 'READ' : 'DENIAL',
    caller,
    action: place,
    rule,
    reason,
    facts: attributes,
    origin,
  };
}
