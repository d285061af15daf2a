import type { Redis } from 'ioredis';
import type { Caller } from '#platform/auth/caller.ts';
import type { Limits } from '#platform/limits.ts';
import { ApiError } from '#platform/errors.ts';
import { RequestBuckets, type Verdict } from './request-buckets.ts';

/** How a request stands with its bucket, and what an answer says of it (draft-ietf-httpapi-ratelimit-headers). */
export interface Rate extends Verdict {
  readonly headers: Readonly<Record<string, string>>;
}

/** Requests of one subject of a tenant and from one address, over HTTP and WebSocket together. */
export class RateLimits {
  readonly #subjects: RequestBuckets | null;
  readonly #addresses: RequestBuckets | null;

  /** @param redis null: this process counts alone */
  constructor(
    { subjectRate, addressRate }: Pick<Limits, 'subjectRate' | 'addressRate'>,
    redis: Redis | null,
  ) {
    this.#subjects = subjectRate && new RequestBuckets('subject', subjectRate, redis);
    this.#addresses = addressRate && new RequestBuckets('address', addressRate, redis);
  }

  /** Takes one request of a caller's bucket; null when callers have none. @param caller null: without a token */
  ofCaller(caller: Caller | null): Rate | null {
    if (!this.#subjects || !caller) return null;
    return judged('subject', this.#subjects, `${caller.tenant}:${caller.subject}`);
  }

  /** Takes one request of an address' bucket; null when addresses have none. */
  ofAddress(address: string): Rate | null {
    return this.#addresses && judged('address', this.#addresses, address);
  }

  close(): void {
    this.#subjects?.close();
    this.#addresses?.close();
  }
}

/** @throws {ApiError} RATE_LIMITED unless a request may go on */
export function requireRate(rate: Rate | null): void {
  if (rate?.allowed === false) throw tooMany(rate);
}

export function tooMany({ seconds, headers }: Rate): ApiError {
  const message = `Too many requests: try again in ${seconds} s.`;
  return new ApiError('RATE_LIMITED', message, { retryAfter: seconds, http: { status: 429, headers } });
}

function judged(policy: string, buckets: RequestBuckets, key: string): Rate {
  const verdict = buckets.take(key);
  const { remaining, seconds } = verdict;
  const { points, seconds: window } = buckets.limit;
  return {
    ...verdict,
    headers: {
      'ratelimit-policy': `"${policy}";q=${points};w=${window}`,
      ratelimit: `"${policy}";r=${remaining};t=${seconds}`,
      ...(verdict.allowed ? {} : { 'retry-after': String(seconds) }),
    },
  };
}
