import type { Redis } from 'ioredis';
import { cursorAt, LIVE_RETENTION, liveChannel, messagesIn } from './live-events.ts';
import type { LiveMessage, LiveRetention } from './live-events.ts';

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

/** Messages of one channel that are published together: a JSON array, which is one entry of the log. */
export interface LiveBundle {
  readonly topic: string;
  readonly channel: string;
  readonly count: number;
  /** As UTF-8: while it waits for a commit, the collector need not look at it. */
  readonly text: Buffer;
}

interface OpenBundle {
  readonly topic: string;
  readonly channel: string;
  readonly texts: string[];
  length: number;
}

/** Messages and characters of a bundle, few enough that whoever reads some bundles knows about how much that is. */
const MOST_MESSAGES = 50;
const MOST_CHARACTERS = 32 * 1024;

/** Bundles messages; those of one channel stay in their order. */
export function bundleTexts(texts: Iterable<LiveText>): LiveBundle[] {
  const bundles: OpenBundle[] = [];
  const open = new Map<string, OpenBundle>();
  for (const { topic, channel, text } of texts) {
    let bundle = open.get(channel);
    const isFull =
      bundle === undefined ||
      bundle.texts.length === MOST_MESSAGES ||
      bundle.length + text.length > MOST_CHARACTERS;
    if (bundle === undefined || isFull) {
      bundle = { topic, channel, texts: [], length: 0 };
      bundles.push(bundle);
      open.set(channel, bundle);
    }
    bundle.texts.push(text);
    bundle.length += text.length;
  }
  return bundles.map(({ topic, channel, texts }) => ({
    topic,
    channel,
    count: texts.length,
    text: Buffer.from(`[${texts.join(',')}]`),
  }));
}

/** A bundle from its text; null when it isn't one of one topic and tenant, which every gateway would refuse. */
export function bundleOf(text: string): LiveBundle | null {
  const messages = messagesIn(text);
  const [first] = messages ?? [];
  if (!messages || !first) return null;
  const { topic, tenant } = first;
  if (!messages.every((message) => message.topic === topic && message.tenant === tenant)) return null;
  return { topic, channel: liveChannel(topic, tenant), count: messages.length, text: Buffer.from(text) };
}

/** The parts of the least number of messages to keep after which the log is cut. */
const CUTS = 10;

// One step: whoever hears a message finds it in the log, and in the same order. Every so many messages the entry that
// has just been added is noted; what lies before the note of some time ago isn't kept.
// ARGV: messages to keep, milliseconds, name and its seconds, then of each bundle its channel, number of messages, text.
const PUBLISH = `
if ARGV[3] ~= '' and not redis.call('SET', ARGV[3], '1', 'NX', 'EX', ARGV[4]) then return {} end
local part = math.max(1, math.ceil(ARGV[1] / ${CUTS}))
local ids, logs = {}, {}
for i = 5, #ARGV, 3 do
  local channel, count, text = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]
  local log = 'log:' .. channel
  local cuts = log .. ':cuts'
  -- As of a log that is begun by beginCursor: there is a cursor from before the first message.
  if redis.call('EXISTS', log) == 0 then redis.call('XADD', log, '*', 'begin', '') end
  local id = redis.call('XADD', log, '*', 'm', text)
  redis.call('PUBLISH', channel, id)
  redis.call('PUBLISH', channel, text)
  ids[#ids + 1] = id
  logs[log], logs[cuts] = true, true
  local total = redis.call('HINCRBY', cuts, 'total', count)
  for cut = math.floor((total - count) / part) + 1, math.floor(total / part) do
    redis.call('HSET', cuts, cut, id)
    local former = cut - ${CUTS}
    local first = redis.call('HGET', cuts, former)
    if first then
      redis.call('XTRIM', log, 'MINID', first)
      redis.call('HDEL', cuts, former)
    end
  end
end
for key in pairs(logs) do redis.call('PEXPIRE', key, ARGV[2]) end
return ids`;

/** Bundles in one step, where they needn't be all: Redis does nothing else meanwhile. */
const STEP = 32;

/** How long it is known that bundles were published. */
const PUBLISHED_SECONDS = 60 * 60;

/**
 * Appends messages to the logs of their topics and tenants and sends them to every gateway that has subscribers for
 * them, in order.
 * @returns the cursor of the last one of each topic and tenant
 * @throws when Redis is away; some may have been published then
 */
export async function publishLive(
  redis: Pick<Redis, 'eval'>,
  messages: readonly LiveMessage[],
  retention: LiveRetention = LIVE_RETENTION,
): Promise<string[]> {
  const bundles = bundleTexts(messages.map(liveText));
  const ids = await publishBundles(redis, bundles, null, retention);
  return [
    ...new Map(
      bundles.map(({ channel, count }, at) => [channel, cursorAt(ids[at] ?? '', count - 1)]),
    ).values(),
  ];
}

/**
 * As `publishLive`, for messages that have been written before.
 * @param name of their own: under it they are published once within an hour, all of them or none
 * @returns the ids of their entries in the logs; none when they were published before
 */
export async function publishBundles(
  redis: Pick<Redis, 'eval'>,
  bundles: readonly LiveBundle[],
  name: string | null,
  retention: LiveRetention = LIVE_RETENTION,
): Promise<string[]> {
  const { length, age } = retention;
  const step = name === null ? STEP : Infinity;
  const published = name === null ? '' : `live:published:${name}`;
  const ids: string[] = [];
  for (let start = 0; start < bundles.length; start += step) {
    const values = bundles
      .slice(start, start + step)
      .flatMap(({ channel, count, text }) => [channel, count, text]);
    ids.push(
      ...((await redis.eval(PUBLISH, 0, length, age, published, PUBLISHED_SECONDS, ...values)) as string[]),
    );
  }
  return ids;
}
