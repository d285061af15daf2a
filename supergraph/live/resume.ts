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

/** What is heard live of the stream that is being replayed. */
export interface Hearing {
  /** Resolves when every event from then on is heard. */
  readonly started: Promise<void>;
  /** The last event that was heard; null: none yet. */
  readonly newest: string | null;
}

/** What a replay brought. */
export interface ReplayedPage {
  readonly envelopes: readonly LiveEnvelope[];
  /** Whether it has caught up: everything after `Replay.position` is being heard live from this moment on. */
  readonly isLast: boolean;
}

/**
 * Reads what came after a cursor, a page at a time and at its reader's pace: what hasn't been read yet stays in the
 * log. Ends when it has caught up with what is heard live.
 */
export class Replay {
  readonly #log: LiveLog;
  readonly #topic: string;
  readonly #tenant: string;
  readonly #hearing: () => Hearing;
  #position: string;

  constructor(log: LiveLog, topic: string, tenant: string, after: string, hearing: () => Hearing) {
    this.#log = log;
    this.#topic = topic;
    this.#tenant = tenant;
    this.#position = after;
    this.#hearing = hearing;
  }

  /** Everything up to here has been read. */
  get position(): string {
    return this.#position;
  }

  /**
   * @param isWanted whether somebody still waits for it; while Redis is away it is tried again
   * @returns null when nobody does
   * @throws {ApiError} CURSOR_EXPIRED
   */
  async next(isWanted: () => boolean): Promise<ReplayedPage | null> {
    await this.#hearing().started;
    while (isWanted()) {
      const page = await this.#log.after(this.#topic, this.#tenant, this.#position).catch(() => null);
      if (!isWanted()) return null;
      if (!page) {
        await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY));
        continue;
      }
      if (!page.whole) throw cursorExpired();
      this.#position = page.end;
      // What is heard from here on comes after; both happen in this turn of the event loop.
      const { newest } = this.#hearing();
      const isBehind = newest !== null && compareCursors(newest, page.end) > 0;
      return { envelopes: page.envelopes, isLast: !page.more && !isBehind };
    }
    return null;
  }
}
