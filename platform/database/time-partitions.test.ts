import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform.ts';
import type { Database } from './database.ts';
import { ensureLoginRoles } from './login-roles.ts';
import { keepPartitions, maintainPartitions, type PartitionedTable } from './time-partitions.ts';

let platform: TestPlatform;
let database: Database;
let owner: pg.Client;
beforeAll(async () => {
  platform = await startTestPlatform();
  database = platform.openDatabase('tracking');
  owner = new pg.Client({ connectionString: platform.databaseUrl });
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await database.close();
  await platform.close();
});

let counter = 0;
let table: string;
let columns: string;
beforeEach(() => {
  table = `tracking.measured_${++counter}`;
  columns =
    'id int, at timestamptz(3) NOT NULL, twice int GENERATED ALWAYS AS (id * 2) STORED, PRIMARY KEY (id, at)';
});

async function manage(width: string): Promise<void> {
  await owner.query(`CREATE TABLE ${table} (${columns}) PARTITION BY RANGE (at)`);
  await owner.query('SELECT partitions.manage($1, $2)', [table, width]);
  await ensureLoginRoles(platform.databaseUrl);
}

const keeping = (aheadDays: number, keepDays: number | null): PartitionedTable => ({
  table,
  aheadDays,
  keepDays,
});

/** Name without its beginning → number of rows. */
async function partitions(): Promise<Record<string, number>> {
  const { rows } = await owner.query<{ name: string; count: number }>(
    `SELECT substring(tableoid::regclass::text FROM '[^_]+$') AS name, 0 AS count FROM ${table} WHERE false
     UNION ALL
     SELECT substring(inhrelid::regclass::text FROM '[^_]+$'),
       (xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM %s', inhrelid::regclass), false, true, '')))[1]::text::int
     FROM pg_inherits WHERE inhparent = '${table}'::regclass ORDER BY name`,
  );
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
}

async function insert(...instants: readonly string[]): Promise<void> {
  for (const [id, at] of instants.entries())
    await database.pool.query(`INSERT INTO ${table} (id, at) VALUES ($1, $2)`, [id, at]);
}

describe('partitions', () => {
  it.each([
    ['day', 2, '2026-02-27T23:59:59.999Z', ['20260227', '20260228', '20260301']],
    ['week', 7, '2026-12-31T12:00:00Z', ['20261228', '20270104']],
    ['month', 31, '2026-12-31T23:30:00-05:00', ['20270101', '20270201']],
    ['quarter', 100, '2024-02-29T00:00:00Z', ['20240101', '20240401']],
  ])('a %s wide are made ahead, in UTC', async (width, ahead, now, expected) => {
    await manage(width);
    const { done, changes } = await maintainPartitions(database, keeping(ahead, null), new Date(now));
    expect(done).toBe(true);
    expect(changes).toHaveLength(expected.length);
    expect(Object.keys(await partitions())).toEqual([...expected, 'default']);
    expect((await maintainPartitions(database, keeping(ahead, null), new Date(now))).changes).toEqual([]);
  });

  it('take their rows, also those that came before them and too late for them', async () => {
    await manage('month');
    await insert('2026-03-31T23:59:59.999Z', '2026-04-01T00:00:00Z', '2026-04-30T23:59:59.999Z');
    await insert('2026-08-01T00:00:00Z', '9999-12-31T00:00:00Z', '2026-01-15T00:00:00Z');
    const { changes } = await maintainPartitions(database, keeping(35, 80), new Date('2026-04-10T00:00:00Z'));
    expect(changes.map(({ action, rows }) => [action, rows])).toEqual([
      ['made', 2],
      ['made', 0],
      ['made', 1],
      ['deleted', 1],
    ]);
    expect(await partitions()).toEqual({ 20260301: 1, 20260401: 2, 20260501: 0, default: 2 });
    await insert('2026-05-31T00:00:00Z');
    expect((await partitions())[20260501]).toBe(1);
    const { rows } = await database.pool.query(`SELECT twice FROM ${table} WHERE id = 2 ORDER BY at`);
    expect(rows).toEqual([{ twice: 4 }]);
  });

  it('are dropped when all of their time is over, by a clock in another month', async () => {
    await manage('day');
    await maintainPartitions(database, keeping(3, 10), new Date('2026-11-28T12:00:00Z'));
    await insert('2026-11-28T00:00:00Z', '2026-11-29T00:00:00Z', '2026-11-29T12:00:01Z');
    const later = new Date('2026-12-09T12:00:00Z');
    const { changes } = await maintainPartitions(database, keeping(0, 10), later);
    expect(changes.map(({ action, partition }) => [action, partition.slice(-8)])).toEqual([
      ['made', '20261209'],
      ['dropped', '20261128'],
    ]);
    expect(await partitions()).toEqual({ 20261129: 2, 20261130: 0, 20261201: 0, 20261209: 0, default: 0 });
  });

  it('of another width begin where those of the former end', async () => {
    await manage('week');
    await maintainPartitions(database, keeping(0, null), new Date('2026-09-30T00:00:00Z'));
    await owner.query(`UPDATE partitions.managed SET width = 'month' WHERE parent = '${table}'::regclass`);
    await insert('2026-09-27T00:00:00Z', '2026-10-05T00:00:00Z');
    await maintainPartitions(database, keeping(30, null), new Date('2026-09-30T00:00:00Z'));
    expect(await partitions()).toEqual({ 20260901: 1, 20260928: 0, 20261005: 1, default: 0 });
  });

  it('are made once by many at the same time, while rows come in', async () => {
    await manage('day');
    let stopped = false;
    let inserted = 0;
    const write = async (): Promise<void> => {
      while (!stopped) {
        const at = new Date(Date.UTC(2026, 0, 1) + ((inserted * 7) % 30) * 86_400_000);
        await database.pool.query(`INSERT INTO ${table} (id, at) VALUES ($1, $2)`, [++inserted, at]);
      }
    };
    const writing = write();
    const now = new Date('2026-01-01T00:00:00Z');
    const results = await Promise.all(
      Array.from({ length: 4 }, () => maintainPartitions(database, keeping(30, 400), now)),
    );
    stopped = true;
    await writing;
    expect(results.flatMap(({ changes }) => changes)).toHaveLength(31);
    const found = await partitions();
    expect(Object.keys(found)).toHaveLength(32);
    expect(found.default).toBe(0);
    expect(Object.values(found).reduce((sum, count) => sum + count)).toBe(inserted);
  });

  it('wait for nobody for long', async () => {
    await manage('month');
    const now = new Date('2026-06-01T00:00:00Z');
    await maintainPartitions(database, keeping(0, 31), now);
    await owner.query('BEGIN');
    await owner.query(`SELECT FROM ${table}`);
    const later = new Date('2026-08-15T00:00:00Z');
    const held = maintainPartitions(database, keeping(0, 31), later);
    // A writer isn't kept waiting by those who wait.
    await insert('2026-06-02T00:00:00Z');
    const { done } = await held;
    await owner.query('COMMIT');
    expect(done).toBe(false);
    expect((await maintainPartitions(database, keeping(0, 31), later)).done).toBe(true);
    expect(await partitions()).toEqual({ 20260801: 0, default: 0 });
  });

  it('are nobody else’s business', async () => {
    await manage('day');
    const carriers = platform.openDatabase('carriers');
    await expect(maintainPartitions(carriers, keeping(1, 1))).rejects.toThrow(/may not maintain/);
    await carriers.close();
    for (const other of ['tracking.shipment', 'pg_class', 'none', "x'; DROP TABLE y"])
      await expect(maintainPartitions(database, { ...keeping(1, 1), table: other })).rejects.toThrow();
    await expect(maintainPartitions(database, keeping(1, 0))).rejects.toThrow(/above nothing/);
    await maintainPartitions(database, keeping(0, null), new Date('2026-01-01T00:00:00Z'));
    for (const statement of [
      `SELECT * FROM partitions.${table.replace('.', '_')}_20260101`,
      `SELECT * FROM partitions.${table.replace('.', '_')}_default`,
      `SELECT partitions.manage('${table}', 'day')`,
      `UPDATE partitions.managed SET width = 'month'`,
      'CREATE TABLE partitions.loot ()',
    ])
      await expect(database.pool.query(statement)).rejects.toThrow(/permission denied/);
  });

  it('can only be those of a table partitioned by time', async () => {
    await owner.query(`CREATE TABLE ${table} (id int) PARTITION BY RANGE (id)`);
    await expect(owner.query('SELECT partitions.manage($1, $2)', [table, 'day'])).rejects.toThrow(
      /not partitioned by RANGE over one timestamptz/,
    );
    await expect(owner.query(`SELECT partitions.manage('tracking.shipment', 'day')`)).rejects.toThrow();
  });

  it('are kept up from the start', async () => {
    await manage('day');
    const stop = keepPartitions(database, [{ ...keeping(1, 5), table: 'none' }, keeping(1, 5)], platform.log);
    await vi.waitFor(async () => expect(Object.keys(await partitions())).toHaveLength(3));
    await stop();
  });
});
