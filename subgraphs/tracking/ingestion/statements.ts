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

/** A list of texts without quotes and backslashes, such as ids, as Postgres writes it: faster than pg's own way. */
export function listOf(ids: readonly string[]): string {
  return `{${ids.join(',')}}`;
}

/** A column of several rows, as Postgres writes a list. */
export function columnOf<Row>(
  rows: readonly Row[],
  valueOf: (row: Row) => string | number | boolean | Date | null,
): string {
  let list = '';
  for (const row of rows) {
    const value = valueOf(row);
    if (list !== '') list += ',';
    if (value === null) list += 'NULL';
    else if (typeof value === 'string') list += PLAIN.test(value) && !isNull(value) ? value : quoted(value);
    else list += value instanceof Date ? value.toISOString() : String(value);
  }
  return `{${list}}`;
}

/** A column of JSON texts. */
export function jsonColumnOf<Row>(rows: readonly Row[], valueOf: (row: Row) => string | null): string {
  let list = '';
  for (const row of rows) {
    const json = valueOf(row);
    if (list !== '') list += ',';
    // JSON holds no control characters, so that what JSON escapes is what a list does.
    list += json === null ? 'NULL' : JSON.stringify(json);
  }
  return `{${list}}`;
}

/** Most codes, ids and instants. */
const PLAIN = /^[\w:.+-]+$/;

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}

/** Unquoted, it would be no text but none. */
function isNull(text: string): boolean {
  return text.length === 4 && text.toUpperCase() === 'NULL';
}
