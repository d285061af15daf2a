import type { Column } from './binary-columns.ts';

/** The columns of the rows that a statement is given, by their names and in the order of its values, from `$1` on. */
export type Columns<Row> = Readonly<Record<string, Column<Row>>>;

/** The names, with commas between them. */
export function namesOf(columns: Columns<never>): string {
  return Object.keys(columns).join(', ');
}

/**
 * A query for the rows. Lists side by side in the select list are taken apart as the rows are needed; as functions in
 * the FROM clause, each would be written to a table of its own first.
 */
export function rowsOf(columns: Columns<never>): string {
  const lists = Object.entries(columns).map(
    ([name, { type }], place) => `unnest($${place + 1}::${type}[]) AS ${name}`,
  );
  return `SELECT ${lists.join(', ')}`;
}

/** The values of the statement. */
export function listsOf<Row>(columns: Columns<Row>, rows: readonly Row[]): Buffer[] {
  return Object.values(columns).map((column) => column.write(rows));
}
