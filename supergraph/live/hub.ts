import type { Redis } from 'ioredis';
import { liveChannel, parseLiveEnvelope, type LiveEnvelope } from '#platform/live-events.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import type { Metrics } from '#platform/telemetry/metrics.ts';

export type Listener = (envelope: LiveEnvelope) => void;

export interface HubParts {
  /** Used for nothing but pub/sub; reconnects by itself. */
  readonly redis: Pick<Redis, 'subscribe' | 'unsubscribe' | 'on' | 'off'>;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'liveEnvelopes'>;
}

interface Channel {
  readonly topic: string;
  readonly tenant: string;
  readonly listeners: Set<Listener>;
}

/** Bytes of one event; larger ones are garbage. */
const MAX_ENVELOPE_SIZE = 1024 * 1024;
const COMPLAINT_INTERVAL = 1_000;

/**
 * Brings what is published on Redis to this process' subscribers: one Redis connection, one Redis subscription for
 * each topic and tenant that someone here listens to, each message parsed once. While Redis is away listeners stay,
 * and hear again what is published after it is back.
 */
export class LiveHub {
  readonly #parts: HubParts;
  readonly #channels = new Map<string, Channel>();
  #complained = 0;

  constructor(parts: HubParts) {
    this.#parts = parts;
    parts.redis.on('message', this.#onMessage);
  }

  /**
   * Calls back for every event of a topic and tenant. Returns at once: events published before Redis has confirmed
   * the subscription are not heard.
   * @returns how to stop
   */
  listen(topic: string, tenant: string, listener: Listener): () => void {
    const name = liveChannel(topic, tenant);
    let channel = this.#channels.get(name);
    if (!channel) {
      channel = { topic, tenant, listeners: new Set() };
      this.#channels.set(name, channel);
      this.#send('subscribe', name);
    }
    const { listeners } = channel;
    listeners.add(listener);
    return () => {
      if (
        !listeners.delete(listener) ||
        listeners.size > 0 ||
        this.#channels.get(name)?.listeners !== listeners
      )
        return;
      this.#channels.delete(name);
      this.#send('unsubscribe', name);
    };
  }

  close(): void {
    const { redis } = this.#parts;
    redis.off('message', this.#onMessage);
    for (const name of this.#channels.keys()) this.#send('unsubscribe', name);
    this.#channels.clear();
  }

  readonly #onMessage = (name: string, text: string): void => {
    const channel = this.#channels.get(name);
    if (!channel) return;
    const { topic, tenant, listeners } = channel;
    const envelope = text.length > MAX_ENVELOPE_SIZE ? null : parseLiveEnvelope(text);
    if (envelope?.topic !== topic || envelope.tenant !== tenant) {
      this.#refuse(topic, name, text.length);
      return;
    }
    this.#parts.metrics.liveEnvelopes.inc({ topic, outcome: 'delivered' });
    for (const listener of [...listeners]) {
      try {
        listener(envelope);
      } catch (error) {
        this.#parts.log.error({ error, topic }, 'a live event could not be handed over');
      }
    }
  };

  #send(command: 'subscribe' | 'unsubscribe', name: string): void {
    const sent =
      command === 'subscribe' ? this.#parts.redis.subscribe(name) : this.#parts.redis.unsubscribe(name);
    sent.catch((error: unknown) =>
      this.#parts.log.warn({ error, command }, 'Redis did not take a subscription'),
    );
  }

  #refuse(topic: string, channel: string, size: number): void {
    this.#parts.metrics.liveEnvelopes.inc({ topic, outcome: 'refused' });
    const now = Date.now();
    // Garbage may come fast; the counter tells how much of it there is.
    if (now - this.#complained < COMPLAINT_INTERVAL) return;
    this.#complained = now;
    this.#parts.log.warn(
      { channel, size },
      'a message on a live channel is not an envelope of its topic and tenant',
    );
  }
}
