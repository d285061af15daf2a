import type pg from 'pg';
import type { Rows, Transaction } from '#platform/database/database.ts';
import { isUnavailable } from '#platform/graphql/mask-error.ts';
import { handled, onClient } from './statements.ts';
import type { Statements } from './statements.ts';

const ATTEMPTS = 3;

/**
 * Runs work in a transaction and starts over when the database had to break a deadlock with it. The work must have no
 * effects outside of the transaction.
 */
export async function inTransaction<T>(
  { prisma }: Pick<Rows, 'prisma'>,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return despiteDeadlocks(() => prisma.$transaction(work));
}

/**
 * As `inTransaction`, without Prisma. The beginning, the statements that the work sends last and the commit wait for no
 * answer in between.
 */
export async function inPlainTransaction<T>(
  { pool }: Pick<Rows, 'pool'>,
  work: (sql: Statements) => Promise<T>,
): Promise<T> {
  return despiteDeadlocks(() => transact(pool, work));
}

async function transact<T>(
  pool: Pick<pg.Pool, 'connect'>,
  work: (sql: Statements) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  const sql = onClient(client);
  let broken = false;
  try {
    const begun = handled(client.query('BEGIN'));
    const result = await work(sql);
    // When one of the statements has failed, Postgres takes this for a rollback.
    const committed = handled(client.query('COMMIT'));
    await begun;
    await sql.sent();
    await committed;
    return result;
  } catch (error) {
    // What was sent before may have failed first; all that follows then says only that the transaction is aborted.
    const first: unknown = await sql.sent().then(
      () => error,
      (reason: unknown) => reason,
    );
    // A connection that has failed, or doesn't take this either, isn't used again.
    if (isUnavailable(first)) broken = true;
    else await client.query('ROLLBACK').catch(() => (broken = true));
    throw first;
  } finally {
    client.release(broken);
  }
}

async function despiteDeadlocks<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === ATTEMPTS || !isDeadlock(error)) throw error;
    }
  }
}

/** Postgres' deadlock_detected (40P01), as it is or as Prisma reports it (P2034, or P2010 for raw statements). */
function isDeadlock(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return code === '40P01' || code === 'P2034' || /\b40P01\b|deadlock detected/.test(error.message);
}
