import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Asked, Usage } from './usage-hook.ts';

/** A program on a core of its own that tells what it uses. */
export interface WatchedProcess {
  /** Sends it a message. */
  tell(message: object): void;
  /** Resolves with its next message of a kind. */
  told<T extends { readonly kind: string }>(kind: T['kind']): Promise<T>;
  /** What it has used so far. @param collect whether its garbage is collected first */
  usage(collect?: boolean): Promise<Usage>;
  stop(): Promise<void>;
}

const HOOK = fileURLToPath(new URL('usage-hook.ts', import.meta.url));

/** @param core null: wherever there is room */
export function startWatched(
  core: number | null,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): WatchedProcess {
  const node = [process.execPath, '--expose-gc', '--import', 'tsx', '--import', HOOK, ...args];
  const [file = '', ...rest] = core === null ? node : ['taskset', '-c', String(core), ...node];
  const child = spawn(file, rest, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const told = <T extends { readonly kind: string }>(kind: T['kind']): Promise<T> =>
    new Promise((resolve, reject) => {
      const leave = (): void => void child.off('message', take).off('exit', fail);
      const take = (message: T): void => {
        if (message.kind !== kind) return;
        leave();
        resolve(message);
      };
      const fail = (): void => {
        leave();
        reject(new Error(`${args.join(' ')} has ended`));
      };
      child.on('message', take).on('exit', fail);
    });
  const tell = (message: object): void => void child.send(message);
  return {
    tell,
    told,
    usage: async (collect = false) => {
      tell({ kind: 'usage', collect } satisfies Asked);
      return told<Usage>('usage');
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 3_000);
      await ended;
      clearTimeout(timer);
    },
  };
}
