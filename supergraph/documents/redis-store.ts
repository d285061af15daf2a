import type { Redis } from 'ioredis';
import type { DocumentStore } from './known-documents.ts';

/** Seconds that a text stays after it was last read. */
const LIFETIME = 24 * 60 * 60;

/** Texts that clients have sent once. */
export function sentDocuments(redis: Redis): DocumentStore {
  const key = (hash: string): string => `document:sent:${hash}`;
  return {
    read: (hash) => redis.getex(key(hash), 'EX', LIFETIME),
    write: (hash, text) => {
      redis.set(key(hash), text, 'EX', LIFETIME).catch(() => undefined);
    },
  };
}

/** Texts that were put there to be trusted; this process only reads them. */
export function trustedDocuments(redis: Redis): DocumentStore {
  return {
    read: (hash) => redis.get(`document:trusted:${hash}`),
    write: () => undefined,
  };
}
