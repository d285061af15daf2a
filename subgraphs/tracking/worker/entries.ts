import type { Redis } from 'ioredis';
import { MESSAGES_OF_ENTRY, contentOfEntry } from '../ingestion/event-message.ts';
import type { EntryContent } from '../ingestion/event-message.ts';
import { ALL_STREAMS, GROUP, UNDER_WAY, WAITING, streamKey } from '../ingestion/event-stream.ts';

/** Messages in a partition that were put there together. */
export interface Entry extends EntryContent {
  readonly partition: number;
  readonly id: string;
}

/** An entry that has been dealt with, without its messages. */
export interface FinishedEntry extends Pick<Entry, 'partition' | 'id'> {
  /** How many messages it had. */
  readonly count: number;
}

export function finishedEntry({ partition, id, messages }: Entry): FinishedEntry {
  return { partition, id, count: messages.length };
}

type RawEntry = readonly [id: string, fields: readonly string[] | null];

/** The fields of an entry; what was deleted meanwhile has none. */
export function entryOf(partition: number, [id, fields]: RawEntry): Entry[] {
  if (fields === null) return [];
  const { beginning, messages } = contentOfEntry(fields);
  return [{ partition, id, beginning, messages }];
}

/** Makes the partitions and their consumer group where they aren't there. */
export async function ensureGroups(redis: Pick<Redis, 'xgroup'>): Promise<void> {
  for (const key of ALL_STREAMS) {
    await redis.xgroup('CREATE', key, GROUP, '0', 'MKSTREAM').catch((error: unknown) => {
      if (!(error instanceof Error && error.message.startsWith('BUSYGROUP'))) throw error;
    });
  }
}

export function isGroupMissing(error: unknown): boolean {
  return error instanceof Error && error.message.includes('NOGROUP');
}

/**
 * Reads new entries of some partitions.
 * @param wait milliseconds to wait for one at most; null: not at all
 * @returns in the order of each partition
 */
export async function readNew(
  redis: Pick<Redis, 'xreadgroup'>,
  consumer: string,
  partitions: readonly number[],
  count: number,
  wait: number | null,
): Promise<Entry[]> {
  const keys = partitions.map(streamKey);
  const streams = [...keys, ...keys.map(() => '>')] as const;
  // Null when there are none.
  const read: unknown =
    wait === null
      ? await redis.xreadgroup('GROUP', GROUP, consumer, 'COUNT', count, 'STREAMS', ...streams)
      : await redis.xreadgroup(
          'GROUP',
          GROUP,
          consumer,
          'COUNT',
          count,
          'BLOCK',
          wait,
          'STREAMS',
          ...streams,
        );
  return ((read ?? []) as readonly [key: string, entries: RawEntry[]][]).flatMap(([key, entries]) => {
    const partition = partitions[keys.indexOf(key)] ?? 0;
    return entries.flatMap((entry) => entryOf(partition, entry));
  });
}

/** Entries that were given to somebody and aren't finished. */
export interface Unfinished {
  /** Taken over, in their order. */
  readonly entries: readonly Entry[];
  /** Those that have been given away as often as is allowed. */
  readonly exhausted: readonly { readonly id: string; readonly attempts: number }[];
  /** Taken over, and each of several messages, of which one may be what others have failed at. */
  readonly suspicious: readonly Entry[];
  /** Where to go on; null at the end. */
  readonly next: string | null;
}

type Pending = readonly [id: string, consumer: string, idle: number, attempts: number];
const PAGE = 100;
/** How often an entry of several messages is tried as a whole. */
const WHOLE_ATTEMPTS = 2;

/**
 * Takes over what anybody was given of a partition and hasn't finished, a page at a time.
 * @param most attempts that an entry has; null when this isn't one: an answer got lost on its way, and nobody has tried
 * @param from '-' at the beginning
 */
export async function takeUnfinished(
  redis: Pick<Redis, 'xpending' | 'xclaim'>,
  consumer: string,
  partition: number,
  most: number | null,
  from: string,
): Promise<Unfinished> {
  const key = streamKey(partition);
  const pending = (await redis.xpending(key, GROUP, from, '+', PAGE)) as Pending[];
  const byAttempts = new Map<number, string[]>();
  const exhausted: { id: string; attempts: number }[] = [];
  for (const [id, , , attempts] of pending) {
    const others = byAttempts.get(attempts);
    if (most !== null && attempts >= most) exhausted.push({ id, attempts });
    else if (others === undefined) byAttempts.set(attempts, [id]);
    else others.push(id);
  }
  const entries: Entry[] = [];
  const suspicious: Entry[] = [];
  for (const [attempts, ids] of byAttempts) {
    const count = most === null ? attempts : attempts + 1;
    const claimed = await redis.xclaim(key, GROUP, consumer, 0, ...ids, 'RETRYCOUNT', count);
    // What was deleted meanwhile has no fields.
    for (const entry of (claimed as (RawEntry | null)[]).flatMap((raw) =>
      raw ? entryOf(partition, raw) : [],
    )) {
      if (count > WHOLE_ATTEMPTS && entry.messages.length > 1) suspicious.push(entry);
      else entries.push(entry);
    }
  }
  const last = pending.at(-1)?.[0];
  return {
    entries: entries.sort(compareEntries),
    exhausted,
    suspicious,
    next: last !== undefined && pending.length === PAGE ? `(${last}` : null,
  };
}

function compareEntries(a: Entry, b: Entry): number {
  const [aTime = 0, aPlace = 0] = a.id.split('-').map(Number);
  const [bTime = 0, bPlace = 0] = b.id.split('-').map(Number);
  return aTime - bTime || aPlace - bPlace;
}

/** Forgets consumers that are gone and have nothing left. */
export async function forgetConsumers(
  redis: Pick<Redis, 'xinfo' | 'xgroup' | 'zscore'>,
  partition: number,
): Promise<void> {
  const consumers = (await redis.xinfo('CONSUMERS', streamKey(partition), GROUP)) as unknown[][];
  for (const consumer of consumers) {
    const of = (name: string): unknown => consumer[consumer.indexOf(name) + 1];
    const name = String(of('name'));
    if (of('pending') !== 0 || (await redis.zscore('ingest:workers', name)) !== null) continue;
    await redis.xgroup('DELCONSUMER', streamKey(partition), GROUP, name);
  }
}

/**
 * Milliseconds for which it is remembered what has been applied: a repetition may be on its way through the door, past
 * the look at what is stored.
 */
const REMEMBERED = 10_000;

// What was accepted in the time of a set is through when nothing as old waits in any partition; all of it is when
// nothing waits at all. KEYS: under way, waiting, the partitions. ARGV: group, milliseconds, and of each partition its
// stream, the number of entries, their ids, and how many messages each has.
const FINISH = `
local at, done = 3, 0
while at <= #ARGV do
  local stream, count = ARGV[at], tonumber(ARGV[at + 1])
  local last = at + 1 + count
  redis.call('XACK', stream, ARGV[1], unpack(ARGV, at + 2, last))
  for i = at + 2, last do
    if redis.call('XDEL', stream, ARGV[i]) == 1 then done = done + ARGV[i + count] end
  end
  at = last + count + 1
end
redis.call('DECRBY', KEYS[2], done)
local sets = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
local held = 0
for i = 3, #KEYS do held = held + redis.call('XLEN', KEYS[i]) end
if held == 0 then
  redis.call('SET', KEYS[2], 0)
  for i = 1, #sets, 2 do redis.call('PEXPIRE', sets[i], ARGV[2]) end
end
if #sets < 4 then return 1 end
local time = redis.call('TIME')
local oldest = time[1] * 1000 - tonumber(ARGV[2])
if tonumber(sets[4]) > oldest then return 1 end
for i = 3, #KEYS do
  local first = redis.call('XRANGE', KEYS[i], '-', '+', 'COUNT', 1)[1]
  if first then oldest = math.min(oldest, tonumber(string.match(first[1], '^%d+'))) end
end
for i = 1, #sets - 2, 2 do
  if tonumber(sets[i + 3]) > oldest then return 1 end
  redis.call('UNLINK', sets[i])
  redis.call('ZREM', KEYS[1], sets[i])
end
return 1`;

/** Removes entries that have been dealt with. One step. */
export async function finish(redis: Pick<Redis, 'eval'>, entries: Iterable<FinishedEntry>): Promise<void> {
  const byPartition = new Map<number, FinishedEntry[]>();
  for (const entry of entries) {
    const others = byPartition.get(entry.partition);
    if (others === undefined) byPartition.set(entry.partition, [entry]);
    else others.push(entry);
  }
  if (byPartition.size === 0) return;
  const values = [...byPartition].flatMap(([partition, ofPartition]) => [
    streamKey(partition),
    ofPartition.length,
    ...ofPartition.map(({ id }) => id),
    ...ofPartition.map(({ count }) => count),
  ]);
  const keys = [UNDER_WAY, WAITING, ...ALL_STREAMS];
  await redis.eval(FINISH, keys.length, ...keys, GROUP, REMEMBERED, ...values);
}

const DIVIDE = `${MESSAGES_OF_ENTRY}
local entry = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])[1]
if entry then
  for _, each in ipairs(messages(entry[2])) do redis.call('XADD', KEYS[1], '*', 'k', each[1], 'm', each[2]) end
end
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
return 1`;

/** Puts the messages of an entry back into their partition, each by itself: one of them spoils it for the others. */
export async function divide(
  redis: Pick<Redis, 'eval'>,
  { partition, id }: Pick<Entry, 'partition' | 'id'>,
): Promise<void> {
  await redis.eval(DIVIDE, 1, streamKey(partition), GROUP, id);
}

/** How often an entry has been given to a worker. */
export async function attemptsAt(
  redis: Pick<Redis, 'xpending'>,
  { partition, id }: Pick<Entry, 'partition' | 'id'>,
): Promise<number> {
  const [pending] = (await redis.xpending(streamKey(partition), GROUP, id, id, 1)) as [
    string,
    string,
    number,
    number,
  ][];
  return pending?.[3] ?? 0;
}
