import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import type { Redis } from 'ioredis';
import type { Caller } from '#platform/auth/caller.ts';
import { addressGroup } from '#platform/http/client-address.ts';
import type { Limits } from '#platform/limits.ts';
import { ApiError } from '#platform/errors.ts';
import { operationSize } from './operation-size.ts';
import { TokenBuckets, type Verdict } from './token-buckets.ts';

/** How a bucket stands, and what an answer says of it (draft-ietf-httpapi-ratelimit-headers). */
export interface Rate extends Verdict {
  readonly headers: Readonly<Record<string, string>>;
}

/** Whose buckets an operation takes from. */
export interface RateHolders {
  readonly caller: Caller | null;
  /** Null: it isn't known. */
  readonly address: string | null;
}

/** The token buckets of the subjects of tenants and of addresses, over HTTP and WebSocket together. */
export class RateLimits {
  readonly #subjects: TokenBuckets | null;
  readonly #addresses: TokenBuckets | null;
  readonly #objectsPerToken: number;
  readonly #prices = new WeakMap<GraphQLSchema, WeakMap<OperationDefinitionNode, number>>();

  /** @param redis null: this process counts alone */
  constructor(
    {
      subjectRate,
      addressRate,
      objectsPerToken,
    }: Pick<Limits, 'subjectRate' | 'addressRate' | 'objectsPerToken'>,
    redis: Redis | null,
  ) {
    this.#subjects = subjectRate && new TokenBuckets('subject', subjectRate, redis);
    this.#addresses = addressRate && new TokenBuckets('address', addressRate, redis);
    this.#objectsPerToken = objectsPerToken;
  }

  /**
   * The tokens that an operation takes: one for every so many objects that it may ask for, begun ones included, and
   * one at least. Reckoned once for each operation of a document.
   * @param operation of the document
   */
  priceOf(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): number {
    if (this.#objectsPerToken === 0 || !(this.#subjects ?? this.#addresses)) return 1;
    let known = this.#prices.get(schema);
    if (!known) this.#prices.set(schema, (known = new WeakMap()));
    let price = known.get(operation);
    if (price === undefined) {
      price = Math.max(Math.ceil(operationSize(schema, document, operation) / this.#objectsPerToken), 1);
      known.set(operation, price);
    }
    return price;
  }

  /** Takes tokens of a caller's bucket; null when callers have none. @param caller null: without a token */
  ofCaller(caller: Caller | null, tokens = 1): Rate | null {
    if (!this.#subjects || !caller) return null;
    return judged('subject', this.#subjects, this.#subjects.take(subjectOf(caller), tokens));
  }

  /** Takes tokens of an address' bucket; null when addresses have none. */
  ofAddress(address: string, tokens = 1): Rate | null {
    return (
      this.#addresses &&
      judged('address', this.#addresses, this.#addresses.take(addressGroup(address), tokens))
    );
  }

  /**
   * Takes what an operation costs beyond what has been taken for it already.
   * @param taken by the address and by the caller
   * @returns the refusal, if there is one; else how the caller's bucket stands, if it has changed
   */
  ofOperation(
    { caller, address }: RateHolders,
    price: number,
    taken: { readonly address: number; readonly caller: number },
  ): Rate | null {
    const rate = price > taken.caller ? this.ofCaller(caller, price - taken.caller) : null;
    if (rate?.allowed === false || address === null || price <= taken.address) return rate;
    const another = this.ofAddress(address, price - taken.address);
    return another?.allowed === false ? another : rate;
  }

  /** Whether a caller's bucket hasn't even one token. */
  isExhausted(caller: Caller | null): boolean {
    return caller !== null && this.#subjects?.isEmpty(subjectOf(caller)) === true;
  }

  close(): void {
    this.#subjects?.close();
    this.#addresses?.close();
  }
}

/** @throws {ApiError} RATE_LIMITED unless what took the tokens may go on */
export function requireRate(rate: Rate | null): void {
  if (rate?.allowed === false) throw tooMany(rate);
}

export function tooMany({ wait, headers }: Rate): ApiError {
  const message = `Too many requests: try again in ${wait} s.`;
  return new ApiError('RATE_LIMITED', message, { retryAfter: wait, http: { status: 429, headers } });
}

function subjectOf({ tenant, subject }: Caller): string {
  return `${tenant}:${subject}`;
}

function judged(policy: string, { limit }: TokenBuckets, verdict: Verdict): Rate {
  const { allowed, remaining, fullIn, wait } = verdict;
  const { tokens, seconds, burst } = limit;
  return {
    ...verdict,
    headers: {
      'ratelimit-policy': `"${policy}";q=${burst};w=${Math.ceil((burst * seconds) / tokens)}`,
      ratelimit: `"${policy}";r=${remaining};t=${fullIn}`,
      ...(allowed ? {} : { 'retry-after': String(wait) }),
    },
  };
}
