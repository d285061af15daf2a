import type { Redis } from 'ioredis';
import { compareCursors, liveChannel, liveEnvelope, liveLogKey, type LiveEnvelope } from './live-events.ts';

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
