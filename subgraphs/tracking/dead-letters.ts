import type { Redis } from 'ioredis';
import { MESSAGES_OF_ENTRY } from './ingestion/event-message.ts';
import { ALL_STREAMS, GROUP, UNDER_WAY, WAITING, streamKey } from './ingestion/event-stream.ts';

/** The stream of messages that could not be applied. */
const DEAD = 'ingest:dead';

/** A message that could not be applied, set aside. */
export interface DeadLetter {
  /** Sorts by when it was set aside. */
  readonly id: string;
  readonly failedAt: Date;
  /** How often it was tried. */
  readonly attempts: number;
  /** What went wrong the last time. */
  readonly error: string;
  readonly partition: number;
  /** The message exactly as it was. */
  readonly message: Buffer;
}

// In Lua, since a message that isn't UTF-8 would not survive the way through a client.
const BURY = `${MESSAGES_OF_ENTRY}
local entry = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])[1]
local function add(message, name)
  redis.call('XADD', KEYS[2], '*', 'm', message, 'k', name, 'error', ARGV[3], 'attempts', ARGV[4], 'partition', ARGV[5])
  for _, set in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do redis.call('SREM', set, name) end
  redis.call('DECR', KEYS[4])
end
if entry then
  for _, each in ipairs(messages(entry[2])) do add(each[2], each[1]) end
end
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
return 1`;

const REPLAY = `
local entry = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not entry then return 0 end
local field = {}
for i = 1, #entry[2], 2 do field[entry[2][i]] = entry[2][i + 1] end
redis.call('XADD', KEYS[3 + field.partition], '*', 'k', field.k, 'm', field.m)
redis.call('INCR', KEYS[2])
return redis.call('XDEL', KEYS[1], ARGV[1])`;

const MAX_ERROR_LENGTH = 2_000;
const ID = /^\d{1,16}-\d{1,16}$/;

/** Whether a text has the form of a dead letter's id. */
export function isEntryId(text: string): boolean {
  return ID.test(text);
}

/** Sets an entry aside, out of its partition, in one step: each of its messages is a dead letter. */
export async function bury(
  redis: Pick<Redis, 'eval'>,
  partition: number,
  id: string,
  error: unknown,
  attempts: number,
): Promise<void> {
  const reason = (error instanceof Error ? error.message : String(error)).slice(0, MAX_ERROR_LENGTH);
  const keys = [streamKey(partition), DEAD, UNDER_WAY, WAITING];
  await redis.eval(BURY, keys.length, ...keys, GROUP, id, reason, attempts, partition);
}

export interface DeadLetters {
  /** The newest first. @param before the id of the last one seen */
  list(count: number, before: string | null): Promise<DeadLetter[]>;
  /** Null when there is none. */
  find(id: string): Promise<DeadLetter | null>;
  /** Puts it back to be applied. @returns false when there is none */
  replay(id: string): Promise<boolean>;
  /** Forgets it. @returns false when there is none */
  discard(id: string): Promise<boolean>;
}

type RawEntry = readonly [id: Buffer, fields: readonly Buffer[]];

export function createDeadLetters(redis: Pick<Redis, 'xrevrangeBuffer' | 'eval' | 'xdel'>): DeadLetters {
  const range = async (from: string, to: string, count: number): Promise<DeadLetter[]> => {
    const entries = await redis.xrevrangeBuffer(DEAD, from, to, 'COUNT', count);
    return (entries as unknown as RawEntry[]).map(deadLetterOf);
  };
  return {
    list: (count, before) => range(before !== null && ID.test(before) ? `(${before}` : '+', '-', count),
    find: async (id) => (ID.test(id) ? ((await range(id, id, 1))[0] ?? null) : null),
    replay: async (id) => {
      if (!ID.test(id)) return false;
      return (await redis.eval(REPLAY, 2 + ALL_STREAMS.length, DEAD, WAITING, ...ALL_STREAMS, id)) === 1;
    },
    discard: async (id) => ID.test(id) && (await redis.xdel(DEAD, id)) === 1,
  };
}

function deadLetterOf([id, fields]: RawEntry): DeadLetter {
  const field = (name: string): Buffer => {
    const place = fields.findIndex((each, index) => index % 2 === 0 && each.toString() === name);
    return fields[place + 1] ?? Buffer.alloc(0);
  };
  const text = id.toString();
  return {
    id: text,
    failedAt: new Date(Number(text.split('-')[0])),
    attempts: Number(field('attempts').toString()),
    error: field('error').toString(),
    partition: Number(field('partition').toString()),
    message: field('m'),
  };
}
