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

/** Set while an event is under way, so that a repetition is known as one. */
export function underWayKey(producerId: string, eventID: string, payloadText: string): string {
  const hash = createHash('sha1').update(producerId).update(eventID).update(payloadText).digest('base64url');
  return `ingest:under-way:${hash}`;
}

/** By FNV-1a: which partition it is matters to nobody, but that it is the same for all. */
export function partitionOf(orderedBy: string): number {
  let hash = 0x811c9dc5;
  for (let place = 0; place < orderedBy.length; place++) {
    hash = Math.imul(hash ^ orderedBy.charCodeAt(place), 0x01000193);
  }
  return ((hash ^ (hash >>> 16)) >>> 0) % PARTITIONS;
}

// Far longer than an event is under way; a few seconds are left of it when the event has been applied.
const UNDER_WAY_SECONDS = 24 * 60 * 60;

const APPEND = `
local backlog = 0
for _, key in ipairs(KEYS) do backlog = backlog + redis.call('XLEN', key) end
if backlog + (#ARGV - 2) / 3 > tonumber(ARGV[1]) then return false end
local taken = {}
for i = 3, #ARGV, 3 do
  local known = redis.call('SET', ARGV[i + 1], '1', 'NX', 'EX', ARGV[2])
  if known then redis.call('XADD', KEYS[tonumber(ARGV[i]) + 1], '*', 'k', ARGV[i + 1], 'm', ARGV[i + 2]) end
  taken[#taken + 1] = known and 1 or 0
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
        PARTITIONS,
        ...ALL_STREAMS,
        limits.backlog,
        UNDER_WAY_SECONDS,
        ...valuesOf(reporter, arrivals),
      );
      const taken = (await answer.catch(explain)) as number[] | null;
      if (taken === null) throw new StreamFull('as many events are under way as may be');
      return taken.map((each) => each === 1);
    },
  };
}

/** Partition, key and message of each. */
function valuesOf(reporter: Reporter, arrivals: readonly Arrival[]): (string | number)[] {
  const { producerId } = reporter;
  const begin = `{"reporter":${JSON.stringify(reporter)},"eventID":"`;
  const middle = `","acceptedAt":"${new Date().toISOString()}","payload":`;
  const values: (string | number)[] = [];
  for (const { event, orderedBy } of arrivals) {
    const { eventID, payload, payloadText = JSON.stringify(payload) } = event;
    values.push(
      partitionOf(orderedBy),
      underWayKey(producerId, eventID, payloadText),
      `${begin}${eventID}${middle}${payloadText}}`,
    );
  }
  return values;
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
