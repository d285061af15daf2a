import { hash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { BETWEEN_MESSAGES, BETWEEN_NAMES, beginningOf, messageText } from './event-message.ts';
import type { PostedEvent } from './posted-event.ts';
import type { Reporter } from './reporter.ts';

/** Events of one shipment are in one partition, so that they are applied in the order in which they were accepted. */
export const PARTITIONS = 16;

/** The consumer group of those who apply events. */
export const GROUP = 'projection';

/** An event that is to be put into the stream. */
export interface Arrival {
  readonly event: Pick<PostedEvent, 'eventID' | 'payloadText'>;
  /** What keeps its order: a shipment's id, or else anything that its other versions have too. */
  readonly orderedBy: string;
}

/** Nothing was taken: what is under way already is all that we want to hold. */
export class StreamFull extends Error {
  override readonly name = 'StreamFull';
}

export interface StreamLimits {
  /** Events that may be under way. */
  readonly backlog: number;
  /** Bytes that Redis may use before events are refused. */
  readonly memory: number;
}

export interface EventStream {
  /**
   * Puts events into the stream, all of them or none. When the very same are put in again after an error, those that
   * were taken the first time are recognised.
   * @returns for each whether it is new; false: the very same is under way already
   * @throws {StreamFull}; errors of Redis, after which it isn't known whether they were taken
   */
  append(reporter: Reporter, arrivals: readonly Arrival[]): Promise<boolean[]>;
}

export function streamKey(partition: number): string {
  return `ingest:events:${partition}`;
}

export const ALL_STREAMS = Array.from({ length: PARTITIONS }, (_, partition) => streamKey(partition));

/** How many events are in the stream, all partitions together. */
export const WAITING = 'ingest:waiting';

/** Events that wait to be applied, or are being applied. */
export async function eventsWaiting(redis: Pick<Redis, 'get'>): Promise<number> {
  return Number(await redis.get(WAITING));
}

/** Names a version of an event while it is under way, so that a repetition is known as one. */
function underWayName(producerId: string, eventID: string, payloadText: string): string {
  return hash('sha1', `${producerId}${eventID}${payloadText}`, 'base64url');
}

/** By FNV-1a: which partition it is matters to nobody, but that it is the same for all. */
export function partitionOf(orderedBy: string): number {
  let hash = 0x811c9dc5;
  for (let place = 0; place < orderedBy.length; place++) {
    hash = Math.imul(hash ^ orderedBy.charCodeAt(place), 0x01000193);
  }
  return ((hash ^ (hash >>> 16)) >>> 0) % PARTITIONS;
}

/**
 * What is under way: a few sets of names, each of those that were accepted from an instant on, with these instants. A
 * set is forgotten as a whole, when all that was accepted in its time has been applied (worker/entries.ts).
 */
export const UNDER_WAY = 'ingest:under-way';
const SET_MILLISECONDS = 10_000;
/** However long a backlog is, no more sets than that have to be looked into. */
const MOST_SETS = 8;

// The entries have just been added in the same transaction: texts that scripts are given cost them a look at each byte.
// KEYS: under way, waiting, the partitions. ARGV: most that may wait, milliseconds and number of sets, how many entries,
// the partition of each, then the names of all events. When some are under way already, or too many events are, nothing
// is taken, and the answer says which, or nothing; nor when it can't be told.
const TAKE = `
local entries = tonumber(ARGV[4])
local first = 4 + entries
local count = #ARGV - first
local function takeBack()
  for i = first, 5, -1 do
    local key = KEYS[3 + ARGV[i]]
    redis.call('XDEL', key, redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1][1])
  end
end
local waiting, sets
local function look()
  local held = -entries
  for i = 3, #KEYS do held = held + redis.call('XLEN', KEYS[i]) end
  waiting = held > 0 and tonumber(redis.call('GET', KEYS[2]) or 0) or 0
  if waiting + count > tonumber(ARGV[1]) then return false end
  sets = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
  local repeated = {}
  for i = 1, #sets, 2 do
    for j, flag in ipairs(redis.call('SMISMEMBER', sets[i], unpack(ARGV, first + 1))) do
      if flag == 1 then repeated[#repeated + 1] = j end
    end
  end
  return repeated
end
local ok, repeated = pcall(look)
if not ok or not repeated or #repeated > 0 then
  takeBack()
  if ok then return repeated end
  return redis.error_reply(type(repeated) == 'table' and repeated.err or tostring(repeated))
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local current = sets[#sets - 1]
if not current or (now - sets[#sets] >= tonumber(ARGV[2]) and #sets / 2 < tonumber(ARGV[3])) then
  current = KEYS[1] .. ':' .. now
  redis.call('ZADD', KEYS[1], now, current)
end
redis.call('SADD', current, unpack(ARGV, first + 1))
redis.call('PERSIST', current)
redis.call('SET', KEYS[2], waiting + count)
return repeated`;

/** Milliseconds for which it is known how much memory Redis uses, and that there was no room. */
const MEASURED = 500;

export function createEventStream(
  redis: Pick<Redis, 'multi' | 'info' | 'get'>,
  limits: StreamLimits,
): EventStream {
  let measuredAt = 0;
  let isMemoryShort = false;
  let fullAt = -Infinity;
  const measure = async (): Promise<void> => {
    if (Date.now() - measuredAt < MEASURED) return;
    measuredAt = Date.now();
    isMemoryShort = memoryUsed(await redis.info('memory')) > limits.memory;
  };
  return {
    append: async (reporter, arrivals) => {
      if (arrivals.length === 0) return [];
      await measure();
      if (isMemoryShort) throw new StreamFull('Redis holds as much as it may');
      // Where there was no room a moment ago, nothing is written only to be taken back.
      const mayBeFull = performance.now() - fullAt < MEASURED;
      if (mayBeFull && (await eventsWaiting(redis)) + arrivals.length > limits.backlog) throw full();
      const taken = arrivals.map(() => false);
      const named = new Map<string, Message>();
      for (const message of messagesOf(reporter, arrivals)) {
        if (!named.has(message.name)) named.set(message.name, message);
      }
      const beginning = beginningOf(reporter, new Date());
      // Whoever finds no room at the second attempt has put nothing in at the first.
      while (named.size > 0) {
        const batches = batchesOf(named.values());
        const repeated = await take(redis, limits, beginning, batches);
        if (repeated === null) {
          fullAt = performance.now();
          throw full();
        }
        if (repeated.length === 0) break;
        for (const name of repeated) named.delete(name);
      }
      for (const { place } of named.values()) taken[place] = true;
      return taken;
    },
  };
}

function full(): StreamFull {
  return new StreamFull('as many events are under way as may be');
}

interface Message {
  /** Among the arrivals. */
  readonly place: number;
  readonly partition: number;
  readonly name: string;
  /** What is its own. */
  readonly text: string;
}

function messagesOf({ producerId }: Reporter, arrivals: readonly Arrival[]): Message[] {
  return arrivals.map(({ event, orderedBy }, place) => {
    const { eventID, payloadText } = event;
    const name = underWayName(producerId, eventID, payloadText);
    return { place, partition: partitionOf(orderedBy), name, text: messageText(eventID, payloadText) };
  });
}

/** What becomes one entry. */
interface Batch {
  readonly partition: number;
  readonly messages: Message[];
  length: number;
}

/** Few enough that whoever reads some entries knows about how much that is. */
const MAX_BATCH_EVENTS = 50;
const MAX_BATCH_LENGTH = 64 * 1024;

/** The messages of each partition, in their order. */
function batchesOf(messages: Iterable<Message>): Batch[] {
  const batches: Batch[] = [];
  const current = new Map<number, Batch>();
  for (const message of messages) {
    const { partition, text } = message;
    let batch = current.get(partition);
    if (
      batch === undefined ||
      batch.messages.length === MAX_BATCH_EVENTS ||
      batch.length + text.length > MAX_BATCH_LENGTH
    ) {
      batch = { partition, messages: [], length: 0 };
      batches.push(batch);
      current.set(partition, batch);
    }
    batch.messages.push(message);
    batch.length += text.length;
  }
  return batches;
}

/**
 * Takes all messages, or none.
 * @returns the names of those that are under way already; none: all were taken; null: there is no room
 * @throws {StreamFull} when Redis has no memory left; errors of Redis
 */
async function take(
  redis: Pick<Redis, 'multi'>,
  { backlog }: StreamLimits,
  beginning: string,
  batches: readonly Batch[],
): Promise<string[] | null> {
  const transaction = redis.multi();
  for (const { partition, messages } of batches) {
    const names = messages.map(({ name }) => name).join(BETWEEN_NAMES);
    // As bytes: the client would copy a text twice more.
    const texts = Buffer.from(messages.map(({ text }) => text).join(BETWEEN_MESSAGES));
    transaction.xadd(streamKey(partition), '*', 'k', names, 'b', beginning, 'm', texts);
  }
  const names = batches.flatMap(({ messages }) => messages.map(({ name }) => name));
  const partitions = batches.map(({ partition }) => partition);
  const keys = [UNDER_WAY, WAITING, ...ALL_STREAMS];
  const values = [backlog, SET_MILLISECONDS, MOST_SETS, batches.length, ...partitions, ...names];
  transaction.eval(TAKE, keys.length, ...keys, ...values);
  const answers = await transaction.exec().catch(explain);
  for (const [error] of answers ?? []) if (error !== null) explain(error);
  const [, repeated] = answers?.at(-1) ?? [];
  if (repeated === undefined) throw new Error('the transaction was not executed');
  return (repeated as number[] | null)?.map((number) => names[number - 1] as string) ?? null;
}

/** The share of `maxmemory`, where it is set, that belongs to events at most. */
const MAXMEMORY_SHARE = 0.8;

/** Bytes in use; infinite near `maxmemory`, from where on Redis refuses to write. */
function memoryUsed(info: string): number {
  const number = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  const used = number('used_memory');
  const most = number('maxmemory');
  return most > 0 && used > most * MAXMEMORY_SHARE ? Infinity : used;
}

function explain(error: unknown): never {
  const { previousErrors = [] } = error as { previousErrors?: unknown[] };
  for (const each of [error, ...previousErrors]) {
    if (each instanceof Error && /\bOOM\b/.test(each.message)) throw new StreamFull(each.message);
  }
  throw error;
}
