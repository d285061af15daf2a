import type { JsonObject } from '../fetch-document.ts';

/** What a fetch brought, by representation; without what may not be used again. */
export type Fetched = ReadonlyMap<string, JsonObject>;

/**
 * The entities that one operation has asked for already, or is asking for: the same fields of the same entity, wanted
 * at another place of the answer, aren't asked for again.
 */
export class Reuse {
  readonly #fetches = new Map<string, Map<string, Promise<Fetched>>>();

  /** By representation who brings, or has brought, the entity. @param key equal for fetches that ask for the same */
  of(key: string): Map<string, Promise<Fetched>> {
    const known = this.#fetches.get(key);
    if (known) return known;
    const fetched = new Map<string, Promise<Fetched>>();
    this.#fetches.set(key, fetched);
    return fetched;
  }
}
