import type { Redis } from 'ioredis';
import { ALL_STREAMS, GROUP, streamKey } from '../ingestion/event-stream.ts';
import type { EventMessage } from '../ingestion/event-stream.ts';
import { knownEvent } from '../event-version.ts';
import type { KnownEvent } from '../event-version.ts';
import type { Reporter } from '../ingestion/reporter.ts';

/** A message in a partition. */
export interface Entry {
  readonly partition: number;
  readonly id: string;
  /** Runs out when the event has been applied; null when there is none. */
  readonly underWay: string | null;
  readonly text: string;
}

type RawEntry = readonly [id: string, fields: readonly string[] | null];

/** The fields of an entry; what was deleted meanwhile has none. */
export function entryOf(partition: number, [id, fields]: RawEntry): Entry[] {
  if (fields === null) return [];
  let underWay: string | null = null;
  let text = '';
  for (let place = 0; place < fields.length; place += 2) {
    if (fields[place] === 'k') underWay = fields[place + 1] ?? null;
    else if (fields[place] === 'm') text = fields[place + 1] ?? '';
  }
  return [{ partition, id, underWay, text }];
}

/** An event as the door accepted it. */
export interface AcceptedEvent {
  readonly reporter: Reporter;
  readonly event: KnownEvent;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const PAYLOAD = ',"payload":';

/** @throws when the message can't be read */
export function acceptedEventOf({ text }: Entry): AcceptedEvent {
  const message = JSON.parse(text) as Partial<EventMessage> | null;
  const { reporter, eventID, payload } = message ?? {};
  if (!reporter || typeof eventID !== 'string' || !UUID.test(eventID) || !payload) {
    throw new Error('the message is not an accepted event: expected reporter, eventID and payload');
  }
  const event = knownEvent({ producerId: reporter.producerId, eventID, payload });
  // The payload is the last field: what is stored of it needn't be written again. The fields before it hold no such text.
  const payloadText = text.slice(text.indexOf(PAYLOAD) + PAYLOAD.length, -1);
  return { reporter, event: { ...event, payloadText } };
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

/** Takes over what former owners of a partition were given and haven't finished. */
export async function claimAll(
  redis: Pick<Redis, 'xautoclaim'>,
  consumer: string,
  partition: number,
  from: string,
): Promise<{ readonly next: string | null; readonly entries: Entry[] }> {
  const claimed = await redis.xautoclaim(streamKey(partition), GROUP, consumer, 0, from, 'COUNT', 100);
  const [next, entries] = claimed as [string, RawEntry[]];
  return {
    next: next === '0-0' ? null : next,
    entries: entries.flatMap((entry) => entryOf(partition, entry)),
  };
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

/** A repetition may be on its way through the door, past the look at what is stored. */
const FORGET_SECONDS = 10;

const FINISH = `
for i = 1, #KEYS do redis.call('EXPIRE', KEYS[i], ARGV[1]) end
local at = 3
while at <= #ARGV do
  local stream, count = ARGV[at], tonumber(ARGV[at + 1])
  local last = at + 1 + count
  redis.call('XACK', stream, ARGV[2], unpack(ARGV, at + 2, last))
  redis.call('XDEL', stream, unpack(ARGV, at + 2, last))
  at = last + 1
end
return 1`;

/** Removes entries that have been dealt with. One step. */
export async function finish(redis: Pick<Redis, 'eval'>, entries: readonly Entry[]): Promise<void> {
  if (entries.length === 0) return;
  const keys: string[] = [];
  const ids = new Map<number, string[]>();
  for (const { partition, id, underWay } of entries) {
    // A message that nobody of ours has written may have an empty one.
    if (underWay !== null && underWay !== '') keys.push(underWay);
    const others = ids.get(partition);
    if (others === undefined) ids.set(partition, [id]);
    else others.push(id);
  }
  const values = [...ids].flatMap(([partition, ofPartition]) => [
    streamKey(partition),
    ofPartition.length,
    ...ofPartition,
  ]);
  await redis.eval(FINISH, keys.length, ...keys, FORGET_SECONDS, GROUP, ...values);
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
