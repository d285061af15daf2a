import { badUserInput, cursorExpired, fault } from '#platform/errors.ts';
import { compareCursors, isLiveCursor, type LiveEnvelope } from '#platform/live-events.ts';
import { LOG_START, type LiveLog } from '#platform/live-log.ts';
import { RESUME_ARGUMENT, type Interest } from './live-field.ts';

const RETRY_DELAY = 100;

/**
 * Where a subscription is to resume.
 * @param lastEventId what an event stream's client sent as `Last-Event-ID`; the argument goes first
 * @returns null: from now on
 * @throws {ApiError} BAD_USER_INPUT when it isn't a cursor
 */
export function resumeFrom(interest: Interest, lastEventId: string | null): string | null {
  if (!interest.resumable) return null;
  const given = interest.arguments[RESUME_ARGUMENT] ?? (lastEventId === '' ? null : lastEventId);
  if (given === null) return null;
  if (typeof given !== 'string' || !isLiveCursor(given) || given === LOG_START) {
    throw badUserInput(fault(RESUME_ARGUMENT, given, 'expected the cursor of an update'));
  }
  return given;
}

/**
 * Replays what came after a cursor until it has caught up with what is heard live, at the subscriber's pace: what
 * hasn't been replayed yet stays in the log. Then every event that is heard is to be taken as it comes.
 */
export class Resume {
  readonly #log: LiveLog;
  readonly #topic: string;
  readonly #tenant: string;
  #position: string;
  #newest: string | null = null;
  #caughtUp = false;

  constructor(log: LiveLog, topic: string, tenant: string, after: string) {
    this.#log = log;
    this.#topic = topic;
    this.#tenant = tenant;
    this.#position = after;
  }

  /** Whether an event that is heard live is to be taken: not while the replay will come to it, nor after it has. */
  isNews({ cursor }: LiveEnvelope): boolean {
    if (this.#caughtUp) return compareCursors(cursor, this.#position) > 0;
    this.#newest = cursor;
    return false;
  }

  /**
   * @param started resolves when every event from then on is heard live
   * @param isWanted whether somebody still waits for it; while Redis is away it is tried again
   * @returns the next events; null when it has caught up
   * @throws {ApiError} CURSOR_EXPIRED
   */
  async next(started: Promise<void>, isWanted: () => boolean): Promise<readonly LiveEnvelope[] | null> {
    if (this.#caughtUp) return null;
    await started;
    while (isWanted()) {
      const page = await this.#log.after(this.#topic, this.#tenant, this.#position).catch(() => null);
      if (!page) {
        await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY));
        continue;
      }
      if (!page.whole) throw cursorExpired();
      this.#position = page.end;
      const isBehind = this.#newest !== null && compareCursors(this.#newest, page.end) > 0;
      // From here on the subscriber hears what comes; both happen in this turn of the event loop.
      this.#caughtUp = !page.more && !isBehind;
      if (page.envelopes.length > 0) return page.envelopes;
      if (this.#caughtUp) return null;
    }
    return null;
  }
}
