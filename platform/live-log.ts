import type { Redis } from 'ioredis';
import {
  compareCursors,
  cursorAfter,
  entryOfCursor,
  LIVE_RETENTION,
  liveChannel,
  liveEnvelopes,
  liveLogKey,
  type LiveEnvelope,
} from './live-events.ts';

/** Before everything that a log may ever hold. */
export const LOG_START = '0-0';

/** What a log holds after a cursor. */
export interface LogPage {
  /** False: the log can't tell what came after the cursor, since it was cut off or the log is another one. */
  readonly whole: boolean;
  readonly envelopes: readonly LiveEnvelope[];
  /** The cursor of the last entry read, whether or not it was a message; the given one when there was none. */
  readonly end: string;
  /** Whether there may be more. */
  readonly more: boolean;
}

/** What was published, for as long as it is kept. */
export interface LiveLog {
  /** The last cursor; `LOG_START` when the log is empty. @throws when Redis is away */
  end(topic: string, tenant: string): Promise<string>;
  /**
   * The next messages after a cursor. `LOG_START` is the beginning of whatever is there.
   * @throws when Redis is away
   */
  after(topic: string, tenant: string, cursor: string): Promise<LogPage>;
}

/** Milliseconds by which a cursor to begin with lies before now. */
const OVERLAP = 2_000;

/** Every log has a first entry from before its first message, so that there is a cursor to begin with. */
const BEGIN = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('XADD', KEYS[1], '*', 'begin', '')
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
local before = string.format('%.0f', now - ARGV[1])
local found = redis.call('XREVRANGE', KEYS[1], before, '-', 'COUNT', 1)
if #found == 0 then found = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1) end
return found[1][1]`;

/**
 * A cursor after which is everything that is published from now on, and what was in the last two seconds: state that
 * was read at about the same time, a little earlier or later, misses nothing that isn't after it.
 * @throws when Redis is away
 */
export async function beginCursor(
  redis: Pick<Redis, 'eval'>,
  topic: string,
  tenant: string,
): Promise<string> {
  const key = liveLogKey(liveChannel(topic, tenant));
  return cursorAfter((await redis.eval(BEGIN, 1, key, OVERLAP, LIVE_RETENTION.age)) as string);
}

/** Entries of the log, each of which may hold many messages. */
const PAGE = 8;

const END = `
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
return last and last[1]`;

// One step: what is cut off meanwhile must not go unnoticed.
const AFTER = `
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
return {first and first[1] or false, last and last[1] or false, redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ${PAGE})}`;

type Entry = readonly [id: string, fields: readonly string[]];

export function createLiveLog(redis: Pick<Redis, 'eval'>): LiveLog {
  return {
    end: async (topic, tenant) => {
      const last = (await redis.eval(END, 1, liveLogKey(liveChannel(topic, tenant)))) as string | null;
      return last === null ? LOG_START : cursorAfter(last);
    },
    after: async (topic, tenant, cursor) => {
      const key = liveLogKey(liveChannel(topic, tenant));
      const from = entryOfCursor(cursor);
      const [first, last, entries] = (await redis.eval(AFTER, 1, key, from)) as [
        string | null,
        string | null,
        Entry[],
      ];
      const whole =
        cursor === LOG_START ||
        (first !== null &&
          last !== null &&
          compareCursors(first, from) <= 0 &&
          compareCursors(from, last) <= 0);
      const end = entries.at(-1)?.[0];
      return {
        whole,
        // The entry of the cursor may hold messages after it.
        envelopes: entries
          .flatMap(([id, fields]) => liveEnvelopes(id, fields[1] ?? '') ?? [])
          .filter((envelope) => compareCursors(envelope.cursor, cursor) > 0),
        end: end === undefined ? cursor : cursorAfter(end),
        more: entries.length === PAGE,
      };
    },
  };
}
