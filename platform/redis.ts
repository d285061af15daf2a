import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from './telemetry/log.ts';

/** A process' connections to Redis, one for each way of using it. */
export interface RedisConnections {
  /** For the request path: fails at once while Redis is away, and never waits longer than half a second. */
  readonly requests: Redis;
  /** For pub/sub: waits for Redis to come back and subscribes again by itself. */
  readonly subscriber: Redis;
  /**
   * A connection of its own for commands that block, however long: it rejects them when it breaks. Whoever opens it
   * disconnects it.
   * @param use names it in the log and in Redis' list of clients
   * @param timeout milliseconds after which a command is given up, for a network that swallows everything; the
   * connection should be replaced then (`disconnect(true)`)
   */
  openBlocking(use: string, timeout?: number): Redis;
  /** Rejects when Redis doesn't answer. */
  check(): Promise<void>;
  close(): Promise<void>;
}

const COMMAND_TIMEOUT = 500;
const CONNECT_TIMEOUT = 2_000;

/** Connects in the background: a Redis that is away is tried again for ever, at most a second apart. */
export function connectRedis(url: string, log: Logger): RedisConnections {
  const open = (use: string, options: RedisOptions): Redis => {
    const client = new Redis(url, {
      connectionName: `supercargo-${use}`,
      connectTimeout: CONNECT_TIMEOUT,
      retryStrategy: (attempt) => Math.min(attempt * 50, 1_000),
      ...options,
    });
    let reported = false;
    client.on('error', (error) => {
      // One line an outage, not one an attempt.
      if (!reported) log.warn({ error, use }, 'Redis is away');
      reported = true;
    });
    client.on('ready', () => {
      if (reported) log.info({ use }, 'Redis is back');
      reported = false;
    });
    return client;
  };
  const requests = open('requests', {
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT,
    enableOfflineQueue: false,
  });
  const subscriber = open('subscriber', { maxRetriesPerRequest: null, autoResubscribe: true });
  return {
    requests,
    subscriber,
    openBlocking: (use, timeout) =>
      open(use, { maxRetriesPerRequest: 0, ...(timeout === undefined ? {} : { commandTimeout: timeout }) }),
    check: async () => {
      await requests.ping();
      // A PING of its own would wait for Redis to come back.
      if (subscriber.status !== 'ready') throw new Error('the connection for pub/sub is not back yet');
    },
    close: () => {
      // `quit` would wait for a server that may be gone.
      requests.disconnect();
      subscriber.disconnect();
      return Promise.resolve();
    },
  };
}

/**
 * Waits until the request connection can be used, for start-up only.
 * @param timeout milliseconds
 * @throws when Redis doesn't answer in time, with its address
 */
export async function waitForRedis(connections: RedisConnections, timeout: number): Promise<void> {
  const client = connections.requests;
  if (client.status === 'ready') return;
  await new Promise<void>((resolve, reject) => {
    const { host, port } = client.options;
    let reason = 'does not answer';
    const onError = (error: Error): void => {
      if (error.message !== '') reason = `cannot be used (${error.message})`;
    };
    const finish = (error?: Error): void => {
      clearTimeout(timer);
      client.off('ready', onReady);
      client.off('error', onError);
      if (error) reject(error);
      else resolve();
    };
    const onReady = (): void => finish();
    const timer = setTimeout(() => finish(new Error(`Redis at ${host}:${port} ${reason}`)), timeout);
    client.on('error', onError);
    client.once('ready', onReady);
  });
}
