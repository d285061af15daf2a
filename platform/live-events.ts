import type { Redis } from 'ioredis';

/** One happening as a subgraph tells it. */
export interface LiveMessage {
  /** As named by `@live(topic:)` in the schema. */
  readonly topic: string;
  /** The tenant whose callers may see it. */
  readonly tenant: string;
  /** Values that the arguments of the root field are compared with, by argument name. */
  readonly match: Readonly<Record<string, string>>;
  /**
   * The value of the subscription's root field: plain values by schema field name; an object of an entity type may
   * hold only `__typename` and its key. A field `cursor` needn't be given: it is where the message stands in the log.
   */
  readonly data: Readonly<Record<string, unknown>>;
}

/** A message with its place in the log of its topic and tenant. */
export interface LiveEnvelope extends LiveMessage {
  /** Where it stands in the log: the id of a Redis stream entry. Opaque to clients. */
  readonly cursor: string;
}

/** How much of each topic and tenant is kept for those who come back. */
export interface LiveRetention {
  /** Messages; a few more may be kept, never fewer. */
  readonly length: number;
  /** Milliseconds after the last message. */
  readonly age: number;
}

export const LIVE_RETENTION: LiveRetention = { length: 10_000, age: 24 * 60 * 60 * 1000 };

/** The Redis channel of a topic for one tenant. */
export function liveChannel(topic: string, tenant: string): string {
  return `live:${topic}:${tenant}`;
}

/** The Redis stream that holds what was published on a channel. */
export function liveLogKey(channel: string): string {
  return `log:${channel}`;
}

/** A message as it is written: JSON, and the channel that it goes to. */
export interface LiveText {
  readonly topic: string;
  readonly channel: string;
  readonly text: string;
}

/** Writes a message. */
export function liveText({ topic, tenant, match, data }: LiveMessage): LiveText {
  return { topic, channel: liveChannel(topic, tenant), text: JSON.stringify({ topic, tenant, match, data }) };
}

/** One step: whoever hears a message finds it in the log, and in the same order. */
const PUBLISH = `
if ARGV[3] ~= '' and not redis.call('SET', ARGV[3], '1', 'NX', 'EX', ARGV[4]) then return {} end
local cursors, logs = {}, {}
for i = 5, #ARGV, 2 do
  local channel, text = ARGV[i], ARGV[i + 1]
  local log = 'log:' .. channel
  -- As of a log that is begun by beginCursor: there is a cursor from before the first message.
  if redis.call('EXISTS', log) == 0 then redis.call('XADD', log, '*', 'begin', '') end
  local cursor = redis.call('XADD', log, 'MAXLEN', '~', ARGV[1], '*', 'm', text)
  logs[log] = true
  redis.call('PUBLISH', channel, cursor .. ' ' .. text)
  cursors[#cursors + 1] = cursor
end
for log in pairs(logs) do redis.call('PEXPIRE', log, ARGV[2]) end
return cursors`;

/** Messages in one step: Redis does nothing else meanwhile. */
const STEP = 500;

/** How long it is known that a batch was published. */
const PUBLISHED_SECONDS = 60 * 60;

/**
 * Appends messages to the logs of their topics and tenants and sends them to every gateway that has subscribers for
 * them, in order.
 * @returns their cursors
 * @throws when Redis is away; some may have been published then
 */
export async function publishLive(
  redis: Pick<Redis, 'eval'>,
  messages: readonly LiveMessage[],
  retention: LiveRetention = LIVE_RETENTION,
): Promise<string[]> {
  return publishTexts(redis, messages.map(liveText), null, retention);
}

/**
 * As `publishLive`, for messages that have been written before.
 * @param batch a name of their own: what was published under it in the last hour isn't published again
 */
export async function publishTexts(
  redis: Pick<Redis, 'eval'>,
  texts: readonly LiveText[],
  batch: string | null,
  retention: LiveRetention = LIVE_RETENTION,
): Promise<string[]> {
  const cursors: string[] = [];
  for (let start = 0; start < texts.length; start += STEP) {
    const values = texts.slice(start, start + STEP).flatMap(({ channel, text }) => [channel, text]);
    const name = batch === null ? '' : `live:published:${batch}:${start}`;
    const { length, age } = retention;
    const step = await redis.eval(PUBLISH, 0, length, age, name, PUBLISHED_SECONDS, ...values);
    cursors.push(...(step as string[]));
  }
  return cursors;
}

/** Reads what a channel delivered: a cursor, a space, a message. Null when it isn't that. */
export function parseLiveEnvelope(text: string): LiveEnvelope | null {
  const space = text.indexOf(' ');
  const cursor = text.slice(0, Math.max(space, 0));
  return isLiveCursor(cursor) ? liveEnvelope(cursor, text.slice(space + 1)) : null;
}

/** A message of the log with its cursor; null when it isn't one. */
export function liveEnvelope(cursor: string, text: string): LiveEnvelope | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(value)) return null;
  const { topic, tenant, match, data } = value;
  if (typeof topic !== 'string' || typeof tenant !== 'string') return null;
  if (!isRecord(match) || !isRecord(data)) return null;
  if (!Object.values(match).every((entry) => typeof entry === 'string')) return null;
  return { topic, tenant, cursor, match: match as Record<string, string>, data: { cursor, ...data } };
}

const CURSOR = /^(\d{1,16})-(\d{1,16})$/;

/** Whether a text has the form of a cursor. */
export function isLiveCursor(text: string): boolean {
  return CURSOR.test(text);
}

/** Orders cursors as their messages were published. */
export function compareCursors(a: string, b: string): number {
  const [aTime, aSequence] = partsOf(a);
  const [bTime, bSequence] = partsOf(b);
  return aTime - bTime || aSequence - bSequence;
}

function partsOf(cursor: string): readonly [number, number] {
  const [, time, sequence] = CURSOR.exec(cursor) ?? [];
  return [Number(time), Number(sequence)];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
