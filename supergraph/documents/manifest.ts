import { isRecord } from '#platform/is-record.ts';
import { ConfigError } from '#platform/config.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import type { SupergraphSource } from '#supergraph/engine/supergraph-source.ts';
import { hashOf } from './known-documents.ts';

/** The trusted texts by every name that they have: their hash, and the one that the manifest gives them. */
export type Manifest = ReadonlyMap<string, string>;

export interface FollowedManifest {
  readonly current: Manifest;
  close(): void;
}

/**
 * Reads a manifest: an object of texts by hash, or Apollo's format with `operations` of `id` and `body`.
 * @throws with what is wrong with it
 */
export function readManifest(json: string): Manifest {
  const value: unknown = JSON.parse(json);
  if (!isRecord(value)) throw new Error('expected a JSON object');
  const { operations = null } = value;
  const entries: readonly (readonly [string, unknown])[] = Array.isArray(operations)
    ? operations.map((one: unknown) => (isRecord(one) ? [String(one.id), one.body] : ['', null]))
    : Object.entries(value);
  const texts = new Map<string, string>();
  for (const [id, text] of entries) {
    if (typeof text !== 'string' || id === '') throw new Error(`"${id}" has no text`);
    texts.set(id, text);
    texts.set(hashOf(text), text);
  }
  return texts;
}

/**
 * Loads the manifest and follows its source; one that can't be read later is logged and the one in use stays.
 * @throws {ConfigError} when there is none to begin with
 */
export async function followManifest(
  source: SupergraphSource,
  log: Logger,
  interval: number = source.interval,
): Promise<FollowedManifest> {
  let current: Manifest;
  try {
    current = readManifest(await source.read());
  } catch (error) {
    throw new ConfigError(`TRUSTED_DOCUMENTS at ${source.place} can't be used: ${(error as Error).message}`, {
      cause: error,
    });
  }
  let failing = false;
  let closed = false;
  const look = async (): Promise<void> => {
    try {
      const json = await source.readIfChanged();
      if (json !== null) {
        current = readManifest(json);
        log.info({ place: source.place, documents: current.size }, 'trusted documents replaced');
      }
      failing = false;
    } catch (error) {
      if (!failing) log.error({ error, place: source.place }, 'the trusted documents stay as they were');
      failing = true;
    }
  };
  let timer: NodeJS.Timeout;
  const lookAgainLater = (): void => {
    timer = setTimeout(() => void look().finally(() => closed || lookAgainLater()), interval);
    timer.unref();
  };
  lookAgainLater();
  return {
    get current() {
      return current;
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}
