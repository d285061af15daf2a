import type { Redis } from 'ioredis';
import type { Logger } from '../telemetry/log.ts';

/** What the issuer or an operator has called back before its time. */
export interface Revocations {
  /** @param jti the token's id */
  isRevoked(jti: string): boolean;
  /**
   * Calls back once, when a token is called back from now on.
   * @returns how to call that off
   */
  onRevoked(jti: string, callback: () => void): () => void;
}

/** Sorted set of the ids that are called back, by when the last token with that id ends (milliseconds since 1970). */
export const REVOKED_KEY = 'auth:revoked';
/** Changes with every revocation, so that asking whether there is a new one costs one GET. */
export const REVOKED_VERSION_KEY = 'auth:revoked:version';

const POLL_INTERVAL = 1_000;
const MAX_ID_LENGTH = 1_024;

/**
 * Calls a token back: every process refuses it within about a second, and ends what it has opened.
 * @param jti the token's id
 * @param until when the token ends by itself, in milliseconds since 1970: remembered no longer than that
 * @throws when Redis is away
 */
export async function revokeToken(redis: Redis, jti: string, until: number): Promise<void> {
  if (jti === '' || jti.length > MAX_ID_LENGTH) {
    throw new Error(`the token's id has ${jti.length} characters: expected 1 to ${MAX_ID_LENGTH}`);
  }
  const results = await redis
    .multi()
    .zadd(REVOKED_KEY, 'GT', until, jti)
    .zremrangebyscore(REVOKED_KEY, '-inf', Date.now())
    .incr(REVOKED_VERSION_KEY)
    .exec();
  for (const [error] of results ?? []) if (error) throw error;
}

/**
 * What is called back, as Redis has it, kept here: a look-up costs no round trip. A second after a revocation at the
 * latest it is known. While Redis is away what is known still holds and nothing new is heard; a Redis that has lost
 * its data takes nothing back.
 */
export class SharedRevocations implements Revocations {
  readonly #redis: Redis;
  readonly #log: Logger;
  /** By id, when it may be forgotten. */
  readonly #until = new Map<string, number>();
  readonly #callbacks = new Map<string, Set<() => void>>();
  readonly #timer: NodeJS.Timeout;
  #version: string | null = null;
  #asking = false;
  #isAway = false;

  /** @param redis the connection for requests, which fails at once while Redis is away */
  constructor(redis: Redis, log: Logger, interval = POLL_INTERVAL) {
    this.#redis = redis;
    this.#log = log;
    this.#timer = setInterval(() => void this.refresh(), interval).unref();
  }

  isRevoked(jti: string): boolean {
    return this.#until.has(jti);
  }

  onRevoked(jti: string, callback: () => void): () => void {
    const callbacks = this.#callbacks.get(jti) ?? new Set();
    this.#callbacks.set(jti, callbacks.add(callback));
    return () => {
      callbacks.delete(callback);
      if (callbacks.size === 0 && this.#callbacks.get(jti) === callbacks) this.#callbacks.delete(jti);
    };
  }

  /** Asks Redis what is new; never rejects. */
  async refresh(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      const version = await this.#redis.get(REVOKED_VERSION_KEY);
      if (version !== this.#version) {
        await this.#read();
        this.#version = version;
      }
      this.#forget();
      this.#isAway = false;
    } catch (error) {
      if (!this.#isAway) this.#log.warn({ error }, 'revoked tokens are not heard of: Redis is away');
      this.#isAway = true;
    } finally {
      this.#asking = false;
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #read(): Promise<void> {
    const found = await this.#redis.zrangebyscore(REVOKED_KEY, Date.now(), '+inf', 'WITHSCORES');
    for (let at = 0; at < found.length; at += 2) {
      const jti = found[at] as string;
      const isNew = !this.#until.has(jti);
      this.#until.set(jti, Number(found[at + 1]));
      if (!isNew) continue;
      for (const callback of [...(this.#callbacks.get(jti) ?? [])]) callback();
      this.#callbacks.delete(jti);
    }
  }

  #forget(): void {
    const now = Date.now();
    for (const [jti, until] of this.#until) if (until <= now) this.#until.delete(jti);
  }
}
