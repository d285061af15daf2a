import type { Redis } from 'ioredis';
import { compareCursors, liveChannel, LiveReader, type LiveEnvelope } from '#platform/live-events.ts';
import type { LiveLog } from '#platform/live-log.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import type { Metrics } from '#platform/telemetry/metrics.ts';
import { MatchIndex } from './match-index.ts';

export interface Listener {
  /**
   * Called for each event that was asked for, in order.
   * @param before the cursor of the event before it, asked for or not
   */
  readonly take: (envelope: LiveEnvelope, before: string | null) => void;
  /** Called when events may have been missed that the log doesn't hold any more. */
  readonly missed: () => void;
}

export interface Listening {
  /** Resolves when every event from then on will be heard. */
  readonly started: Promise<void>;
  readonly stop: () => void;
}

export interface HubParts {
  /** Used for nothing but pub/sub; reconnects by itself. */
  readonly redis: Pick<Redis, 'subscribe' | 'unsubscribe' | 'on' | 'off'>;
  readonly log: Logger;
  readonly liveLog: LiveLog;
  readonly metrics: Pick<Metrics, 'liveEnvelopes'>;
}

interface Channel {
  readonly name: string;
  readonly topic: string;
  readonly tenant: string;
  readonly reader: LiveReader;
  readonly listeners: MatchIndex<Listener>;
  readonly started: { readonly promise: Promise<void>; readonly resolve: () => void };
  /** The last event that was handed over; null until it is known where the log ends. */
  position: string | null;
  /** The last event that was heard of, while the log is being read. */
  newest: string | null;
  /** Counts the times that the log was to be read; null when everything has been. */
  reading: number | null;
}

/** Characters of what is published together; more are garbage. */
const MAX_BUNDLE_SIZE = 1024 * 1024;
const COMPLAINT_INTERVAL = 1_000;
const RETRY_DELAY = 100;

/**
 * Brings what is published on Redis to this process' subscribers: one Redis connection, one Redis subscription for
 * each topic and tenant that someone here listens to, each message parsed once. While Redis is away listeners stay;
 * when it is back, what pub/sub has lost is read from the log, in order, before anything newer is handed over.
 */
export class LiveHub {
  readonly #parts: HubParts;
  readonly #channels = new Map<string, Channel>();
  #readings = 0;
  #complained = 0;

  constructor(parts: HubParts) {
    this.#parts = parts;
    parts.redis.on('message', this.#onMessage);
    parts.redis.on('ready', this.#onReady);
  }

  /**
   * Calls back for the events of a topic and tenant from now on, as soon as Redis is there.
   * @param given arguments of the subscription field: only what matches them is called back for
   */
  listen(
    topic: string,
    tenant: string,
    given: Readonly<Record<string, unknown>>,
    listener: Listener,
  ): Listening {
    const name = liveChannel(topic, tenant);
    let channel = this.#channels.get(name);
    if (!channel) {
      channel = {
        name,
        topic,
        tenant,
        reader: new LiveReader(),
        listeners: new MatchIndex<Listener>(),
        started: withResolvers(),
        position: null,
        newest: null,
        reading: null,
      };
      this.#channels.set(name, channel);
      void this.#catchUp(channel);
    }
    const followed = channel;
    followed.listeners.add(given, listener);
    let stopped = false;
    const stop = (): void => {
      if (stopped) return;
      stopped = true;
      const { listeners } = followed;
      listeners.delete(given, listener);
      if (listeners.size > 0 || this.#channels.get(name) !== followed) return;
      this.#channels.delete(name);
      this.#unsubscribe(name);
    };
    return { started: followed.started.promise, stop };
  }

  close(): void {
    const { redis } = this.#parts;
    redis.off('message', this.#onMessage);
    redis.off('ready', this.#onReady);
    for (const name of this.#channels.keys()) this.#unsubscribe(name);
    this.#channels.clear();
  }

  readonly #onMessage = (name: string, text: string): void => {
    const channel = this.#channels.get(name);
    if (!channel) return;
    const envelopes = text.length > MAX_BUNDLE_SIZE ? null : channel.reader.read(text);
    const { topic, tenant } = channel;
    if (!envelopes?.every((envelope) => envelope.topic === topic && envelope.tenant === tenant)) {
      this.#refuse(topic, name, text.length);
      return;
    }
    for (const envelope of envelopes) {
      // The log has it too, after what is being read.
      if (channel.reading !== null) channel.newest = envelope.cursor;
      else this.#handOver(channel, envelope);
    }
  };

  /** What was published while the connection was down has to be read from the log. */
  readonly #onReady = (): void => {
    for (const channel of this.#channels.values()) void this.#catchUp(channel);
  };

  async #catchUp(channel: Channel): Promise<void> {
    const reading = ++this.#readings;
    channel.reading = reading;
    const isWanted = (): boolean =>
      channel.reading === reading && this.#channels.get(channel.name) === channel;
    while (isWanted()) {
      try {
        await this.#readLog(channel, isWanted);
        return;
      } catch (error) {
        this.#parts.log.debug({ error, channel: channel.name }, 'the live log could not be read');
        await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY));
      }
    }
  }

  async #readLog(channel: Channel, isWanted: () => boolean): Promise<void> {
    const { liveLog, redis } = this.#parts;
    const { name, topic, tenant } = channel;
    // Before subscribing: what is published in between is in the log and in no doubt.
    let position = channel.position ?? (await liveLog.end(topic, tenant));
    if (!isWanted()) return;
    channel.position = position;
    channel.started.resolve();
    await redis.subscribe(name);
    while (isWanted()) {
      const { whole, envelopes, end, more } = await liveLog.after(topic, tenant, position);
      if (!isWanted()) return;
      if (!whole) this.#miss(channel);
      for (const envelope of envelopes) this.#handOver(channel, envelope);
      channel.position = position = end;
      const { newest } = channel;
      if (more || (newest !== null && compareCursors(newest, end) > 0)) continue;
      channel.newest = null;
      channel.reading = null;
    }
  }

  #handOver(channel: Channel, envelope: LiveEnvelope): void {
    const { topic, listeners, position } = channel;
    if (position !== null && compareCursors(envelope.cursor, position) <= 0) return;
    channel.position = envelope.cursor;
    this.#parts.metrics.liveEnvelopes.inc({ topic, outcome: 'delivered' });
    for (const listener of listeners.find(envelope.match)) {
      try {
        listener.take(envelope, position);
      } catch (error) {
        this.#parts.log.error({ error, topic }, 'a live event could not be handed over');
      }
    }
  }

  #miss(channel: Channel): void {
    const { name, listeners } = channel;
    this.#parts.log.warn(
      { channel: name },
      'live events were missed: the log does not reach back far enough',
    );
    for (const listener of listeners.all()) listener.missed();
    // What the log holds now is for those who begin anew.
    channel.position = null;
    throw new Error('the log does not reach back far enough');
  }

  #unsubscribe(name: string): void {
    this.#parts.redis
      .unsubscribe(name)
      .catch((error: unknown) => this.#parts.log.warn({ error }, 'Redis did not take an unsubscription'));
  }

  #refuse(topic: string, channel: string, size: number): void {
    this.#parts.metrics.liveEnvelopes.inc({ topic, outcome: 'refused' });
    const now = Date.now();
    // Garbage may come fast; the counter tells how much of it there is.
    if (now - this.#complained < COMPLAINT_INTERVAL) return;
    this.#complained = now;
    this.#parts.log.warn(
      { channel, size },
      'a message on a live channel is not a bundle of its topic and tenant',
    );
  }
}

function withResolvers(): Channel['started'] {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}
