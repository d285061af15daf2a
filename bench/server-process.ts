import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** How `npm start` and the image run Node: what is measured runs the same way. */
export const NODE_ARGUMENTS = ['--max-semi-space-size=64', '--no-parallel-scavenge'] as const;

/** A part of the system in a process of its own, so that what measures doesn't slow down what is measured. */
export interface ServerProcess {
  /** Such as `http://127.0.0.1:4000`. */
  readonly origin: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts main.ts and waits until it is ready. @throws when it ends before */
export async function startServer(env: Readonly<Record<string, string>>): Promise<ServerProcess> {
  const child = spawn(process.execPath, [...NODE_ARGUMENTS, '--import', 'tsx', 'main.ts'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let isStopping = false;
  const ended = new Promise<void>((resolve) =>
    child.once('exit', (code, signal) => {
      if (!isStopping) console.error(`a process under test ended by itself: ${code ?? signal}`);
      resolve();
    }),
  );
  for await (const line of createInterface({ input: child.stdout })) {
    const origin = /^ready (http:\/\/[^/]+)/.exec(line)?.[1];
    if (origin === undefined) continue;
    child.stdout.resume();
    const stop = async (): Promise<void> => {
      isStopping = true;
      child.kill('SIGTERM');
      await ended;
    };
    return { origin, pid: child.pid ?? 0, stop };
  }
  throw new Error(`the process with the roles ${env.ROLES} ended before it was ready`);
}
