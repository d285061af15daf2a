import type { Redis } from 'ioredis';
import { presenceChannel, presenceKey, readPresence, type Place, type Presence } from '#platform/presence.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import { Pace } from './pace.ts';
import type { PresenceTimes } from './presence-store.ts';

export interface BoardParts {
  readonly requests: Pick<Redis, 'eval' | 'on' | 'off'>;
  /** Shared with whoever else listens to other channels. */
  readonly subscriber: Pick<Redis, 'subscribe' | 'unsubscribe' | 'on' | 'off'>;
  readonly times: Pick<PresenceTimes, 'settling' | 'interval'>;
  readonly log: Logger;
}

interface Watched {
  readonly place: Place;
  readonly watchers: Set<(presence: Presence) => void>;
  /** What they were told last, as text; null: nothing yet. */
  told: string | null;
  presence: Presence;
}

interface Channel {
  readonly topic: string;
  readonly tenant: string;
  /** Of the watched places. */
  readonly keys: Set<string>;
}

/** Milliseconds between two reads: what is due meanwhile is read together. */
const READ_GAP = 50;

/**
 * Tells this process' watchers who is present at a place: how it is when they begin, then each change, at most one a
 * second for a place and always the last. One read of Redis for all places that have changed.
 */
export class PresenceBoard {
  readonly #parts: BoardParts;
  readonly #watched = new Map<string, Watched>();
  readonly #channels = new Map<string, Channel>();
  readonly #pace: Pace;
  #timer: NodeJS.Timeout | undefined;
  #wakeAt = Infinity;
  #readAt = -Infinity;
  #isReading = false;

  constructor(parts: BoardParts) {
    this.#parts = parts;
    this.#pace = new Pace(parts.times.settling, parts.times.interval);
    parts.subscriber.on('message', this.#onMessage);
    parts.subscriber.on('ready', this.markAll);
    parts.requests.on('ready', this.markAll);
    parts.requests.on('close', this.markAll);
  }

  /** Tells who is at a place, soon and whenever that changes. @returns how to stop that */
  watch(place: Place, tell: (presence: Presence) => void): () => void {
    const key = presenceKey(place);
    let watched = this.#watched.get(key);
    if (!watched) {
      watched = { place, watchers: new Set(), told: null, presence: null };
      this.#watched.set(key, watched);
      this.#follow(place, key);
      this.#mark(key, 0);
    }
    const followed = watched;
    followed.watchers.add(tell);
    if (followed.told !== null) tell(followed.presence);
    return () => {
      if (!followed.watchers.delete(tell) || followed.watchers.size > 0) return;
      this.#watched.delete(key);
      this.#pace.forget(key);
      this.#unfollow(place, key);
    };
  }

  /** Everything may be otherwise than it was told. */
  readonly markAll = (): void => {
    for (const key of this.#watched.keys()) this.#pace.mark(key, Date.now());
    this.#plan();
  };

  close(): void {
    const { subscriber, requests } = this.#parts;
    subscriber.off('message', this.#onMessage);
    subscriber.off('ready', this.markAll);
    requests.off('ready', this.markAll);
    requests.off('close', this.markAll);
    clearTimeout(this.#timer);
    for (const channel of this.#channels.keys()) this.#unsubscribe(channel);
    this.#watched.clear();
    this.#channels.clear();
  }

  readonly #onMessage = (channel: string, value: string): void => {
    const followed = this.#channels.get(channel);
    if (!followed) return;
    const key = presenceKey({ topic: followed.topic, tenant: followed.tenant, value });
    if (followed.keys.has(key)) this.#mark(key);
  };

  #follow(place: Place, key: string): void {
    const channel = presenceChannel(place);
    const known = this.#channels.get(channel);
    if (known) {
      known.keys.add(key);
      return;
    }
    const { topic, tenant } = place;
    this.#channels.set(channel, { topic, tenant, keys: new Set([key]) });
    const { subscriber, log } = this.#parts;
    subscriber
      .subscribe(channel)
      // What happened before it was in force went unheard.
      .then(() => this.#channels.get(channel)?.keys.forEach((each) => this.#mark(each)))
      .catch((error: unknown) => log.debug({ error }, 'Redis did not take a subscription to presence'));
  }

  #unfollow(place: Place, key: string): void {
    const channel = presenceChannel(place);
    const followed = this.#channels.get(channel);
    followed?.keys.delete(key);
    if (followed?.keys.size !== 0) return;
    this.#channels.delete(channel);
    this.#unsubscribe(channel);
  }

  #unsubscribe(channel: string): void {
    const { subscriber, log } = this.#parts;
    subscriber
      .unsubscribe(channel)
      .catch((error: unknown) => log.debug({ error }, 'Redis did not take an unsubscription from presence'));
  }

  #mark(key: string, settling?: number): void {
    this.#pace.mark(key, Date.now(), settling);
    this.#plan();
  }

  #plan(): void {
    if (this.#isReading) return;
    const { next } = this.#pace;
    const wakeAt = next === null ? Infinity : Math.max(next, this.#readAt + READ_GAP);
    if (wakeAt === this.#wakeAt) return;
    clearTimeout(this.#timer);
    this.#wakeAt = wakeAt;
    if (next === null) return;
    this.#timer = setTimeout(() => void this.#read(), Math.max(wakeAt - Date.now(), 0));
    this.#timer.unref();
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    this.#readAt = Date.now();
    const due = this.#pace.take(this.#readAt).flatMap((key) => this.#watched.get(key) ?? []);
    const places = due.map(({ place }) => place);
    const found = await readPresence(this.#parts.requests, places).catch((error: unknown) => {
      this.#parts.log.debug({ error }, 'presence could not be read');
      return places.map(() => null);
    });
    due.forEach((watched, index) => this.#tell(watched, found[index] ?? null));
    this.#isReading = false;
    this.#wakeAt = Infinity;
    this.#plan();
  }

  #tell(watched: Watched, presence: Presence): void {
    // Asked again until it is known.
    const key = presenceKey(watched.place);
    if (presence === null && this.#watched.get(key) === watched) this.#pace.mark(key, Date.now());
    const text = JSON.stringify(presence);
    if (text === watched.told) return;
    watched.told = text;
    watched.presence = presence;
    for (const tell of [...watched.watchers]) tell(presence);
  }
}
