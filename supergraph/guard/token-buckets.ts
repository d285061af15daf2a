import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { RateLimit } from '#platform/limits.ts';

/** Whether something may go on, and how its bucket stands. */
export interface Verdict {
  readonly allowed: boolean;
  /** Whole tokens that are left. */
  readonly remaining: number;
  /** Whole seconds until the bucket is full again, if nothing more is taken. */
  readonly fullIn: number;
  /** Whole seconds until there are as many tokens as were asked for; 0 when it was allowed. */
  readonly wait: number;
}

/** Milliseconds between telling Redis of what was taken here. */
const TELLING_INTERVAL = 100;
/** Buckets that are known here at a time; the oldest are forgotten first, and Redis still knows them. */
const MAX_BUCKETS = 100_000;
/** Buckets in one step: Redis does nothing else meanwhile. */
const STEP = 500;
/** Characters of a key; of longer ones the hash stands for it. */
const MAX_KEY = 200;
/** Windows that processes which hear of each other too late may overdraw a bucket by at most. */
const MAX_WINDOWS = 2;

/**
 * Takes from buckets in Redis: the milliseconds until a bucket is full are what its key has left to live, so that none
 * is kept that says nothing, and what the key holds doesn't matter. Redis' clock alone counts.
 *
 * Ours, because no maintained library has it: rate-limiter-flexible's windows are refilled at once (its bursty limiter
 * is two of them), @upstash/ratelimit has token buckets for its own service's client, one round trip a request, and
 * those that have them for Redis (redis-gcra, redis-token-bucket, tokenbucket) were last released years ago.
 */
const TAKE = `
local left = {}
for place, key in ipairs(KEYS) do
  local before = math.max(redis.call('PTTL', key), 0)
  left[place] = math.min(before + tonumber(ARGV[place + 1]), tonumber(ARGV[1]))
  redis.call('SET', key, '', 'PX', left[place])
end
return left`;

/**
 * Token buckets by key: full to begin with, filled at a steady rate, never fuller than full. What is known of a bucket
 * is when it will be full: taking a token puts that off by the time in which one comes.
 *
 * Nothing ever waits for Redis: it is judged by what this process knows, which tells Redis what it has let through ten
 * times a second and hears what all processes have. So a bucket may be overdrawn by what they let through within a
 * tenth of a second. While Redis is away each process counts alone, and what Redis forgets the processes still know.
 */
export class TokenBuckets {
  readonly limit: RateLimit;
  /** Milliseconds in which a token comes. */
  readonly #interval: number;
  /** Milliseconds in which an empty bucket fills. */
  readonly #window: number;
  readonly #prefix: string;
  readonly #redis: Redis | null;
  /** Milliseconds of a clock that is never set. */
  readonly #clock: () => number;
  readonly #fullAt = new Map<string, number>();
  /** Milliseconds by which buckets were put off here since Redis was told. */
  #untold = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;
  #isTelling = false;
  #isClosed = false;

  /**
   * @param name of the keys in Redis
   * @param redis null: this process counts alone
   * @param clock for tests
   */
  constructor(
    name: string,
    limit: RateLimit,
    redis: Redis | null,
    clock: () => number = () => performance.now(),
  ) {
    this.limit = limit;
    this.#interval = (limit.seconds * 1_000) / limit.tokens;
    this.#window = limit.burst * this.#interval;
    this.#prefix = `tokens:${name}:`;
    this.#redis = redis;
    this.#clock = clock;
  }

  /**
   * Takes tokens from a bucket if it has as many. Nothing costs more than a full bucket.
   * @param name whatever tells one holder from another
   */
  take(name: string, tokens = 1): Verdict {
    const key = shortened(name);
    const now = this.#clock();
    const missing = this.#missing(key, now);
    const cost = Math.min(tokens, this.limit.burst) * this.#interval;
    // What rounding makes of sums is far less than a thousandth of a token.
    const excess = missing + cost - this.#window - this.#interval / 1_000;
    if (excess > 0) return this.#verdict(missing, Math.max(Math.ceil(excess / 1_000), 1));
    this.#put(key, now, missing + cost);
    if (this.#redis?.status === 'ready' && this.#untold.size < MAX_BUCKETS) {
      this.#untold.set(key, (this.#untold.get(key) ?? 0) + cost);
      this.#tellSoon();
    }
    return this.#verdict(missing + cost, 0);
  }

  /** Whether a bucket hasn't even one token. */
  isEmpty(name: string): boolean {
    const missing = this.#missing(shortened(name), this.#clock());
    return missing + this.#interval * 0.999 > this.#window;
  }

  close(): void {
    this.#isClosed = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  /** @returns milliseconds until it is full */
  #missing(key: string, now: number): number {
    return Math.max((this.#fullAt.get(key) ?? now) - now, 0);
  }

  #put(key: string, now: number, missing: number): void {
    const known = this.#fullAt.get(key);
    if (known === undefined && this.#fullAt.size >= MAX_BUCKETS) {
      for (const oldest of this.#fullAt.keys()) {
        this.#fullAt.delete(oldest);
        break;
      }
    }
    // One that had been full is as new.
    if (known !== undefined && known <= now) this.#fullAt.delete(key);
    this.#fullAt.set(key, now + missing);
  }

  #verdict(missing: number, wait: number): Verdict {
    const remaining = Math.floor((this.#window - missing) / this.#interval + 0.001);
    return {
      allowed: wait === 0,
      remaining: Math.max(remaining, 0),
      fullIn: Math.ceil(missing / 1_000),
      wait,
    };
  }

  #tellSoon(): void {
    if (this.#timer || this.#isTelling || this.#isClosed) return;
    this.#timer = setTimeout(() => void this.#tell(), TELLING_INTERVAL).unref();
  }

  async #tell(): Promise<void> {
    this.#timer = null;
    this.#isTelling = true;
    const told = this.#takeUntold();
    for (let begin = 0; begin < told.length; begin += STEP) {
      // What Redis didn't hear is known here all the same, and will have come back before it would be of use there.
      await this.#tellStep(told.slice(begin, begin + STEP)).catch(() => undefined);
    }
    this.#isTelling = false;
    for (const cost of this.#untold.values()) {
      if (cost < 1) continue;
      this.#tellSoon();
      break;
    }
  }

  /** Redis counts whole milliseconds: what is left of them is told with what comes next. */
  #takeUntold(): [key: string, cost: number][] {
    const now = this.#clock();
    const told: [string, number][] = [];
    const kept = new Map<string, number>();
    for (const [key, cost] of this.#untold) {
      if (cost >= 1) told.push([key, Math.floor(cost)]);
      if (cost % 1 > 0 && this.#missing(key, now) > 0) kept.set(key, cost % 1);
    }
    this.#untold = kept;
    return told;
  }

  async #tellStep(told: readonly (readonly [key: string, cost: number])[]): Promise<void> {
    const asked = this.#clock();
    const keys = told.map(([key]) => this.#prefix + key);
    const most = Math.ceil(this.#window * MAX_WINDOWS);
    const left = (await this.#redis?.eval(
      TAKE,
      keys.length,
      ...keys,
      most,
      ...told.map(([, cost]) => cost),
    )) as readonly number[] | undefined;
    const now = this.#clock();
    told.forEach(([key], place) => {
      // From when it was asked on: rather a moment too full than too empty.
      const fullAt = asked + (left?.[place] ?? 0) + (this.#untold.get(key) ?? 0);
      if (fullAt > now + this.#missing(key, now)) this.#put(key, now, fullAt - now);
    });
  }
}

function shortened(name: string): string {
  return name.length <= MAX_KEY ? name : `sha256:${createHash('sha256').update(name).digest('base64url')}`;
}
