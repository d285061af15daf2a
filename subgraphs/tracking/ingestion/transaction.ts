import type { Rows, Transaction } from '#platform/database/database.ts';

const ATTEMPTS = 3;

/**
 * Runs work in a transaction and starts over when the database had to break a deadlock with it. The work must have no
 * effects outside of the transaction.
 */
export async function inTransaction<T>({ prisma }: Rows, work: (tx: Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await prisma.$transaction(work);
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
