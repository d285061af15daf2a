import type { Redis } from 'ioredis';
import type { Metrics } from './telemetry/metrics.ts';
import type { Logger } from './telemetry/log.ts';

export interface NamespaceOptions<T> {
  /** Names the kind of thing, and its version when its shape changes, such as `port:1`. */
  readonly name: string;
  /** Seconds that a value lives, give or take a tenth. */
  readonly ttl: number;
  /** Seconds that "there is none" lives. */
  readonly absentTtl: number;
  /**
   * Loads what the cache doesn't have, in one go.
   * @param keys each once
   * @returns one entry for each key, in the same order; null where there is none
   */
  readonly load: (keys: readonly string[]) => Promise<readonly (T | null)[]>;
}

/** Cache-aside for one kind of thing. Values must survive JSON. */
export interface CacheNamespace<T> {
  /** @returns one entry for each key, in the same order; null where there is none */
  getMany(keys: readonly string[]): Promise<readonly (T | null)[]>;
  /** Drops keys after a change. Resolves also when Redis is away: the TTL then bounds how long they stay. */
  forget(keys: readonly string[]): Promise<void>;
}

export interface Cache {
  namespace<T>(options: NamespaceOptions<T>): CacheNamespace<T>;
}

/**
 * One round trip to Redis for all keys of a call, one load for all misses, and one load for any number of
 * simultaneous misses of a key in this process. When Redis is away or slow, everything is loaded.
 */
export function createCache(redis: Redis, metrics: Metrics, log: Logger): Cache {
  return {
    namespace<T>(options: NamespaceOptions<T>): CacheNamespace<T> {
      return new Namespace<T>(options, redis, metrics, log);
    },
  };
}

class Namespace<T> implements CacheNamespace<T> {
  readonly #options: NamespaceOptions<T>;
  readonly #redis: Redis;
  readonly #metrics: Metrics;
  readonly #log: Logger;
  readonly #flights = new Map<string, Promise<T | null>>();

  constructor(options: NamespaceOptions<T>, redis: Redis, metrics: Metrics, log: Logger) {
    this.#options = options;
    this.#redis = redis;
    this.#metrics = metrics;
    this.#log = log;
  }

  getMany(keys: readonly string[]): Promise<readonly (T | null)[]> {
    const fresh = [...new Set(keys)].filter((key) => !this.#flights.has(key));
    this.#count('shared', new Set(keys).size - fresh.length);
    if (fresh.length > 0) this.#depart(fresh);
    return Promise.all(keys.map((key) => this.#flights.get(key) as Promise<T | null>));
  }

  async forget(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.#flights.delete(key);
    await this.#redis.del(...keys.map((key) => this.#redisKey(key))).catch((error: unknown) => {
      this.#log.warn({ error, namespace: this.#options.name }, 'cache entries could not be dropped');
    });
  }

  #depart(keys: readonly string[]): void {
    const flight = this.#fetch(keys);
    keys.forEach((key, index) => {
      const arrival = flight.then((values) => values[index] ?? null);
      this.#flights.set(key, arrival);
      const land = (): void => {
        if (this.#flights.get(key) === arrival) this.#flights.delete(key);
      };
      arrival.then(land, land);
    });
  }

  async #fetch(keys: readonly string[]): Promise<readonly (T | null)[]> {
    const cached = await this.#read(keys);
    const missing = keys.filter((_, index) => cached?.[index] === undefined);
    this.#count('hit', keys.length - missing.length);
    this.#count(cached ? 'miss' : 'bypass', missing.length);
    if (missing.length === 0) return (cached ?? []) as readonly (T | null)[];
    const loaded = await this.#options.load(missing);
    const found = new Map(missing.map((key, index) => [key, loaded[index] ?? null]));
    if (cached) this.#write(found);
    return keys.map((key, index) => (found.has(key) ? (found.get(key) ?? null) : (cached?.[index] ?? null)));
  }

  /** Undefined for a key that isn't cached; null instead of the list when Redis can't be asked. */
  async #read(keys: readonly string[]): Promise<readonly (T | null | undefined)[] | null> {
    try {
      const texts = await this.#redis.mget(...keys.map((key) => this.#redisKey(key)));
      return texts.map((text) => (text === null ? undefined : (parse(text) as T | null | undefined)));
    } catch (error) {
      this.#log.debug({ error, namespace: this.#options.name }, 'cache bypassed');
      return null;
    }
  }

  /** Not waited for: an answer needn't be late because the cache is. */
  #write(found: ReadonlyMap<string, T | null>): void {
    const pipeline = this.#redis.pipeline();
    for (const [key, value] of found) {
      const ttl = value === null ? this.#options.absentTtl : this.#options.ttl;
      // Jitter: what was loaded together must not expire together.
      const jittered = Math.max(1, Math.round(ttl * 1_000 * (0.9 + Math.random() * 0.2)));
      pipeline.set(this.#redisKey(key), JSON.stringify(value), 'PX', jittered);
    }
    pipeline.exec().catch((error: unknown) => {
      this.#log.debug({ error, namespace: this.#options.name }, 'cache not written');
    });
  }

  #redisKey(key: string): string {
    return `cache:${this.#options.name}:${key}`;
  }

  #count(outcome: string, times: number): void {
    if (times > 0) this.#metrics.cacheLookups.inc({ namespace: this.#options.name, outcome }, times);
  }
}

/** A text that isn't JSON counts as not cached. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
