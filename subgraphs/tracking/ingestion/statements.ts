import type pg from 'pg';
import type { Transaction } from '#platform/database/database.ts';

/** An SQL statement with `$1` for its values; Postgres prepares it once for each connection, under its name. */
export interface Statement {
  /** One statement, one name. */
  readonly name: string;
  readonly text: string;
}

/** A way to run statements of one transaction, in the order in which they are asked for. */
export interface Statements {
  /** Several may be asked for before the first is answered: they are on their way together. */
  run<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]>;
  /** Runs a statement whose result nobody needs. When it fails, the transaction does. */
  send(statement: Statement, values: readonly unknown[]): void;
}

export interface SentStatements extends Statements {
  /** Waits for those that were sent. @throws what the first of all statements that failed did */
  sent(): Promise<void>;
}

/**
 * Runs statements on a connection, without Prisma: they are what a batch of events mostly consists of.
 * @param timeout milliseconds for each, if fewer than the connection gives it
 */
export function onClient(client: Pick<pg.ClientBase, 'query'>, timeout?: number): SentStatements {
  const limit = timeout === undefined ? {} : { query_timeout: timeout };
  return statementsBy(async ({ name, text }, values) => {
    const { rows } = await client.query({ name, text, values: [...values], ...limit });
    return rows as unknown[];
  });
}

/** Runs statements in a transaction of Prisma's, which doesn't keep the order by itself. */
export function onTransaction(tx: Pick<Transaction, '$queryRawUnsafe'>): SentStatements {
  let last: Promise<unknown> = Promise.resolve();
  return statementsBy((statement, values) => {
    const result = last.then(() => tx.$queryRawUnsafe<unknown[]>(statement.text, ...values));
    last = result.catch(() => undefined);
    return result;
  });
}

function statementsBy(
  ask: (statement: Statement, values: readonly unknown[]) => Promise<unknown[]>,
): SentStatements {
  const sent: Promise<unknown>[] = [];
  let failure: unknown;
  const run = async (statement: Statement, values: readonly unknown[]): Promise<unknown[]> => {
    try {
      return await ask(statement, values);
    } catch (error) {
      // Those after the first that fails only say that the transaction has.
      failure ??= error;
      throw failure;
    }
  };
  return {
    run: <Row>(statement: Statement, values: readonly unknown[]) =>
      handled(run(statement, values)) as Promise<Row[]>,
    send: (statement, values) => void sent.push(handled(run(statement, values))),
    sent: async () => {
      await Promise.all(sent.splice(0));
    },
  };
}

/** A promise that may be awaited later: what another one throws first must not leave its failure unhandled. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
