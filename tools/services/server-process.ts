import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, readSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, processStart } from '../ownership.mjs';
import type { ProcessIdentity } from '../ownership.mjs';

const GRACE_MS = 5_000;
const QUIT_MS = 300;
const POLL_MS = 20;
const ADOPTED_POLL_MS = 250;

/** A server process that was started by this process, or by one that is gone. */
export interface ServerProcess {
  readonly identity: ProcessIdentity;
  /** Settles when the process has ended, with how it ended. Never rejects. */
  readonly ended: Promise<string>;
  /** Asks it to end with `signal`; if it hasn't after five seconds, makes it end. */
  stop(signal: NodeJS.Signals): Promise<void>;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
}

/** Servers started here that still run: asked to end when this process ends without having stopped them. */
const started = new Map<number, NodeJS.Signals>();
process.once('exit', () => {
  for (const [pid, signal] of started) signalProcess(pid, signal);
});

export interface SpawnOptions {
  file: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  uid?: number | undefined;
  gid?: number | undefined;
  /** Receives what the server prints; emptied first. A file, so that the server can outlive this process. */
  logFile: string;
  /** How to ask the server to end. */
  stopSignal: NodeJS.Signals;
}

/**
 * Starts a server in a session of its own: the terminal's Ctrl-C then reaches only this process, which ends its
 * servers when it no longer needs them. They don't keep this process running.
 */
export function spawnServer(options: SpawnOptions): ServerProcess {
  mkdirSync(path.dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, 'w', 0o600);
  const child = spawn(options.file, options.args, {
    detached: true,
    cwd: path.parse(process.cwd()).root,
    env: options.env ?? process.env,
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
      if (pid !== undefined) started.delete(pid);
      resolve(signal === null ? `exit code ${code}` : `killed by ${signal}`);
    });
  });
  if (pid !== undefined) started.set(pid, options.stopSignal);
  return serverProcess({ pid: pid ?? 0, started: (pid && processStart(pid)) || '' }, ended);
}

/** Takes over a running server that another process started. */
export function adoptServer(identity: ProcessIdentity): ServerProcess {
  const ended = (async () => {
    while (isRunning(identity)) await sleep(ADOPTED_POLL_MS, undefined, { ref: false });
    return 'ended';
  })();
  return serverProcess(identity, ended);
}

function serverProcess(identity: ProcessIdentity, ended: Promise<string>): ServerProcess {
  let hasEnded = false;
  void ended.then(() => (hasEnded = true));
  const endedWithin = async (ms: number): Promise<boolean> => {
    const until = Date.now() + ms;
    while (!hasEnded && isRunning(identity)) {
      if (Date.now() >= until) return false;
      await Promise.race([ended, sleep(POLL_MS)]);
    }
    return true;
  };
  const kill = async (): Promise<void> => {
    // Found before the parent dies: its children may be frozen, and then don't notice.
    const children = childrenOf(identity.pid);
    if (isRunning(identity)) signalProcess(identity.pid, 'SIGKILL');
    for (const child of children) if (isRunning(child)) signalProcess(child.pid, 'SIGKILL');
    await endedWithin(GRACE_MS);
  };
  return {
    identity,
    ended,
    async stop(signal) {
      if (hasEnded || !isRunning(identity)) return;
      signalProcess(identity.pid, signal);
      if (await endedWithin(GRACE_MS)) return;
      signalProcess(identity.pid, 'SIGQUIT');
      if (await endedWithin(QUIT_MS)) return;
      await kill();
    },
    kill,
  };
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, osConstants.signals[signal]);
  } catch {
    // It has just ended.
  }
}

function childrenOf(pid: number): ProcessIdentity[] {
  try {
    const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).map(Number);
    return pids.map((child) => ({ pid: child, started: processStart(child) ?? '' })).filter((child) => child.started);
  } catch {
    return [];
  }
}
