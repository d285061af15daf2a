import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import type { Redis } from 'ioredis';
import type { RateLimit } from '#platform/limits.ts';

/** What is known of one bucket here. */
interface Bucket {
  /** Taken by everybody, when it was last told. */
  taken: number;
  /** Taken here since. */
  untold: number;
  /** When it is full again, in milliseconds since 1970. */
  fullAt: number;
}

/** Whether a request may go on, and how its bucket stands. */
export interface Verdict {
  readonly allowed: boolean;
  readonly remaining: number;
  /** Whole seconds until the bucket is full again. */
  readonly seconds: number;
}

/** Milliseconds between telling Redis of what was taken here. */
const TELLING_INTERVAL = 100;
/** Buckets that are known here at a time; the oldest are forgotten first, and Redis still knows them. */
const MAX_BUCKETS = 100_000;

/**
 * Counts requests by key. A request never waits for Redis: it is judged by what this process knows, which tells Redis
 * what it has let through ten times a second and hears what all processes have. So a bucket may be overdrawn by what
 * they let through within a tenth of a second. While Redis is away each process counts alone.
 */
export class RequestBuckets {
  readonly limit: RateLimit;
  readonly #shared: RateLimiterRedis | null;
  readonly #buckets = new Map<string, Bucket>();
  readonly #untold = new Set<string>();
  #timer: NodeJS.Timeout | null = null;

  /**
   * @param name of the keys in Redis
   * @param redis null: this process counts alone
   */
  constructor(name: string, limit: RateLimit, redis: Redis | null) {
    this.limit = limit;
    const { points, seconds: duration } = limit;
    this.#shared =
      redis &&
      new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: `rate:${name}`,
        points,
        duration,
        rejectIfRedisNotReady: true,
        insuranceLimiter: new RateLimiterMemory({ keyPrefix: name, points, duration }),
      });
  }

  /** Takes points of a bucket if it has as many. */
  take(key: string, points = 1): Verdict {
    const now = Date.now();
    const bucket = this.#bucketOf(key, now);
    const before = this.limit.points - bucket.taken - bucket.untold;
    const allowed = before >= points;
    if (allowed) {
      bucket.untold += points;
      this.#untold.add(key);
      if (this.#shared) this.#timer ??= setTimeout(this.#tell, TELLING_INTERVAL).unref();
    }
    const remaining = Math.max(allowed ? before - points : before, 0);
    return { allowed, remaining, seconds: Math.max(Math.ceil((bucket.fullAt - now) / 1_000), 1) };
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
  }

  #bucketOf(key: string, now: number): Bucket {
    let bucket = this.#buckets.get(key);
    if (bucket && now < bucket.fullAt) return bucket;
    if (!bucket && this.#buckets.size >= MAX_BUCKETS) {
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest);
        break;
      }
    }
    bucket = { taken: 0, untold: 0, fullAt: now + this.limit.seconds * 1_000 };
    this.#buckets.set(key, bucket);
    return bucket;
  }

  readonly #tell = (): void => {
    this.#timer = null;
    const keys = [...this.#untold];
    this.#untold.clear();
    for (const key of keys) {
      const bucket = this.#buckets.get(key);
      if (!bucket || bucket.untold === 0) continue;
      const told = bucket.untold;
      this.#shared?.penalty(key, told).then(
        ({ consumedPoints, msBeforeNext }) => {
          bucket.taken = consumedPoints;
          bucket.untold -= told;
          bucket.fullAt = Date.now() + Math.max(msBeforeNext, 1);
        },
        // Neither Redis nor the count for its absence: what is known here still counts.
        () => undefined,
      );
    }
  };
}
