import { GraphQLError } from 'graphql';
import type { Caller } from '#platform/auth/caller.ts';
import { unauthenticated } from '#platform/errors.ts';
import { compareCursors } from '#platform/live-events.ts';
import type { RequestIdentity } from '#supergraph/request-context.ts';
import { Backlog } from './backlog.ts';
import type { LiveGroup } from './group.ts';
import type { Outlet } from './outlet.ts';
import { otherAccess, seesTheSame } from './token-change.ts';
import { conflated, type Update } from './update.ts';

export type SubscriberIdentity = Pick<RequestIdentity, 'caller' | 'requestId' | 'address'>;

/**
 * - `live`: gets what the group answers.
 * - `replaying`: reads the log and will come to what the group answers meanwhile.
 * - `joining`: still sends what it has read; what the group answers comes after and waits.
 */
type Phase = 'live' | 'replaying' | 'joining';

/**
 * One client's subscription. Gets its group's updates in the order of their cursors and passes them on as fast as the
 * client reads. What a slow client has not read yet waits in a bounded backlog; when that is full, the rest is read
 * from the log as soon as the client reads again, or the client is cut off, as it has chosen.
 */
export class Subscriber {
  #identity: SubscriberIdentity;
  readonly #group: LiveGroup;
  readonly #outlet: Outlet;
  readonly #onEnd: () => void;
  #phase: Phase = 'live';
  /** Everything up to here has been sent or was not wanted; null: nothing has come yet. */
  #position: string | null;
  /** What the group answers of events up to here is not wanted. */
  #skipped: string | null;
  /** Most never need one. */
  #backlog: Backlog | null = null;
  /** What of the sensitive it was recorded to have been shown, and when. */
  #recorded: Map<string, number> | null = null;
  #ended = false;

  /**
   * @param since the last event that the group had heard when the subscriber joined
   * @param onEnd called once, before the client is told
   */
  constructor(
    group: LiveGroup,
    identity: SubscriberIdentity,
    outlet: Outlet,
    since: string | null,
    onEnd: () => void,
  ) {
    this.#group = group;
    this.#identity = identity;
    this.#outlet = outlet;
    this.#position = this.#skipped = since;
    this.#onEnd = onEnd;
  }

  get identity(): SubscriberIdentity {
    return this.#identity;
  }

  /** When its token ends, in milliseconds since 1970. */
  get expiresAt(): number {
    return this.#identity.caller?.expiresAt ?? Infinity;
  }

  /**
   * Takes an update that the group has just answered.
   * @param before the cursor of an event before it, with none that the group would have heard in between
   * @returns whether it has been sent
   */
  take(update: Update, before: string): boolean {
    if (this.#ended || this.#phase === 'replaying') return false;
    if (this.#skipped !== null) {
      if (compareCursors(update.cursor, this.#skipped) <= 0) return false;
      this.#skipped = null;
    }
    const waits = this.#phase === 'joining' || (this.#backlog !== null && this.#backlog.size > 0);
    if (!waits && this.#outlet.isFree()) {
      if (!this.#isServed()) return false;
      this.#send(update);
      return true;
    }
    this.#position ??= before;
    this.#keep(update);
    return false;
  }

  /** Brings what came after a cursor, all of it, then goes on live. */
  resume(after: string): void {
    this.#replay(after, false);
  }

  /**
   * Ends it; what waits is dropped.
   * @param errors told to the client as its last answer; null: it listens no more
   */
  end(errors: readonly GraphQLError[] | null): void {
    if (this.#leave()) this.#outlet.end(errors);
  }

  /** Goes on with a fresh token, or ends when that one may see something else. */
  renewToken(caller: Caller): void {
    if (this.#ended) return;
    if (!seesTheSame(this.#identity.caller, caller)) {
      this.end([otherAccess()]);
      return;
    }
    this.#identity = { ...this.#identity, caller };
    this.#group.reconsiderLead();
  }

  /** Asked before each update is sent: what was true when the subscription began may not be any more. */
  #isServed(): boolean {
    if (this.#group.serves(this)) return true;
    this.end([unauthenticated()]);
    return false;
  }

  #send(update: Update): void {
    this.#position = update.cursor;
    if (update.shown) this.#recorded = this.#group.recordReads(update, this, this.#recorded);
    this.#outlet.send(update);
  }

  #leave(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#backlog?.clear();
    this.#onEnd();
    return true;
  }

  #keep(update: Update): void {
    const { metrics, whenSlow } = this.#group;
    const backlog = (this.#backlog ??= new Backlog(this.#outlet.waiting));
    const wasEmpty = backlog.size === 0;
    const outcome = backlog.add(update, whenSlow === 'conflate');
    if (outcome === 'conflated') metrics.conflated.inc();
    if (outcome !== 'full') {
      if (wasEmpty && this.#phase === 'live') this.#outlet.whenFree(this.#flush);
      return;
    }
    if (this.#phase === 'joining') {
      // What it reads takes its time; what waits is in the log as well.
      backlog.clear();
      this.#phase = 'replaying';
    } else if (whenSlow === 'conflate') {
      backlog.clear();
      metrics.fellBack.inc();
      this.#replay(this.#position ?? update.cursor, true);
    } else {
      metrics.cutOff.inc();
      if (this.#leave()) this.#outlet.cutOff();
    }
  }

  readonly #flush = (): void => {
    if (this.#ended || this.#phase !== 'live' || !this.#backlog) return;
    while (this.#outlet.isFree()) {
      const update = this.#backlog.shift();
      if (!update || !this.#isServed()) return;
      this.#send(update);
      this.#group.metrics.sent.inc();
    }
    if (this.#backlog.size > 0) this.#outlet.whenFree(this.#flush);
  };

  #replay(after: string, conflates: boolean): void {
    this.#position = after;
    this.#phase = 'replaying';
    this.#readLog(after, conflates).catch((error: unknown) => {
      if (error instanceof GraphQLError) this.end([error]);
      else this.#group.fail(error);
    });
  }

  async #readLog(after: string, conflates: boolean): Promise<void> {
    const replay = this.#group.replay(after);
    while (this.#phase === 'replaying') {
      await this.#free();
      const page = await replay.next(() => !this.#ended);
      if (!page) return;
      if (page.isLast) {
        this.#phase = 'joining';
        this.#skipped = replay.position;
      }
      const wanted = page.envelopes.filter((envelope) => this.#group.wants(envelope));
      for (const envelope of conflates ? conflated(wanted) : wanted) {
        const update = await this.#group.answer(envelope);
        await this.#free();
        if (this.#ended || !update || !this.#isServed()) return;
        this.#send(update);
        this.#group.metrics.replayed.inc();
      }
    }
    this.#phase = 'live';
    this.#flush();
  }

  async #free(): Promise<void> {
    while (!this.#ended && !this.#outlet.isFree()) {
      await new Promise<void>((resolve) => this.#outlet.whenFree(resolve));
    }
  }
}
