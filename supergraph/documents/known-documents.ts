import { createHash } from 'node:crypto';
import { LruMap } from '#supergraph/engine/lru-map.ts';

/** Where texts of operations are kept beyond this process. */
export interface DocumentStore {
  /** @returns null when there is no text of this hash @throws when it can't be asked */
  read(hash: string): Promise<string | null>;
  /** Keeps a text for a while. Never fails: who asks for it later sends it again. */
  write(hash: string, text: string): void;
}

/** Texts of operations by hash, kept in this process. */
const MAX_DOCUMENTS = 2_000;
/** Characters; longer ones are run and not kept. */
const MAX_LENGTH = 64 * 1024;

export type Outcome = 'hit' | 'miss' | 'stored' | 'away';

/** The texts of operations by their hashes: those of this process, and behind them the store of all processes. */
export class KnownDocuments {
  readonly #store: DocumentStore | null;
  readonly #count: (outcome: Outcome) => void;
  readonly #texts = new LruMap<string, string>(MAX_DOCUMENTS);

  /** @param store null: this process is alone */
  constructor(store: DocumentStore | null, count: (outcome: Outcome) => void) {
    this.#store = store;
    this.#count = count;
  }

  /** @returns the text at once when this process has it */
  here(hash: string): string | undefined {
    const text = this.#texts.get(hash);
    if (text !== undefined) this.#count('hit');
    return text;
  }

  /** @returns the text; null: unknown; undefined: the store can't be asked */
  async find(hash: string): Promise<string | null | undefined> {
    const here = this.here(hash);
    if (here !== undefined || !this.#store) {
      if (here === undefined) this.#count('miss');
      return here ?? null;
    }
    try {
      const text = await this.#store.read(hash);
      // What others wrote is believed only as far as it can be checked.
      if (text === null || hashOf(text) !== hash) {
        this.#count('miss');
        return null;
      }
      this.#texts.set(hash, text);
      this.#count('hit');
      return text;
    } catch {
      this.#count('away');
      return undefined;
    }
  }

  /** @param hash the text's */
  keep(hash: string, text: string): void {
    if (text.length > MAX_LENGTH || this.#texts.get(hash) !== undefined) return;
    this.#texts.set(hash, text);
    this.#store?.write(hash, text);
    this.#count('stored');
  }
}

/** The SHA-256 of a text, in lower-case hexadecimal digits. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
