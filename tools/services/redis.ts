import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessIdentity } from '../ownership.mjs';
import { ensureWritableDirectory, lastLines, readIfThere, storedSecret } from './directories.ts';
import { LocalServiceError } from './errors.ts';
import type { LocalServer } from './local-server.ts';
import { exchange, freePort, isFree } from './ports.ts';
import { findRedis } from './redis-binary.ts';
import { adoptServer, spawnServer } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';

const START_TIMEOUT_MS = 60_000;
/** A server that has been running for a while answers at once, or never. */
const ADOPT_TIMEOUT_MS = 2_000;
const PING_TIMEOUT_MS = 1_000;
const POLL_MS = 10;
export const REDIS_STOP_SIGNALS = ['SIGTERM'] as const;

export interface RedisOptions {
  /** Holds the data, the log, the configuration and the password; made when it isn't there. */
  directory: string;
  /** TCP port on 127.0.0.1; a free one when not given. */
  port?: number;
  /** False keeps nothing on disk: the data end with the process. */
  appendOnly?: boolean;
  log?: (line: string) => void;
  /** Called as soon as the process exists, before it answers. */
  onSpawn?: (identity: ProcessIdentity) => void;
}

/**
 * Starts a Redis (or Valkey) on 127.0.0.1 with a password of its own. Resolves when it answers.
 * @throws {LocalServiceError}
 */
export async function startRedis(options: RedisOptions): Promise<LocalServer> {
  const directory = path.resolve(options.directory);
  ensureWritableDirectory(directory);
  const program = await findRedis(options.log ?? (() => {}));
  if (options.port !== undefined && !(await isFree(options.port))) throw portInUse(options.port);
  const port = options.port ?? (await freePort());
  const configuration = path.join(directory, 'redis.conf');
  // In a file, since everybody on the machine can read command lines.
  writeFileSync(configuration, settings(directory, port, options.appendOnly ?? true), { mode: 0o600 });
  const server = spawnServer({
    file: program,
    args: [configuration],
    logFile: logFileIn(directory),
    stopSignals: REDIS_STOP_SIGNALS,
  });
  options.onSpawn?.(server.identity);
  return whenReady(server, options, port, START_TIMEOUT_MS);
}

/**
 * Takes over a Redis that {@link startRedis} started in a process that is gone.
 * @throws {LocalServiceError} when it doesn't answer
 */
export async function adoptRedis(
  options: RedisOptions & { port: number },
  identity: ProcessIdentity,
): Promise<LocalServer> {
  return whenReady(adoptServer(identity, REDIS_STOP_SIGNALS), options, options.port, ADOPT_TIMEOUT_MS);
}

function settings(directory: string, port: number, appendOnly: boolean): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    'protected-mode yes',
    `requirepass ${passwordIn(directory)}`,
    'daemonize no',
    `dir "${directory.replace(/["\\]/g, '\\$&')}"`,
    `appendonly ${appendOnly ? 'yes' : 'no'}`,
    'appendfsync everysec',
    // A stream's entries come and go: written anew whenever it has doubled, the file would be written all the time.
    'auto-aof-rewrite-min-size 512mb',
    // No snapshots besides the append-only file.
    'save ""',
    'loglevel warning',
    '',
  ].join('\n');
}

async function whenReady(
  server: ServerProcess,
  options: RedisOptions,
  port: number,
  timeoutMs: number,
): Promise<LocalServer> {
  const directory = path.resolve(options.directory);
  const password = passwordIn(directory);
  try {
    const failure = await waitUntilReady(server, port, password, timeoutMs);
    if (failure !== undefined) throw startFailed(directory, port, failure);
  } catch (error) {
    await server.kill();
    throw error;
  }
  return {
    url: `redis://:${password}@127.0.0.1:${port}/0`,
    port,
    pid: server.identity.pid,
    ended: server.ended,
    stop: () => server.stop(),
    kill: () => server.kill(),
    async restart() {
      await server.stop();
      return startRedis({ ...options, port });
    },
  };
}

/** Resolves with what went wrong, or with nothing. */
async function waitUntilReady(
  server: ServerProcess,
  port: number,
  password: string,
  timeoutMs: number,
): Promise<string | undefined> {
  let ended: string | undefined;
  void server.ended.then((how) => (ended = how));
  const until = Date.now() + timeoutMs;
  while (Date.now() < until) {
    if (await answersPing(port, password)) return undefined;
    if (ended !== undefined) return ended;
    await sleep(POLL_MS);
  }
  return `no answer within ${timeoutMs / 1000} s`;
}

/** False also while Redis still loads its data, and for a server with another password. */
async function answersPing(port: number, password: string): Promise<boolean> {
  const twoLines = (answer: string): boolean => answer.split('\r\n').length > 2;
  const answer = await exchange(port, `AUTH ${password}\r\nPING\r\n`, twoLines, PING_TIMEOUT_MS);
  return answer === '+OK\r\n+PONG\r\n';
}

function startFailed(directory: string, port: number, how: string): LocalServiceError {
  const output = readIfThere(logFileIn(directory));
  if (output.includes('Address already in use')) return portInUse(port);
  return new LocalServiceError(
    'START_FAILED',
    `Redis did not start (${how}): ${lastLines(output) || logFileIn(directory)}`,
  );
}

function portInUse(port: number): LocalServiceError {
  return new LocalServiceError(
    'PORT_IN_USE',
    `port ${port} of 127.0.0.1 is in use: Redis can't listen on it`,
  );
}

function passwordIn(directory: string): string {
  return storedSecret(path.join(directory, 'password'));
}

function logFileIn(directory: string): string {
  return path.join(directory, 'redis.log');
}
