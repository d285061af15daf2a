import { hash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { DcsaEvent } from '../dcsa/event.ts';
import type { KnownEvent } from '../event-version.ts';
import type { Reporter } from './reporter.ts';

/** Events of one shipment are in one partition, so that they are applied in the order in which they were accepted. */
export const PARTITIONS = 16;

/** The consumer group of those who apply events. */
export const GROUP = 'projection';

/**
 * An accepted event on its way to the shipments, as JSON; the payload is its last field. An entry of the stream holds one
 * or several, each as two fields: `k`, its name while it is under way, and `m`, the message.
 */
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

// KEYS: under way, waiting, the partitions. ARGV: most that may wait, milliseconds and number of sets, how many batches,
// of each batch its partition and how many events, then the names of all and the messages of all.
const APPEND = `
local held = 0
for i = 3, #KEYS do held = held + redis.call('XLEN', KEYS[i]) end
local waiting = held > 0 and tonumber(redis.call('GET', KEYS[2]) or 0) or 0
local batches = tonumber(ARGV[4])
local first = 4 + 2 * batches
local count = (#ARGV - first) / 2
if waiting + count > tonumber(ARGV[1]) then return false end
local sets = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
local names, known = {}, {}
for i = 1, count do names[i] = ARGV[first + i] end
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
local fresh, repeated, i = {}, {}, 0
for batch = 1, batches do
  local fields = {}
  for _ = 1, tonumber(ARGV[4 + 2 * batch]) do
    i = i + 1
    local name = names[i]
    if known[name] then
      repeated[#repeated + 1] = i
    else
      known[name] = true
      fresh[#fresh + 1] = name
      local at = #fields
      fields[at + 1], fields[at + 2], fields[at + 3], fields[at + 4] = 'k', name, 'm', ARGV[first + count + i]
    end
  end
  if #fields > 0 then redis.call('XADD', KEYS[3 + ARGV[3 + 2 * batch]], '*', unpack(fields)) end
end
if #fresh > 0 then
  redis.call('SADD', current, unpack(fresh))
  redis.call('PERSIST', current)
end
redis.call('SET', KEYS[2], waiting + #fresh)
return repeated`;

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
      const batches = batchesOf(reporter, arrivals);
      const answer = redis.eval(
        APPEND,
        2 + PARTITIONS,
        UNDER_WAY,
        WAITING,
        ...ALL_STREAMS,
        limits.backlog,
        SET_MILLISECONDS,
        MOST_SETS,
        batches.length,
        ...batches.flatMap(({ partition, names }) => [partition, names.length]),
        ...batches.flatMap(({ names }) => names),
        ...batches.flatMap(({ messages }) => messages),
      );
      const repeated = (await answer.catch(explain)) as number[] | null;
      if (repeated === null) throw new StreamFull('as many events are under way as may be');
      const taken = arrivals.map(() => true);
      const places = batches.flatMap((batch) => batch.places);
      for (const number of repeated) taken[places[number - 1] as number] = false;
      return taken;
    },
  };
}

/** What becomes one entry, if all of it is new. */
interface Batch {
  readonly partition: number;
  readonly names: string[];
  readonly messages: string[];
  /** Where its events are among the arrivals. */
  readonly places: number[];
  length: number;
}

/** Few enough that whoever reads some entries knows about how much that is. */
const MAX_BATCH_EVENTS = 50;
const MAX_BATCH_LENGTH = 64 * 1024;

/** The events of each partition, in their order. */
function batchesOf(reporter: Reporter, arrivals: readonly Arrival[]): Batch[] {
  const { producerId } = reporter;
  const begin = `{"reporter":${JSON.stringify(reporter)},"eventID":"`;
  const middle = `","acceptedAt":"${new Date().toISOString()}","payload":`;
  const batches: Batch[] = [];
  const current = new Map<number, Batch>();
  for (const [place, { event, orderedBy }] of arrivals.entries()) {
    const { eventID, payload, payloadText = JSON.stringify(payload) } = event;
    const partition = partitionOf(orderedBy);
    let batch = current.get(partition);
    if (
      batch === undefined ||
      batch.names.length === MAX_BATCH_EVENTS ||
      batch.length + payloadText.length > MAX_BATCH_LENGTH
    ) {
      batch = { partition, names: [], messages: [], places: [], length: 0 };
      batches.push(batch);
      current.set(partition, batch);
    }
    batch.names.push(underWayName(producerId, eventID, payloadText));
    batch.messages.push(`${begin}${eventID}${middle}${payloadText}}`);
    batch.places.push(place);
    batch.length += payloadText.length;
  }
  return batches;
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
