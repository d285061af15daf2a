import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { ProcessIdentity } from '../ownership.mjs';
import { lastLines, readIfThere } from './directories.ts';
import { LocalServiceError } from './errors.ts';
import type { LocalServer } from './local-server.ts';
import { freePort, isFree } from './ports.ts';
import { ensureCluster, SUPERUSER } from './postgres-cluster.ts';
import type { Cluster } from './postgres-cluster.ts';
import { adoptServer, spawnServer } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';

const DATABASE = 'supercargo';
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 10;
/** "Fast" shutdown: clients are sent away, everything is written. Then "immediate": as after a crash. */
export const POSTGRES_STOP_SIGNALS = ['SIGINT', 'SIGQUIT'] as const;

export interface PostgresOptions {
  /** Holds the cluster, its log and its password; made when it isn't there. */
  directory: string;
  /** TCP port on 127.0.0.1; a free one when not given. */
  port?: number;
  /** False for data that is thrown away: much faster, and lost when the machine (not the server) crashes. */
  durable?: boolean;
  log?: (line: string) => void;
  /** Called as soon as the process exists, before it answers. */
  onSpawn?: (identity: ProcessIdentity) => void;
}

/**
 * Starts the embedded PostgreSQL on 127.0.0.1, creating its cluster and the database `supercargo` when needed.
 * Resolves when it answers.
 * @throws {LocalServiceError}
 */
export async function startPostgres(options: PostgresOptions): Promise<LocalServer> {
  const { durable = true, log = () => {} } = options;
  if (options.port !== undefined && !(await isFree(options.port))) throw portInUse(options.port);
  const cluster = await ensureCluster(path.resolve(options.directory), durable, log);
  const port = options.port ?? (await freePort());
  const server = spawnServer({
    ...cluster.runAs.command(cluster.program, ['-D', cluster.data, ...settings(port, durable)]),
    env: { LC_ALL: 'C' },
    logFile: cluster.logFile,
    stopSignals: POSTGRES_STOP_SIGNALS,
  });
  options.onSpawn?.(server.identity);
  return whenReady(server, cluster, options, port);
}

/**
 * Takes over a PostgreSQL that {@link startPostgres} started in a process that is gone.
 * @throws {LocalServiceError} when it doesn't answer
 */
export async function adoptPostgres(
  options: PostgresOptions & { port: number },
  identity: ProcessIdentity,
): Promise<LocalServer> {
  const { durable = true, log = () => {} } = options;
  const cluster = await ensureCluster(path.resolve(options.directory), durable, log);
  return whenReady(adoptServer(identity, POSTGRES_STOP_SIGNALS), cluster, options, options.port);
}

/** Settings for a development machine; each `-c` overrides postgresql.conf. */
function settings(port: number, durable: boolean): string[] {
  const values: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '128MB',
    // Containers often have a tiny /dev/shm; queries here are too small to be run in parallel anyway.
    dynamic_shared_memory_type: 'mmap',
    max_parallel_workers_per_gather: 0,
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'warning',
    log_checkpoints: 'off',
    ...(durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function whenReady(
  server: ServerProcess,
  cluster: Cluster,
  options: PostgresOptions,
  port: number,
): Promise<LocalServer> {
  const url = urlOf(cluster, port, DATABASE);
  try {
    await waitUntilReady(server, cluster, port);
    await ensureDatabase(urlOf(cluster, port, SUPERUSER));
  } catch (error) {
    await server.kill();
    throw error;
  }
  return {
    url,
    port,
    pid: server.identity.pid,
    ended: server.ended,
    stop: () => server.stop(),
    kill: () => server.kill(),
    async restart() {
      await server.stop();
      return startPostgres({ ...options, port });
    },
  };
}

function urlOf(cluster: Cluster, port: number, database: string): string {
  return `postgresql://${SUPERUSER}:${cluster.password}@127.0.0.1:${port}/${database}`;
}

/** PostgreSQL writes its state into its pid file: cheaper to watch than connections, and never a false alarm. */
async function waitUntilReady(server: ServerProcess, cluster: Cluster, port: number): Promise<void> {
  let ended: string | undefined;
  void server.ended.then((how) => (ended = how));
  const until = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const lines = readIfThere(path.join(cluster.data, 'postmaster.pid')).split('\n');
    if (Number(lines[0]) === server.identity.pid && lines[7]?.trim() === 'ready') return;
    if (ended !== undefined) throw startFailed(cluster, port, ended);
    if (Date.now() > until) throw startFailed(cluster, port, `not ready after ${START_TIMEOUT_MS / 1000} s`);
    await sleep(POLL_MS);
  }
}

function startFailed(cluster: Cluster, port: number, how: string): LocalServiceError {
  const output = readIfThere(cluster.logFile);
  if (output.includes('could not bind')) return portInUse(port);
  return new LocalServiceError(
    'START_FAILED',
    `PostgreSQL did not start (${how}): ${lastLines(output) || cluster.logFile}`,
  );
}

function portInUse(port: number): LocalServiceError {
  return new LocalServiceError(
    'PORT_IN_USE',
    `port ${port} of 127.0.0.1 is in use: PostgreSQL can't listen on it`,
  );
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 3_000,
    query_timeout: 10_000,
  });
  client.on('error', () => {
    // The query in flight reports it.
  });
  try {
    await client.connect();
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LocalServiceError('START_FAILED', `PostgreSQL started but does not answer: ${reason}`, {
      cause: error,
    });
  } finally {
    await client.end().catch(() => {});
  }
}
