import type { Redis } from 'ioredis';
import { ALL_STREAMS, GROUP, PARTITIONS, streamKey } from '../ingestion/event-stream.ts';
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
  const field = (name: string): string | null => {
    const place = fields.findIndex((each, index) => index % 2 === 0 && each === name);
    return place < 0 ? null : (fields[place + 1] ?? null);
  };
  return [{ partition, id, underWay: field('k'), text: field('m') ?? '' }];
}

/** An event as the door accepted it. */
export interface AcceptedEvent {
  readonly reporter: Reporter;
  readonly event: KnownEvent;
}

/** @throws when the message can't be read */
export function acceptedEventOf({ text }: Entry): AcceptedEvent {
  const message = JSON.parse(text) as Partial<EventMessage> | null;
  const { reporter, eventID, payload } = message ?? {};
  if (!reporter || typeof eventID !== 'string' || !payload) {
    throw new Error('the message is not an accepted event: expected reporter, eventID and payload');
  }
  return { reporter, event: knownEvent({ producerId: reporter.producerId, eventID, payload }) };
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

/** Waits for new entries of some partitions. @returns in the order of each partition */
export async function readNew(
  redis: Pick<Redis, 'xreadgroup'>,
  consumer: string,
  partitions: readonly number[],
  count: number,
  wait: number,
): Promise<Entry[]> {
  const keys = partitions.map(streamKey);
  // Null when the wait is over.
  const read: unknown = await redis.xreadgroup(
    'GROUP',
    GROUP,
    consumer,
    'COUNT',
    count,
    'BLOCK',
    wait,
    'STREAMS',
    ...keys,
    ...keys.map(() => '>'),
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

/** Removes entries that have been dealt with. One step. */
export async function finish(redis: Pick<Redis, 'multi'>, entries: readonly Entry[]): Promise<void> {
  if (entries.length === 0) return;
  const step = redis.multi();
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const ids = entries.filter((entry) => entry.partition === partition).map(({ id }) => id);
    if (ids.length === 0) continue;
    step.xack(streamKey(partition), GROUP, ...ids);
    step.xdel(streamKey(partition), ...ids);
  }
  for (const { underWay } of entries) if (underWay !== null) step.expire(underWay, FORGET_SECONDS);
  const results = await step.exec();
  const failure = results?.find(([error]) => error !== null)?.[0];
  if (failure) throw failure;
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
