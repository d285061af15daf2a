import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, processStart } from '../ownership.mjs';
import type { ProcessIdentity } from '../ownership.mjs';

/** Together with what comes after it, below the six seconds that a process gives one step of its shutdown. */
const GRACE_MS = 5_000;
const LAST_CHANCE_MS = 300;
const POLL_MS = 20;
const ADOPTED_POLL_MS = 250;

/** A server process that was started by this process, or by one that is gone. */
export interface ServerProcess {
  readonly identity: ProcessIdentity;
  /** Settles when the process has ended, with how it ended. Never rejects. */
  readonly ended: Promise<string>;
  /** Asks it to end; if it hasn't after five seconds, makes it end. */
  stop(): Promise<void>;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
}

export interface SpawnOptions {
  file: string;
  args: string[];
  /** Added to this process's environment. */
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
  /** Receives what the server prints; emptied first. A file, so that the server can outlive this process. */
  logFile: string;
  /** How to ask the server to end, politely first. */
  stopSignals: readonly NodeJS.Signals[];
}

/** Processes started here that still run: asked to end when this process ends without having stopped them. */
const running = new Map<number, NodeJS.Signals>();
process.once('exit', () => {
  for (const [pid, signal] of running) signalProcess(pid, signal);
});

/** Has a child asked to end when this process exits before it. */
export function endWithThisProcess(child: ChildProcess, signal: NodeJS.Signals): void {
  const { pid } = child;
  if (pid === undefined) return;
  running.set(pid, signal);
  child.once('exit', () => running.delete(pid));
}

/**
 * Starts a server in a session of its own: the terminal's Ctrl-C then reaches only this process, which ends its
 * servers when it no longer needs them. They don't keep this process running.
 */
export function spawnServer(options: SpawnOptions): ServerProcess {
  const log = openSync(options.logFile, 'w', 0o600);
  const child = spawn(options.file, options.args, {
    detached: true,
    // Not this process's working directory, which the server's user may not be allowed to enter.
    cwd: '/',
    env: { ...process.env, ...options.env },
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  const { pid } = child;
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => {
      resolve(signal === null ? `exit code ${code}` : `killed by ${signal}`);
    });
  });
  // Whoever waits for the end keeps this process running until it is known.
  const seenToEnd = (): Promise<unknown> => {
    child.ref();
    return ended;
  };
  if (pid === undefined) return serverProcess({ pid: 0, started: '' }, ended, seenToEnd, options.stopSignals);
  endWithThisProcess(child, options.stopSignals[0] ?? 'SIGTERM');
  return serverProcess({ pid, started: processStart(pid) ?? '' }, ended, seenToEnd, options.stopSignals);
}

/** Takes over a running server that another process started. */
export function adoptServer(
  identity: ProcessIdentity,
  stopSignals: readonly NodeJS.Signals[],
): ServerProcess {
  const ended = (async () => {
    while (isRunning(identity)) await sleep(ADOPTED_POLL_MS, undefined, { ref: false });
    return 'no longer running';
  })();
  return serverProcess(identity, ended, async () => {}, stopSignals);
}

function serverProcess(
  identity: ProcessIdentity,
  ended: Promise<string>,
  seenToEnd: () => Promise<unknown>,
  stopSignals: readonly NodeJS.Signals[],
): ServerProcess {
  const endsWithin = async (ms: number): Promise<boolean> => {
    const until = Date.now() + ms;
    while (isRunning(identity)) {
      if (Date.now() >= until) return false;
      await sleep(POLL_MS);
    }
    await seenToEnd();
    return true;
  };
  const kill = async (): Promise<void> => {
    // Found before the parent dies: frozen children don't notice that it has.
    const children = childrenOf(identity.pid);
    if (isRunning(identity)) signalProcess(identity.pid, 'SIGKILL');
    for (const child of children) if (isRunning(child)) signalProcess(child.pid, 'SIGKILL');
    await endsWithin(GRACE_MS);
  };
  return {
    identity,
    ended,
    async stop() {
      for (const [index, signal] of stopSignals.entries()) {
        if (isRunning(identity)) signalProcess(identity.pid, signal);
        if (await endsWithin(index === 0 ? GRACE_MS : LAST_CHANCE_MS)) return;
      }
      await kill();
    },
    kill,
  };
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended.
  }
}

/** Empty where the kernel doesn't tell. */
function childrenOf(pid: number): ProcessIdentity[] {
  try {
    const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).map(Number);
    return pids.map((child) => ({ pid: child, started: processStart(child) ?? '' }));
  } catch {
    return [];
  }
}
