import { Socket } from 'node:net';
import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { PrismaClient } from '#prisma/generated/client.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Logger } from '../telemetry/log.ts';
import { CallerPool } from './caller-pool.ts';
import { prismaAs } from './caller-prisma.ts';
import { scopes, type CallerScope } from './caller-scope.ts';

export type { PrismaClient };
/** The client inside `prisma.$transaction(async (tx) => …)`. */
export type Transaction = Parameters<Parameters<PrismaClient['$transaction']>[0]>[0];

/** A way to rows: those that row-level security lets somebody see and change. */
export interface Rows {
  readonly prisma: PrismaClient;
  /** The same connections without Prisma, for statements that it can't express or is too slow for. */
  readonly pool: Pick<pg.Pool, 'query' | 'connect'>;
}

/**
 * One login's connections. By itself it is nobody's way to rows: it sees none that belong to a tenant, unless its login
 * is that of a program that works for all tenants (login-roles.ts).
 */
export interface Database extends Rows {
  /**
   * The caller's way to its rows, in whatever connection, also through the whole of a transaction. Costs nothing to
   * make and no round trip to use.
   */
  forCaller(caller: CallerScope): Rows;
  /** Rejects when the database doesn't answer. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly url: string;
  /** Whose rows; names the connections in pg_stat_activity and the counter. */
  readonly subgraph: string;
  readonly metrics: Metrics;
  readonly log: Logger;
}

// A frozen server hangs a client for ever unless each of these is set. The server gives up first, so that its
// reason reaches the log.
const CONNECT_TIMEOUT = 2_000;
const STATEMENT_TIMEOUT = 8_000;
const QUERY_TIMEOUT = 10_000;
const CLOSE_TIMEOUT = 1_000;

/** Opens a pool of at most ten connections, lazily: a dead server is noticed at the first statement. */
export function openDatabase(options: DatabaseOptions): Database {
  const count = (): void => options.metrics.sqlStatements.inc({ subgraph: options.subgraph });
  const sockets = new Set<Socket>();
  const pool = new CallerPool(
    {
      connectionString: options.url,
      application_name: `supercargo-${options.subgraph}`,
      max: 10,
      idleTimeoutMillis: 30_000,
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      query_timeout: QUERY_TIMEOUT,
      statement_timeout: STATEMENT_TIMEOUT,
      idle_in_transaction_session_timeout: QUERY_TIMEOUT,
      keepAlive: true,
      // Statements that don't wait for each other's answers are on their way together.
      pipeline: true,
      stream: () => {
        const socket = new Socket();
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
        return socket;
      },
    },
    count,
  );
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', (error) => {
    // Not the error itself, to which the pool has attached the client with all its state.
    options.log.warn(
      { reason: error.message, subgraph: options.subgraph },
      'an idle database connection broke',
    );
  });
  // While it is in use and waits for nothing, too: whoever uses it next hears of it then.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool),
    transactionOptions: { maxWait: CONNECT_TIMEOUT, timeout: QUERY_TIMEOUT },
  });
  return {
    prisma: prismaAs(prisma, null),
    pool: poolAs(pool, null),
    forCaller: (scope) => ({ prisma: prismaAs(prisma, scope), pool: poolAs(pool, scope) }),
    check: async () => {
      await pool.query('SELECT 1');
    },
    close: async () => {
      // Nobody waits any more for what a frozen server hasn't answered by then.
      const timer = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, CLOSE_TIMEOUT);
      await prisma.$disconnect();
      if (!pool.ended) await pool.end();
      // The pool says that it has ended while its connections are still taking their leave.
      await Promise.all(
        [...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))),
      );
      clearTimeout(timer);
    },
  };
}

function poolAs(pool: CallerPool, scope: CallerScope | null): Rows['pool'] {
  const within =
    (method: (...given: never[]) => unknown) =>
    (...given: unknown[]): unknown =>
      scopes.run<unknown>(scope, () => Reflect.apply(method, pool, given));
  return {
    query: within(pool.query) as Rows['pool']['query'],
    connect: within(pool.connect) as Rows['pool']['connect'],
  };
}
