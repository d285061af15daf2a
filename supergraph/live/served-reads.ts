import type { AuditEvent, AuditSink } from '#platform/audit/audit-sink.ts';
import type { Caller } from '#platform/auth/caller.ts';
import { gatewayOrigin } from '#supergraph/guard/record-refusals.ts';
import type { SensitiveRead } from '#supergraph/engine/exchange.ts';
import type { RequestIdentity } from '#supergraph/request-context.ts';
import type { Update } from './update.ts';

/** What of the sensitive an update shows, and in whose name it was asked for. */
export interface ShownReads {
  readonly reads: readonly SensitiveRead[];
  readonly askedFor: Caller | null;
}

/** Milliseconds after which a subscription that goes on showing the same is recorded again. */
const REPEAT = 3_600_000;
/** Records handed on at a time, and the milliseconds between: many are served the same event at the same moment. */
const SLICE = 100;
const PAUSE = 10;
const MAX_WAITING = 100_000;
/** What is remembered of one subscription; operations select less that is sensitive. */
const MAX_KNOWN = 1_000;

/**
 * Records that people were shown something sensitive by a subscription whose answers are made once for many. The
 * subgraph records the one whose token was used, for each event; the others are recorded here, each when the first
 * update that shows it is sent to them, and hourly from then on: not for each event.
 */
export class ServedReads {
  readonly #audit: AuditSink;
  readonly #now: () => number;
  #waiting: AuditEvent[] = [];
  #timer: NodeJS.Timeout | null = null;

  /** @param now milliseconds of a clock that is never set, for tests */
  constructor(audit: AuditSink, now: () => number = () => performance.now()) {
    this.#audit = audit;
    this.#now = now;
  }

  /**
   * An update is sent to a subscriber.
   * @param known when what was recorded of this subscription before, by what it was; null: nothing was
   * @param field of Subscription, by its name
   * @returns the same with what is recorded now
   */
  sent(
    { shown, cursor }: Update,
    { caller, requestId, address }: ServedIdentity,
    field: string,
    known: Map<string, number> | null,
  ): Map<string, number> | null {
    if (!shown || isSame(shown.askedFor, caller)) return known;
    const now = this.#now();
    const recorded = known ?? new Map<string, number>();
    for (const { subgraph, action, rule, reason } of shown.reads) {
      const key = `${subgraph} ${action} ${rule}`;
      if (now < (recorded.get(key) ?? -Infinity) + REPEAT) continue;
      if (recorded.size >= MAX_KNOWN) recorded.clear();
      recorded.set(key, now);
      const facts = { subscription: field, subgraph, from: cursor };
      this.#add({
        kind: 'READ',
        caller,
        action,
        rule,
        reason,
        facts,
        origin: gatewayOrigin(requestId, address),
      });
    }
    return recorded;
  }

  /** Hands on what waits. */
  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    for (const event of this.#waiting.splice(0)) this.#audit.record(event);
  }

  #add(event: AuditEvent): void {
    if (this.#waiting.length >= MAX_WAITING) this.#audit.record(event);
    else this.#waiting.push(event);
    this.#timer ??= setTimeout(this.#handOn, PAUSE).unref();
  }

  readonly #handOn = (): void => {
    for (const event of this.#waiting.splice(0, SLICE)) this.#audit.record(event);
    this.#timer = this.#waiting.length > 0 ? setTimeout(this.#handOn, PAUSE).unref() : null;
  };
}

/** Who is served. */
export type ServedIdentity = Pick<RequestIdentity, 'caller' | 'requestId' | 'address'>;

function isSame(one: Caller | null, other: Caller | null): boolean {
  return one?.subject === other?.subject && one?.tenant === other?.tenant;
}
