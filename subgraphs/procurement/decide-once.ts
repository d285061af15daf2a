import { recordChange } from '#platform/audit/record-change.ts';
import type { Transaction } from '#platform/database/database.ts';
import { once } from '#platform/database/idempotency.ts';
import type { StoredResult } from '#platform/database/idempotency.ts';
import type { ProcurementContext } from './context.ts';
import { createLoaders } from './loaders.ts';

/** How a decision ended: the type of the result in the schema and what is needed to find its fields again. */
export type Outcome = StoredResult & { readonly __typename: string };

export interface DecisionRequest {
  /** Name of the mutation. */
  readonly mutation: string;
  /** The client's idempotency key. */
  readonly key: string;
  /** The mutation's arguments without the key. */
  readonly input: unknown;
}

/**
 * Takes a decision in one transaction, once for each idempotency key of a caller; a repetition gets the first outcome,
 * refusals included. The audit trail has the decision if it was taken, and only then. What `work` throws undoes
 * everything and leaves the key unused.
 */
export async function decideOnce<T extends Outcome>(
  context: ProcurementContext,
  request: DecisionRequest,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const { caller, access, audit, database } = context;
  const outcome = await database.prisma.$transaction((tx) =>
    once(tx, { caller, ...request }, async () => {
      const result = await work(tx);
      const { __typename: outcome, ...facts } = result;
      await recordChange(tx, audit.event(request.mutation, { outcome, ...facts }));
      return result;
    }),
  );
  context.loaders = createLoaders(database, access);
  return outcome;
}

/**
 * The database's clock, in milliseconds: the one clock that deadlines are judged by. Read it after the locks are held:
 * a transaction that had to wait for them began earlier than it decides.
 */
export async function readClock(tx: Transaction): Promise<Date> {
  const [row] = await tx.$queryRaw<{ now: Date }[]>`
    SELECT date_trunc('milliseconds', clock_timestamp()) AS now`;
  if (row === undefined) throw new Error('the database did not tell the time');
  return row.now;
}
