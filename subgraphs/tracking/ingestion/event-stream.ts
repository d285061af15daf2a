import { hash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { DcsaEvent } from '../dcsa/event.ts';
import type { KnownEvent } from '../event-version.ts';
import type { Reporter } from './reporter.ts';

/** Events of one shipment are in one partition, so that they are applied in the order in which they were accepted. */
export const PARTITIONS = 16;

/** What keeps the names of an entry apart. */
const BETWEEN_NAMES = ' ';
/** What keeps its messages apart: text that `JSON.stringify` has written has no line breaks. */
const BETWEEN_MESSAGES = '\n';

/**
 * The messages of an entry, by its fields. What nobody of ours has written is one message, whatever it looks like, and
 * may have no such fields. An earlier version has written two fields for each message.
 */
export function messagesOfEntry(fields: readonly string[]): string[] {
  const of = (name: string): string[] => {
    const found: string[] = [];
    for (let place = 0; place < fields.length; place += 2) {
      if (fields[place] === name) found.push(fields[place + 1] ?? '');
    }
    return found;
  };
  const texts = of('m');
  if (texts.length > 1) return texts;
  const [text = ''] = texts;
  const messages = text.split(BETWEEN_MESSAGES);
  return messages.length === of('k')[0]?.split(BETWEEN_NAMES).length ? messages : [text];
}

/** As `messagesOfEntry`, for scripts: the function `messages` from fields to pairs of a name and a message. */
export const MESSAGES_OF_ENTRY = `
local function split(text, between)
  local parts, from = {}, 1
  while true do
    local at = string.find(text, between, from, true)
    parts[#parts + 1] = string.sub(text, from, (at or 0) - 1)
    if not at then return parts end
    from = at + 1
  end
end
local function messages(fields)
  local name, found = nil, {}
  for i = 1, #fields, 2 do
    if fields[i] == 'k' then name = fields[i + 1] end
    if fields[i] == 'm' then found[#found + 1] = {name or '', fields[i + 1]} end
  end
  if #found == 0 then return {{'', table.concat(fields, ' ')}} end
  if #found > 1 or not name then return found end
  local names, texts = split(name, '${BETWEEN_NAMES}'), split(found[1][2], ${JSON.stringify(BETWEEN_MESSAGES)})
  if #names ~= #texts then return found end
  for i = 1, #texts do texts[i] = {names[i], texts[i]} end
  return texts
end`;

/** The consumer group of those who apply events. */
export const GROUP = 'projection';

/**
 * An accepted event on its way to the shipments, as JSON; the payload is its last field. An entry of the stream holds one
 * or several in two fields: `k`, their names while they are under way, and `m`, the messages.
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
// of each batch its partition, how many events and their messages, then the names of all. When some are under way
// already, nothing is taken, and the answer says which.
const APPEND = `
local held = 0
for i = 3, #KEYS do held = held + redis.call('XLEN', KEYS[i]) end
local waiting = held > 0 and tonumber(redis.call('GET', KEYS[2]) or 0) or 0
local first = 4 + 3 * ARGV[4]
local count = #ARGV - first
if waiting + count > tonumber(ARGV[1]) then return false end
local sets = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
local repeated = {}
for i = 1, #sets, 2 do
  for j, flag in ipairs(redis.call('SMISMEMBER', sets[i], unpack(ARGV, first + 1))) do
    if flag == 1 then repeated[#repeated + 1] = j end
  end
end
if #repeated > 0 then return repeated end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local current = sets[#sets - 1]
if not current or (now - sets[#sets] >= tonumber(ARGV[2]) and #sets / 2 < tonumber(ARGV[3])) then
  current = KEYS[1] .. ':' .. now
  redis.call('ZADD', KEYS[1], now, current)
end
local from = first
for batch = 5, first, 3 do
  local last = from + ARGV[batch + 1]
  redis.call('XADD', KEYS[3 + ARGV[batch]], '*', 'k', table.concat(ARGV, ' ', from + 1, last), 'm', ARGV[batch + 2])
  from = last
end
redis.call('SADD', current, unpack(ARGV, first + 1))
redis.call('PERSIST', current)
redis.call('SET', KEYS[2], waiting + count)
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
      const taken = arrivals.map(() => false);
      const named = new Map<string, Message>();
      for (const message of messagesOf(reporter, arrivals)) {
        if (!named.has(message.name)) named.set(message.name, message);
      }
      // Whoever finds no room at the second attempt has put nothing in at the first.
      while (named.size > 0) {
        const batches = batchesOf(named.values());
        const names = batches.flatMap(({ messages }) => messages.map(({ name }) => name));
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
          ...batches.flatMap(({ partition, messages }) => [partition, messages.length, textOf(messages)]),
          ...names,
        );
        const repeated = (await answer.catch(explain)) as number[] | null;
        if (repeated === null) throw new StreamFull('as many events are under way as may be');
        if (repeated.length === 0) break;
        for (const number of repeated) named.delete(names[number - 1] as string);
      }
      for (const { place } of named.values()) taken[place] = true;
      return taken;
    },
  };
}

interface Message {
  /** Among the arrivals. */
  readonly place: number;
  readonly partition: number;
  readonly name: string;
  readonly text: string;
}

function messagesOf(reporter: Reporter, arrivals: readonly Arrival[]): Message[] {
  const { producerId } = reporter;
  const begin = `{"reporter":${JSON.stringify(reporter)},"eventID":"`;
  const middle = `","acceptedAt":"${new Date().toISOString()}","payload":`;
  return arrivals.map(({ event, orderedBy }, place) => {
    const { eventID, payload, payloadText = JSON.stringify(payload) } = event;
    const name = underWayName(producerId, eventID, payloadText);
    const text = `${begin}${eventID}${middle}${payloadText}}`;
    return { place, partition: partitionOf(orderedBy), name, text };
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

/** As JSON has no line breaks, they keep messages apart. */
function textOf(messages: readonly Message[]): string {
  return messages.map(({ text }) => text).join(BETWEEN_MESSAGES);
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
