import { createHash } from 'node:crypto';
import { ConfigError } from '#platform/config.ts';
import type { EngineSettings } from './settings.ts';
import { Supergraph } from './supergraph.ts';
import type { SupergraphSource } from './supergraph-source.ts';

/** The supergraph in service, which follows its source. */
export interface ServedSupergraph {
  /** The one that new operations are to use; hold on to it for the whole of one operation. */
  readonly current: Supergraph;
  /** Calls back after every swap. @returns how to stop that */
  onSwap(listener: (supergraph: Supergraph) => void): () => void;
  close(): void;
}

/**
 * Loads the supergraph and keeps following its source. A text that isn't a valid supergraph is refused and logged
 * once, and the one in service stays.
 * @param interval milliseconds between looks, for tests
 * @throws {ConfigError} with the reason when there is no valid supergraph to begin with
 */
export async function serveSupergraph(
  source: SupergraphSource,
  settings: EngineSettings,
  interval: number = source.interval,
): Promise<ServedSupergraph> {
  const { log } = settings;
  const listeners = new Set<(supergraph: Supergraph) => void>();
  let current = await first(source, settings);
  log.info(
    { supergraph: current.id, place: source.place, subgraphs: [...current.subgraphs.keys()] },
    'supergraph loaded',
  );
  let refused: string | undefined;
  let unreadable = false;
  let closed = false;

  const look = async (): Promise<void> => {
    let sdl: string | null;
    try {
      sdl = await source.readIfChanged();
      unreadable = false;
    } catch (error) {
      if (!unreadable)
        log.error({ error, place: source.place }, "the supergraph can't be read; the one in service stays");
      unreadable = true;
      return;
    }
    if (sdl === null || sdl === current.sdl || closed) return;
    try {
      current = new Supergraph(sdl, settings);
      refused = undefined;
    } catch (error) {
      const digest = createHash('sha256').update(sdl).digest('hex');
      if (digest !== refused) {
        log.error(
          { reason: reasonOf(error), place: source.place },
          'the new supergraph is refused; the one in service stays',
        );
      }
      refused = digest;
      return;
    }
    log.info({ supergraph: current.id, place: source.place }, 'supergraph replaced');
    for (const listener of listeners) {
      try {
        listener(current);
      } catch (error) {
        log.error({ error }, 'a consequence of the new supergraph failed');
      }
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
    onSwap: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
      listeners.clear();
    },
  };
}

async function first(source: SupergraphSource, settings: EngineSettings): Promise<Supergraph> {
  try {
    return new Supergraph(await source.read(), settings);
  } catch (error) {
    throw new ConfigError(`the supergraph at ${source.place} can't be served: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
