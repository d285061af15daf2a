import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';

/** A program under measurement, on one core. */
export interface Pinned {
  readonly process: ChildProcess;
  /** Seconds of CPU that it and its threads have used. */
  cpu(): Promise<number>;
  /** The most memory that it has held, in MB. */
  peak(): Promise<number>;
  stop(): Promise<void>;
}

/** Clock ticks of /proc a second on every Linux that Node.js runs on. */
const TICKS = 100;

/** @param core null: wherever there is room */
export function startPinned(
  core: number | null,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): Pinned {
  const command =
    core === null ? [process.execPath, ...args] : ['taskset', '-c', String(core), process.execPath, ...args];
  const [file = '', ...rest] = command;
  // What went wrong is for whoever runs it.
  const child = spawn(file, rest, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const proc = (name: string): Promise<string> => readFile(`/proc/${child.pid}/${name}`, 'utf8');
  return {
    process: child,
    cpu: async () => {
      const stat = await proc('stat');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) / TICKS;
    },
    peak: async () => Number(/VmHWM:\s+(\d+)/.exec(await proc('status'))?.[1]) / 1024,
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
        setTimeout(() => child.kill('SIGKILL'), 2_000).unref();
      }),
  };
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
