import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalServer } from './local-server.ts';
import type { Log } from './service-kind.ts';

const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5_000;
/** A server that ran this long was well: when it ends, the backoff starts anew. */
const WELL_AFTER_MS = 10_000;

export interface Supervised {
  /** Ends the server for good. May be called again. */
  stop(): Promise<void>;
}

/**
 * Keeps a server running: one that ends by itself is started again, at longer and longer intervals while it fails.
 * @param first the running server; `undefined` starts it in the background
 * @param start starts it again, on the same port
 * @param abandonStart ends a server that {@link start} is waiting for
 */
export function supervise(
  name: string,
  first: LocalServer | undefined,
  start: () => Promise<LocalServer>,
  abandonStart: () => Promise<void>,
  log: Log,
): Supervised {
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  let server = first;
  let starting: Promise<void> | undefined;
  let backoff = FIRST_BACKOFF_MS;

  const startAgain = async (): Promise<void> => {
    while (!isStopping()) {
      await sleep(backoff, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
      backoff = Math.min(backoff * 2, LONGEST_BACKOFF_MS);
      if (isStopping()) return;
      try {
        server = await start();
        watch(server);
        return;
      } catch (error) {
        if (isStopping()) return;
        log(`${name} could not be started: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  };
  const watch = (watched: LocalServer): void => {
    const since = Date.now();
    void watched.ended.then((how) => {
      if (isStopping()) return;
      if (Date.now() - since > WELL_AFTER_MS) backoff = FIRST_BACKOFF_MS;
      log(`${name} ended by itself (${how}): starting it again`);
      starting = startAgain();
    });
  };
  if (first) watch(first);
  else starting = startAgain();

  return {
    async stop() {
      stopping.abort();
      await abandonStart();
      await starting;
      await server?.stop();
    },
  };
}
