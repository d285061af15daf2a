import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { DcsaEvent } from '../dcsa/event.ts';
import type { KnownEvent } from '../event-version.ts';
import type { Reporter } from './reporter.ts';

/** Events of one shipment are in one partition, so that they are applied in the order in which they were accepted. */
export const PARTITIONS = 16;

/** The consumer group of those who apply events. */
export const GROUP = 'projection';

/** An accepted event on its way to the shipments, as JSON in a stream entry; the payload is its last field. */
export interface EventMessage {
  readonly reporter: Reporter;
  readonly eventID: string;
  /** RFC 3339. */
  readonly acceptedAt: string;
  readonly payload: DcsaEvent;
}

/** An event that is to be put into the stream. */
export interface Arrival {
  readonly event: KnownEvent;
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
   * Puts events into the stream, all of them or none.
   * @returns for each whether it is new; false: the very same is under way already
   * @throws {StreamFull}; errors of Redis, after which it isn't known whether they were taken
   */
  append(reporter: Reporter, arrivals: readonly Arrival[]): Promise<boolean[]>;
}

export function streamKey(partition: number): string {
  return `ingest:events:${partition}`;
}

export const ALL_STREAMS = Array.from({ length: PARTITIONS }, (_, partition) => streamKey(partition));

/** Names a version of an event while it is under way, so that a repetition is known as one. */
export function underWayName(producerId: string, eventID: string, payloadText: string): string {
  return createHash('sha1').update(producerId).update(eventID).update(payloadText).digest('base64url');
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

const APPEND = `
local backlog = 0
for i = 2, #KEYS do backlog = backlog + redis.call('XLEN', KEYS[i]) end
local count = (#ARGV - 3) / 3
if backlog + count > tonumber(ARGV[1]) then return false end
local sets = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
local names, known = {}, {}
for i = 1, count do names[i] = ARGV[3 + i] end
for i = 1, #sets, 2 do
  for j, flag in ipairs(redis.call('SMISMEMBER', sets[i], unpack(names))) do
    if flag == 1 then known[names[j]] = true end
  end
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local current = sets[#sets - 1]
if not current or (now - sets[#sets] >= tonumber(ARGV[2]) and #sets / 2 < tonumber(ARGV[3])) then
  current = KEYS[1] .. ':' .. now
  redis.call('ZADD', KEYS[1], now, current)
end
local taken, fresh = {}, {}
for i = 1, count do
  local name = names[i]
  taken[i] = known[name] and 0 or 1
  if not known[name] then
    known[name] = true
    fresh[#fresh + 1] = name
    redis.call('XADD', KEYS[ARGV[3 + count + i] + 2], '*', 'k', name, 'm', ARGV[3 + 2 * count + i])
  end
end
if #fresh > 0 then
  redis.call('SADD', current, unpack(fresh))
  redis.call('PERSIST', current)
end
return taken`;

const MEMORY_INTERVAL = 500;

export function createEventStream(redis: Pick<Redis, 'eval' | 'info'>, limits: StreamLimits): EventStream {
  let measuredAt = 0;
  let isMemoryShort = false;
  const measure = async (): Promise<void> => {
    if (Date.now() - measuredAt < MEMORY_INTERVAL) return;
    measuredAt = Date.now();
    isMemoryShort = memoryUsed(await redis.info('memory')) > limits.memory;
  };
  return {
    append: async (reporter, arrivals) => {
      if (arrivals.length === 0) return [];
      await measure();
      if (isMemoryShort) throw new StreamFull('Redis holds as much as it may');
      const answer = redis.eval(
        APPEND,
        1 + PARTITIONS,
        UNDER_WAY,
        ...ALL_STREAMS,
        limits.backlog,
        SET_MILLISECONDS,
        MOST_SETS,
        ...valuesOf(reporter, arrivals),
      );
      const taken = (await answer.catch(explain)) as number[] | null;
      if (taken === null) throw new StreamFull('as many events are under way as may be');
      return taken.map((each) => each === 1);
    },
  };
}

/** The names of all, then their partitions, then their messages. */
function valuesOf(reporter: Reporter, arrivals: readonly Arrival[]): (string | number)[] {
  const { producerId } = reporter;
  const begin = `{"reporter":${JSON.stringify(reporter)},"eventID":"`;
  const middle = `","acceptedAt":"${new Date().toISOString()}","payload":`;
  const names: string[] = [];
  const partitions: number[] = [];
  const messages: string[] = [];
  for (const { event, orderedBy } of arrivals) {
    const { eventID, payload, payloadText = JSON.stringify(payload) } = event;
    names.push(underWayName(producerId, eventID, payloadText));
    partitions.push(partitionOf(orderedBy));
    messages.push(`${begin}${eventID}${middle}${payloadText}}`);
  }
  return [...names, ...partitions, ...messages];
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
  if (error instanceof Error && error.message.startsWith('OOM')) throw new StreamFull(error.message);
  throw error;
}
