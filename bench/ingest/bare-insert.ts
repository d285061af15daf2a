import type pg from 'pg';
import { processorTime } from './processor-time.ts';

/** The ways to insert a batch in one statement, of which the fastest counts. */
const METHODS = ['jsonb', 'json', 'values'] as const;
type Method = (typeof METHODS)[number];

/** What one method came to. */
export interface BareRate {
  readonly method: Method;
  /** Rows a second. */
  readonly rate: number;
  /** Microseconds of processor time a row, the client's included. */
  readonly processor: number;
}

/**
 * Inserts the rows that the event table received last, from objects in memory, into a table of the same shape, indexes
 * and partitions, in batches and as many at a time as the pool has connections.
 */
export interface BareInsert {
  /** Each method has a table of its own, which grows as that of the events does. @param count rows @returns the fastest first */
  insertLast(count: number): Promise<readonly BareRate[]>;
}

/** @param server the process of Postgres */
export async function createBareInsert(
  database: pg.Pool,
  server: number,
  batchSize: number,
): Promise<BareInsert> {
  const columns = await columnsOf(database);
  for (const method of METHODS) await makeTable(database, method);
  const used = (): number => processorTime(server) + processorTime(process.pid);
  const insertBy = async (method: Method, batches: readonly Row[][]): Promise<BareRate> => {
    const text = statement(method, columns, batchSize);
    const valuesOfBatch = (batch: readonly Row[]): unknown[] =>
      method === 'values' ? batch.flatMap((row) => valuesOf(row, columns)) : [JSON.stringify(batch)];
    const clients = await Promise.all(Array.from({ length: database.options.max }, () => database.connect()));
    try {
      // Connected and planned before it counts.
      for (const [place, client] of clients.entries()) {
        await client.query({ name: method, text, values: valuesOfBatch(batches[place] ?? []) });
      }
      const waiting = batches.slice(clients.length).values();
      const before = used();
      const begun = performance.now();
      await Promise.all(
        clients.map(async (client) => {
          for (const each of waiting) await client.query({ name: method, text, values: valuesOfBatch(each) });
        }),
      );
      const inserted = (batches.length - clients.length) * batchSize;
      const rate = (inserted * 1_000) / (performance.now() - begun);
      return { method, rate, processor: ((used() - before) * 1_000) / inserted };
    } finally {
      for (const client of clients) client.release(true);
    }
  };
  return {
    insertLast: async (count) => {
      const { rows } = await database.query<{ row: Row }>(
        'SELECT to_jsonb(event) AS row FROM tracking.event ORDER BY received_at DESC, id DESC LIMIT $1',
        [count],
      );
      // As they were stored: ids ascend.
      rows.reverse();
      const batches = Array.from({ length: Math.floor(rows.length / batchSize) }, (_, place) =>
        rows.slice(place * batchSize, (place + 1) * batchSize).map(({ row }) => row),
      );
      const rates: BareRate[] = [];
      for (const method of METHODS) rates.push(await insertBy(method, batches));
      return rates.sort((a, b) => b.rate - a.rate);
    },
  };
}

type Row = Readonly<Record<string, unknown>>;

interface Column {
  readonly name: string;
  readonly type: string;
}

async function columnsOf(database: pg.Pool): Promise<readonly Column[]> {
  const { rows } = await database.query<Column>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = 'tracking.event'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
  );
  return rows;
}

/** Like the table of events, partition by partition. */
async function makeTable(database: pg.Pool, method: Method): Promise<void> {
  await database.query(
    `CREATE TABLE public.bare_${method} (LIKE tracking.event INCLUDING ALL) PARTITION BY RANGE (event_date_time)`,
  );
  const { rows } = await database.query<{ place: number; bound: string }>(
    `SELECT row_number() OVER (ORDER BY inhrelid)::int AS place,
       pg_get_expr(relpartbound, pg_class.oid) AS bound
     FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'tracking.event'::regclass`,
  );
  for (const { place, bound } of rows)
    await database.query(
      `CREATE TABLE public.bare_${method}_${place} PARTITION OF public.bare_${method} ${bound}`,
    );
}

function statement(method: Method, columns: readonly Column[], batchSize: number): string {
  if (method === 'values') {
    const row = (place: number): string =>
      `(${columns.map(({ type }, column) => `$${place * columns.length + column + 1}::${type}`).join(',')})`;
    return `INSERT INTO public.bare_values VALUES ${Array.from({ length: batchSize }, (_, place) => row(place)).join(',')}`;
  }
  return `INSERT INTO public.bare_${method} SELECT * FROM ${method}_to_recordset($1::${method})
    AS r (${columns.map(({ name, type }) => `${name} ${type}`).join(', ')})`;
}

function valuesOf(row: Row, columns: readonly Column[]): unknown[] {
  return columns.map(({ name }) => {
    const value = row[name] ?? null;
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
  });
}
