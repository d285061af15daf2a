import path from 'node:path';
import { ensureWritableDirectory } from './directories.ts';
import { holdService } from './held-service.ts';
import { adoptPostgres, POSTGRES_STOP_SIGNALS, startPostgres } from './postgres.ts';
import { adoptRedis, REDIS_STOP_SIGNALS, startRedis } from './redis.ts';
import type { Log, ServiceKind } from './service-kind.ts';

export interface LocalServicesOptions {
  /** Holds the data, passwords and logs, below `postgres/` and `redis/`. */
  dataDirectory: string;
  /** Whether an embedded PostgreSQL is wanted. */
  postgres: boolean;
  /** Whether a local Redis is wanted. */
  redis: boolean;
  /** False for data that is thrown away: PostgreSQL then doesn't wait for the disk. */
  durable?: boolean;
  /** Told what happens, also later: a server that ends by itself is started again. */
  log: Log;
}

export interface LocalServices {
  /** The superuser's, for the database `supercargo`; absent when not wanted. */
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
  /** Another process runs everything that was wanted. */
  readonly attached: boolean;
  /**
   * Ends what this process runs, within six seconds, and nothing that another process runs. May be called again.
   * Servers also end, a moment later, with a process that exits without calling this; after a SIGKILL they stay, and
   * the next process that wants them takes them over.
   */
  stop(): Promise<void>;
}

/**
 * Makes sure that the local services run, starting what no other process runs from the same data directory, and
 * keeps them running until stopped. The ports stay the same from one start to the next when they can.
 * @throws {LocalServiceError} with one line that says what is wrong; nothing is left running then
 */
export async function startLocalServices(options: LocalServicesOptions): Promise<LocalServices> {
  const { dataDirectory, postgres, redis, durable = true, log } = options;
  const directory = path.resolve(dataDirectory);
  if (postgres || redis) ensureWritableDirectory(directory);
  const starts = await Promise.allSettled([
    postgres && holdService(postgresKind(path.join(directory, 'postgres'), durable, log), log),
    redis && holdService(redisKind(path.join(directory, 'redis'), log), log),
  ]);
  const [heldPostgres, heldRedis] = starts.map(
    (start) => (start.status === 'fulfilled' && start.value) || undefined,
  );
  const held = [heldPostgres, heldRedis].filter((each) => each !== undefined);
  const stop = async (): Promise<void> => {
    await Promise.all(held.map((each) => each.stop()));
  };
  const failure = starts.find((start) => start.status === 'rejected');
  if (failure !== undefined) {
    await stop();
    throw failure.reason;
  }
  return {
    ...(heldPostgres && { databaseUrl: heldPostgres.url }),
    ...(heldRedis && { redisUrl: heldRedis.url }),
    attached: held.length > 0 && held.every((each) => each.attached),
    stop,
  };
}

function postgresKind(directory: string, durable: boolean, log: Log): ServiceKind {
  return {
    name: 'PostgreSQL',
    directory,
    stopSignals: POSTGRES_STOP_SIGNALS,
    start: (port, onSpawn) => startPostgres({ directory, port, durable, log, onSpawn }),
    adopt: (port, identity) => adoptPostgres({ directory, port, durable, log }, identity),
  };
}

function redisKind(directory: string, log: Log): ServiceKind {
  return {
    name: 'Redis',
    directory,
    stopSignals: REDIS_STOP_SIGNALS,
    start: (port, onSpawn) => startRedis({ directory, port, log, onSpawn }),
    adopt: (port, identity) => adoptRedis({ directory, port, log }, identity),
  };
}
