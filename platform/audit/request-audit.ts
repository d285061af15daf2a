import type { Caller } from '../auth/caller.ts';
import {
  accessEvent,
  type AccessDecision,
  type AuditEvent,
  type AuditFacts,
  type AuditOrigin,
  type AuditSink,
} from './audit-sink.ts';
import type { ToldRead } from './told-reads.ts';

/** What one request leaves in the trail: each of its decisions once, however many objects they were made for. */
export class RequestAudit {
  readonly caller: Caller;
  readonly origin: AuditOrigin;
  readonly #sink: AuditSink;
  readonly #decided = new Map<string, { readonly decision: AccessDecision; count: number }>();
  readonly #reads: ToldRead[] = [];

  constructor(sink: AuditSink, caller: Caller, origin: AuditOrigin) {
    this.#sink = sink;
    this.caller = caller;
    this.origin = origin;
  }

  /** A denial, or that something sensitive was shown; told by {@link end}. */
  decided(decision: AccessDecision): void {
    const { allowed, rule } = decision.decision;
    const key = JSON.stringify([decision.place, allowed, rule]);
    const known = this.#decided.get(key);
    if (known) known.count += 1;
    else this.#decided.set(key, { decision, count: 1 });
  }

  /** A field that was refused; told unless whoever refused it has told it already. */
  refused(place: string): void {
    for (const { decision } of this.#decided.values()) {
      if (decision.place === place && !decision.decision.allowed) return;
    }
    const decision = { allowed: false, rule: 'access', reason: 'the field was refused', attributes: {} };
    this.decided({ decision, place });
  }

  /** Something sensitive was read, or changed outside of a transaction. */
  record(kind: 'READ' | 'CHANGE', action: string, facts: AuditFacts): void {
    if (kind === 'READ') this.#reads.push({ action, rule: null, reason: null });
    this.#sink.record({ kind, ...this.event(action, facts) });
  }

  /** An event of this request, such as one for `recordChange`. */
  event(action: string, facts: AuditFacts): Omit<AuditEvent, 'kind'> {
    return { caller: this.caller, action, rule: null, reason: null, facts, origin: this.origin };
  }

  /** What of the sensitive it has shown so far. */
  reads(): readonly ToldRead[] {
    const allowed = [...this.#decided.values()].filter(({ decision }) => decision.decision.allowed);
    const shown = allowed.map(({ decision: { decision, place } }) => {
      const { rule, reason } = decision;
      return { action: place, rule, reason };
    });
    return [...shown, ...this.#reads];
  }

  /** The request is answered. */
  end(): void {
    for (const { decision, count } of this.#decided.values()) {
      const event = accessEvent(this.caller, this.origin, decision);
      this.#sink.record(count === 1 ? event : { ...event, facts: { ...event.facts, objects: count } });
    }
    this.#decided.clear();
  }
}
