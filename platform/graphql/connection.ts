import { badUserInput, fault } from '../errors.ts';

/** A page as the Relay connection specification shapes it. */
export interface Connection<Node> {
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

export const MAX_PAGE_SIZE = 100;

/**
 * @param first how many the client asks for
 * @throws {ApiError} BAD_USER_INPUT unless 1 to 100
 */
export function pageSize(first: number): number {
  if (first < 1 || first > MAX_PAGE_SIZE) {
    throw badUserInput(fault('first', first, `expected 1 to ${MAX_PAGE_SIZE}`));
  }
  return first;
}

/** An opaque cursor that holds the values of a list's ordering columns. */
export function encodeCursor(...values: readonly string[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

/**
 * The values that `encodeCursor` was given; null when there is no cursor.
 * @param valid whether each value, in order, has the form its column needs
 * @throws {ApiError} BAD_USER_INPUT when it isn't a cursor of this list
 */
export function decodeCursor(
  cursor: string | null | undefined,
  ...valid: readonly ((value: string) => boolean)[]
): readonly string[] | null {
  if (cursor === null || cursor === undefined) return null;
  const values = parse(cursor);
  if (values?.length !== valid.length || !valid.every((test, index) => test(values[index] as string))) {
    throw badUserInput(fault('after', cursor, 'expected a cursor that this list returned'));
  }
  return values;
}

function parse(cursor: string): readonly string[] | null {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(values) && values.every((value) => typeof value === 'string') ? values : null;
  } catch {
    return null;
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text is a UUID, so that it can be given to a uuid column. */
export function isUuid(value: string): boolean {
  return UUID.test(value);
}

/** Whether a text is an instant as `Date.toISOString` writes it, of a year that Postgres knows. */
export function isInstant(value: string): boolean {
  const time = Date.parse(value);
  return !Number.isNaN(time) && new Date(time).toISOString() === value && /^[1-9]\d{3}-/.test(value);
}

/**
 * @param rows up to `first` + 1 rows: one more than asked tells that there are more
 * @param after the cursor that the page started from
 */
export function toConnection<Row>(
  rows: readonly Row[],
  first: number,
  after: string | null | undefined,
  cursorOf: (row: Row) => string,
): Connection<Row> {
  const edges = rows.slice(0, first).map((node) => ({ cursor: cursorOf(node), node }));
  return {
    edges,
    pageInfo: {
      hasNextPage: rows.length > first,
      hasPreviousPage: after !== null && after !== undefined,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
