import type { Redis } from 'ioredis';
import {
  compareCursors,
  LIVE_RETENTION,
  liveChannel,
  liveEnvelope,
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
  return (await redis.eval(BEGIN, 1, key, OVERLAP, LIVE_RETENTION.age)) as string;
}

type Entry = readonly [id: string, fields: readonly string[]];
const PAGE = 100;

export function createLiveLog(redis: Pick<Redis, 'xrevrange' | 'multi'>): LiveLog {
  return {
    end: async (topic, tenant) => {
      const [last] = await redis.xrevrange(liveLogKey(liveChannel(topic, tenant)), '+', '-', 'COUNT', 1);
      return last?.[0] ?? LOG_START;
    },
    after: async (topic, tenant, cursor) => {
      const key = liveLogKey(liveChannel(topic, tenant));
      // One transaction: what is cut off meanwhile must not go unnoticed.
      const results = await redis
        .multi()
        .xrange(key, '-', '+', 'COUNT', 1)
        .xrevrange(key, '+', '-', 'COUNT', 1)
        .xrange(key, `(${cursor}`, '+', 'COUNT', PAGE)
        .exec();
      const [first, last, entries] = (results ?? []).map(([error, value]) => {
        if (error) throw error;
        return value as Entry[];
      });
      if (!first || !last || !entries) throw new Error('Redis discarded the transaction');
      const whole =
        cursor === LOG_START ||
        (first[0] !== undefined &&
          last[0] !== undefined &&
          compareCursors(first[0][0], cursor) <= 0 &&
          compareCursors(cursor, last[0][0]) <= 0);
      return {
        whole,
        envelopes: entries.flatMap(([id, fields]) => liveEnvelope(id, fields[1] ?? '') ?? []),
        end: entries.at(-1)?.[0] ?? cursor,
        more: entries.length === PAGE,
      };
    },
  };
}
