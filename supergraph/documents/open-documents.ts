import type { Redis } from 'ioredis';
import { ConfigError, type Config } from '#platform/config.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import type { Metrics } from '#platform/telemetry/metrics.ts';
import { supergraphSource } from '#supergraph/engine/supergraph-source.ts';
import { KnownDocuments } from './known-documents.ts';
import { followManifest } from './manifest.ts';
import { anyText, textsOfManifest, textsOfStore, type OperationTexts } from './operation-texts.ts';
import { sentDocuments, trustedDocuments } from './redis-store.ts';

export interface DocumentsParts {
  readonly config: Pick<Config, 'trustedDocuments' | 'persistedQueries'>;
  /** Null: this process has no Redis. */
  readonly redis: Redis | null;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'documentLookups'>;
}

export interface OpenDocuments {
  readonly texts: OperationTexts;
  close(): void;
}

/**
 * The texts that the configuration lets clients run.
 * @throws {ConfigError} when the trusted documents can't be read
 */
export async function openDocuments({ config, redis, log, metrics }: DocumentsParts): Promise<OpenDocuments> {
  const { trustedDocuments: trusted, persistedQueries } = config;
  const count = (outcome: string): void => metrics.documentLookups.inc({ outcome });
  const close = (): void => undefined;
  if (trusted === 'redis') {
    if (!redis) throw new ConfigError('TRUSTED_DOCUMENTS is "redis": REDIS_URL must say where that is');
    return { texts: textsOfStore(new KnownDocuments(trustedDocuments(redis), count)), close };
  }
  if (trusted !== null) {
    const manifest = await followManifest(supergraphSource(trusted), log);
    return { texts: textsOfManifest(() => manifest.current), close: () => manifest.close() };
  }
  const known = persistedQueries ? new KnownDocuments(redis && sentDocuments(redis), count) : null;
  return { texts: anyText(known), close };
}
