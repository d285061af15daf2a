import type pg from 'pg';
import type { Transaction } from '#platform/database/database.ts';

/** An SQL statement with `$1` for its values; Postgres prepares it once for each connection, under its name. */
export interface Statement {
  /** One statement, one name. */
  readonly name: string;
  readonly text: string;
}

/** A way to run statements, whoever began the transaction that they are part of. */
export interface Statements {
  run<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]>;
}

/** Runs statements on a connection, without Prisma: they are what a batch of events mostly consists of. */
export function onClient(client: Pick<pg.ClientBase, 'query'>): Statements {
  return {
    run: async <Row>({ name, text }: Statement, values: readonly unknown[]) => {
      const { rows } = await client.query({ name, text, values: [...values] });
      return rows as Row[];
    },
  };
}

/** Runs statements in a transaction of Prisma's. */
export function onTransaction(tx: Pick<Transaction, '$queryRawUnsafe'>): Statements {
  return { run: (statement, values) => tx.$queryRawUnsafe(statement.text, ...values) };
}

/** A list of texts without quotes and backslashes, such as ids, as Postgres writes it: faster than pg's own way. */
export function listOf(ids: readonly string[]): string {
  return `{${ids.join(',')}}`;
}
