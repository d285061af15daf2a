import { readFileSync } from 'node:fs';
import type { LocalServer } from '#tools/services/local-server.ts';

/** A server that a test makes fail. */
export interface FragileServer {
  readonly url: string;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  /** Brings it back on the same port, with its data. */
  restart(): Promise<void>;
  /** Stops it from doing anything, while its connections stay open. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

export function fragile(first: LocalServer): FragileServer {
  let server = first;
  let frozen: readonly number[] = [];
  const thaw = (): void => {
    for (const pid of frozen) signal(pid, 'SIGCONT');
    frozen = [];
  };
  return {
    url: first.url,
    kill: () => server.kill(),
    restart: async () => {
      server = await server.restart();
    },
    freeze: () => {
      // The parent first: from then on there are no new children.
      process.kill(server.pid, 'SIGSTOP');
      frozen = [server.pid, ...childrenOf(server.pid)];
      for (const pid of frozen) signal(pid, 'SIGSTOP');
    },
    thaw,
    stop: () => {
      thaw();
      return server.stop();
    },
  };
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // A child may have ended meanwhile.
  }
}

function childrenOf(pid: number): readonly number[] {
  const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return pids === '' ? [] : pids.split(' ').map(Number);
}
