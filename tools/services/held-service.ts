import { setTimeout as sleep } from 'node:timers/promises';
import { claim, isRunning } from '../ownership.mjs';
import { ensureWritableDirectory } from './directories.ts';
import { LocalServiceError } from './errors.ts';
import type { LocalServer } from './local-server.ts';
import { ownService } from './own-service.ts';
import { adoptServer } from './server-process.ts';
import { readState } from './service-kind.ts';
import type { Log, ServiceKind, ServiceState } from './service-kind.ts';
import { supervise } from './supervise.ts';
import type { Supervised } from './supervise.ts';

/** Long enough for an owner that creates the database, or installs Redis. */
const OWNERS_START_TIMEOUT_MS = 6 * 60_000;
const WAIT_POLL_MS = 50;
const TAKEOVER_POLL_MS = 1_000;

/** A running service, whoever runs it. */
export interface HeldService {
  readonly url: string;
  /** Another process runs it. Should that one end first, this process takes over. */
  readonly attached: boolean;
  /** Stops it if this process runs it. */
  stop(): Promise<void>;
}

/**
 * Makes sure that a service runs, and keeps it running: starts it, takes over one that a dead process left behind,
 * or, when a living process runs it from the same directory, attaches to that.
 * @throws {LocalServiceError}
 */
export async function holdService(kind: ServiceKind, log: Log): Promise<HeldService> {
  ensureWritableDirectory(kind.directory);
  const until = Date.now() + OWNERS_START_TIMEOUT_MS;
  for (let announced = false; ; announced = true) {
    const ownership = claim(kind.directory, 'service');
    if (ownership.owned) {
      try {
        const server = await ownService(kind, log);
        const supervised = superviseOwned(kind, server, server.port, ownership.release, log);
        return { url: server.url, attached: false, stop: supervised.stop };
      } catch (error) {
        ownership.release();
        throw error;
      }
    }
    const { pid } = ownership.owner;
    const state = readState(kind);
    if (state?.url !== undefined && isRunning(state)) return attach(kind, state, state.url, pid, log);
    if (Date.now() > until) {
      throw new LocalServiceError(
        'START_FAILED',
        `process ${pid} owns ${kind.directory}, but ${kind.name} doesn't start there`,
      );
    }
    if (!announced) log(`waiting for process ${pid}, which is starting ${kind.name}`);
    await sleep(WAIT_POLL_MS);
  }
}

function attach(kind: ServiceKind, state: ServiceState, url: string, owner: number, log: Log): HeldService {
  log(`using ${kind.name} on 127.0.0.1:${state.port}, which process ${owner} runs`);
  let takenOver: Supervised | undefined;
  const timer = setInterval(() => {
    const ownership = claim(kind.directory, 'service');
    if (!ownership.owned) return;
    clearInterval(timer);
    log(`process ${owner}, which ran ${kind.name}, has ended: taking over`);
    takenOver = superviseOwned(kind, undefined, state.port, ownership.release, log);
  }, TAKEOVER_POLL_MS).unref();
  return {
    url,
    attached: true,
    async stop() {
      clearInterval(timer);
      await takenOver?.stop();
    },
  };
}

/** Keeps a service of a claimed directory running on one port, and releases the claim when it is stopped. */
function superviseOwned(
  kind: ServiceKind,
  first: LocalServer | undefined,
  port: number,
  release: () => void,
  log: Log,
): Supervised {
  const abandonStart = async (): Promise<void> => {
    const state = readState(kind);
    if (state && state.url === undefined && isRunning(state))
      await adoptServer(state, kind.stopSignals).stop();
  };
  const supervised = supervise(kind.name, first, () => ownService(kind, log, port), abandonStart, log);
  let stopped: Promise<void> | undefined;
  return { stop: () => (stopped ??= supervised.stop().finally(release)) };
}
