import { createHash } from 'node:crypto';

interface Entry<T> {
  readonly value: T;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly until: number;
}

/**
 * Tokens that were verified, by the SHA-256 of the whole token: a forged one has another hash. A token is forgotten when
 * it ends, all of them when the keys that verified them are no longer the issuer's.
 */
export class VerifiedTokens<T> {
  static readonly DEFAULT_LIMIT = 10_000;
  readonly #limit: number;
  readonly #generation: () => unknown;
  readonly #entries = new Map<string, Entry<T>>();
  #of: unknown;

  /**
   * @param limit how many are remembered at most
   * @param generation differs when the keys do; undefined: nothing is known of them now
   */
  constructor(limit: number, generation: () => unknown) {
    this.#limit = limit;
    this.#generation = generation;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(token: string): T | undefined {
    if (this.#entries.size === 0 || !this.#isCurrent()) return undefined;
    const hash = hashOf(token);
    const entry = this.#entries.get(hash);
    if (!entry) return undefined;
    const now = Date.now();
    if (now >= entry.until || now < entry.from) {
      this.#entries.delete(hash);
      return undefined;
    }
    return entry.value;
  }

  /** @param from when the token begins, `until` when it ends, in milliseconds since 1970 */
  set(token: string, value: T, from: number, until: number): void {
    if (this.#limit === 0 || !this.#isCurrent()) return;
    // The oldest are first; those in use come back after one verification.
    if (this.#entries.size >= this.#limit) {
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest);
        break;
      }
    }
    this.#entries.set(hashOf(token), { value, from, until });
  }

  #isCurrent(): boolean {
    const generation = this.#generation();
    if (generation === undefined) return false;
    if (generation !== this.#of) {
      this.#entries.clear();
      this.#of = generation;
    }
    return true;
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
