import { GraphQLError } from 'graphql';
import type { Caller } from '#platform/auth/caller.ts';
import { cursorExpired } from '#platform/errors.ts';
import { LOG_START, type LiveLog } from '#platform/live-log.ts';
import type { LiveEnvelope } from '#platform/live-events.ts';
import { Departure } from '#supergraph/engine/departure.ts';
import type { SensitiveRead } from '#supergraph/engine/exchange.ts';
import type { FanoutMetrics } from './fanout-metrics.ts';
import type { Listening, LiveHub } from './hub.ts';
import type { LiveOperation } from './live-operation.ts';
import { isAskedFor } from './match-index.ts';
import type { RecentUpdates } from './recent-updates.ts';
import { Replay, type Hearing } from './resume.ts';
import type { ServedReads } from './served-reads.ts';
import type { Subscriber } from './subscriber.ts';
import { conflated, entityOf, Update } from './update.ts';
import type { WhenSlow } from './when-slow.ts';

/** Events that may wait for their answers in one group; what comes then is read from the log later. */
export const MAX_EVENTS = 256;
let groups = 0;
/** Answers that one group works on at a time, each about another entity. */
const AT_A_TIME = 32;

export interface GroupParts {
  readonly hub: LiveHub;
  readonly liveLog: LiveLog;
  readonly recent: RecentUpdates;
  readonly metrics: FanoutMetrics;
  readonly servedReads: ServedReads;
  /** Whether a caller's token still counts. */
  readonly isCurrent: (caller: Caller) => boolean;
  /** Counts one answer and the seconds that it took to bring it to the group. */
  readonly answered: (topic: string, seconds: number) => void;
  /** Called when the last subscriber has left. */
  readonly onEmpty: (group: LiveGroup) => void;
  /** Something that must not happen has. */
  readonly report: (error: unknown) => void;
}

interface Job {
  readonly envelope: LiveEnvelope;
  readonly before: string;
  readonly entity: string;
  readonly heard: number;
  started: boolean;
  update: Update | null;
}

/**
 * The subscribers who get the same answers: same operation, variables and access scope. Each event is answered once
 * for all of them, with the token of the one whose lasts longest. Events about one entity are answered one after the
 * other, others side by side; updates go out in the order of their events.
 */
export class LiveGroup {
  readonly key: string;
  readonly tenant: string;
  readonly whenSlow: WhenSlow;
  readonly metrics: FanoutMetrics;
  readonly #parts: GroupParts;
  readonly #members = new Set<Subscriber>();
  /** Another one than that of any group with the same key before it. */
  readonly #id = ++groups;
  #departure = new Departure();
  #operation: LiveOperation;
  #listening: Listening;
  #newest: string | null = null;
  #jobs: Job[] = [];
  #running = 0;
  #busy = new Set<string>();
  /** Whether it reads the log because too many events waited. */
  #isBehind = false;
  #onIdle: (() => void) | null = null;
  #lead: Subscriber | null = null;

  constructor(key: string, tenant: string, whenSlow: WhenSlow, operation: LiveOperation, parts: GroupParts) {
    this.key = key;
    this.tenant = tenant;
    this.whenSlow = whenSlow;
    this.metrics = parts.metrics;
    this.#parts = parts;
    this.#operation = operation;
    this.#listening = this.#listen();
  }

  get operation(): LiveOperation {
    return this.#operation;
  }

  get topic(): string {
    return this.#operation.interest.topic;
  }

  get subscribers(): Iterable<Subscriber> & { readonly size: number } {
    return this.#members;
  }

  /** The last event that has been heard; a subscriber that joins gets those after it. */
  get newest(): string | null {
    return this.#newest;
  }

  join(member: Subscriber): void {
    this.#members.add(member);
    if (this.#lead && member.expiresAt > this.#lead.expiresAt) this.#lead = member;
  }

  leave(member: Subscriber): void {
    if (!this.#members.delete(member)) return;
    if (this.#lead === member) this.#lead = null;
    if (this.#members.size > 0) return;
    this.#listening.stop();
    this.#departure.abort();
    this.#dropJobs();
    this.#parts.onEmpty(this);
  }

  /** Whether a member may still be told anything: its token has neither ended nor been called back. */
  serves({ identity: { caller } }: Subscriber): boolean {
    return caller === null || this.#parts.isCurrent(caller);
  }

  /**
   * An update that shows something sensitive is sent to a member.
   * @param known as `ServedReads.sent` returned it for this member before
   */
  recordReads(
    update: Update,
    { identity }: Subscriber,
    known: Map<string, number> | null,
  ): Map<string, number> | null {
    return this.#parts.servedReads.sent(update, identity, this.#operation.interest.field, known);
  }

  /** A member has another token. */
  reconsiderLead(): void {
    this.#lead = null;
  }

  /** Goes on with the same operation on another supergraph. */
  renew(operation: LiveOperation): void {
    const before = this.#operation.interest;
    this.#operation = operation;
    const { interest } = operation;
    if (interest.topic === before.topic && JSON.stringify(interest) === JSON.stringify(before)) return;
    const { stop } = this.#listening;
    this.#listening = this.#listen();
    stop();
  }

  /** Ends every subscription. */
  end(errors: readonly GraphQLError[]): void {
    for (const member of [...this.#members]) member.end(errors);
  }

  /** What must not happen has: the subscribers read again and subscribe anew. */
  fail(error: unknown): void {
    this.#parts.report(error);
    this.end([new GraphQLError('Something went wrong on our side.', { extensions: { code: 'INTERNAL' } })]);
  }

  wants({ match }: LiveEnvelope): boolean {
    return isAskedFor(this.#operation.interest.arguments, match);
  }

  /** Reads what came after a cursor until it meets what this group hears. */
  replay(after: string): Replay {
    const hearing = (): Hearing => ({ started: this.#listening.started, newest: this.#newest });
    return new Replay(this.#parts.liveLog, this.topic, this.tenant, after, hearing);
  }

  /** The answer to one event, made once for all who ask within a moment; null when there is nobody left to ask for. */
  answer(envelope: LiveEnvelope): Promise<Update | null> {
    return this.#parts.recent.get(`${this.#id} ${envelope.cursor}`, async () => {
      const lead = this.#findLead();
      if (!lead) return null;
      const { caller, requestId } = lead.identity;
      const reads: SensitiveRead[] = [];
      const ask = { token: caller?.token, requestId, signal: this.#departure, reads };
      const json = await this.#operation.answer(envelope, ask);
      const shown = reads.length === 0 ? null : { reads, askedFor: caller };
      return new Update(envelope.cursor, entityOf(envelope), json, shown);
    });
  }

  #listen(): Listening {
    const { topic, arguments: given } = this.#operation.interest;
    return this.#parts.hub.listen(topic, this.tenant, given, {
      take: this.#take,
      missed: () => this.end([cursorExpired()]),
    });
  }

  readonly #take = (envelope: LiveEnvelope, before: string | null): void => {
    this.#newest = envelope.cursor;
    if (this.#isBehind) return;
    const last = this.#jobs.at(-1);
    if (last && this.#jobs.length >= MAX_EVENTS) {
      this.#isBehind = true;
      this.#catchUp(last.envelope.cursor).catch((error: unknown) => {
        if (error instanceof GraphQLError) this.end([error]);
        else this.fail(error);
      });
    } else this.#enqueue(envelope, before ?? LOG_START);
  };

  #enqueue(envelope: LiveEnvelope, before: string): void {
    const entity = entityOf(envelope);
    const job = { envelope, before, entity, heard: performance.now(), started: false, update: null };
    this.#jobs.push(job);
    this.metrics.waitingEvents.inc();
    this.#startJobs();
  }

  #startJobs(): void {
    for (const job of this.#jobs) {
      if (this.#running >= AT_A_TIME) return;
      if (job.started || this.#busy.has(job.entity)) continue;
      job.started = true;
      this.#running += 1;
      this.#busy.add(job.entity);
      this.answer(job.envelope).then(
        (update) => this.#answered(job, update),
        (error: unknown) => this.fail(error),
      );
    }
  }

  #answered(job: Job, update: Update | null): void {
    // Everyone has left, and somebody may have come since.
    if (!update || !this.#jobs.includes(job)) return;
    this.#running -= 1;
    this.#busy.delete(job.entity);
    job.update = update;
    this.#deliver();
    this.#startJobs();
  }

  #deliver(): void {
    for (let job = this.#jobs[0]; job?.update; job = this.#jobs[0]) {
      this.#jobs.shift();
      this.metrics.waitingEvents.dec();
      let sent = 0;
      for (const member of this.#members) if (member.take(job.update, job.before)) sent += 1;
      this.metrics.sent.inc(sent);
      this.#parts.answered(this.topic, (performance.now() - job.heard) / 1_000);
    }
    if (this.#jobs.length === 0) this.#onIdle?.();
  }

  async #catchUp(after: string): Promise<void> {
    const replay = this.replay(after);
    const isWanted = (): boolean => this.#members.size > 0;
    while (this.#isBehind) {
      await this.#idle();
      let before = replay.position;
      const page = await replay.next(isWanted);
      if (!page) return;
      this.#isBehind = !page.isLast;
      const wanted = page.envelopes.filter((envelope) => this.wants(envelope));
      for (const envelope of this.whenSlow === 'conflate' ? conflated(wanted) : wanted) {
        this.#enqueue(envelope, before);
        before = envelope.cursor;
      }
    }
  }

  async #idle(): Promise<void> {
    if (this.#jobs.length > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    this.#onIdle = null;
  }

  #findLead(): Subscriber | null {
    if (this.#lead) return this.#lead;
    for (const member of this.#members) {
      if (!this.#lead || member.expiresAt > this.#lead.expiresAt) this.#lead = member;
    }
    return this.#lead;
  }

  #dropJobs(): void {
    this.metrics.waitingEvents.dec(this.#jobs.length);
    this.#jobs = [];
    this.#onIdle?.();
  }
}
