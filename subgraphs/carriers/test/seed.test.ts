import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '#platform/database/database.ts';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform.ts';
import { readSeaPorts } from '../reference-data/sea-ports.ts';
import { seedCarriers } from '../reference-data/seed.ts';

let platform: TestPlatform;
let database: Database;

beforeAll(async () => {
  platform = await startTestPlatform();
  database = platform.openDatabase('carriers');
});
afterAll(async () => {
  await database.close();
  await platform.close();
});

const tables = ['carrier', 'vessel', 'port', 'port_alias_code', 'port_alias_name'];

/** Every row with the transaction that wrote it: a row that is written again gets another. */
async function versions(): Promise<readonly unknown[]> {
  const all = await Promise.all(
    tables.map((table) =>
      database.pool.query(`SELECT xmin::text, known.* FROM ${table} AS known ORDER BY known`),
    ),
  );
  return all.map(({ rows }) => rows as unknown);
}

test('loads every port of the package, all at once and again without writing', async () => {
  await Promise.all([seedCarriers(database), seedCarriers(database)]);
  const { rows } = await database.pool.query<{ code: string }>(
    'SELECT unlocode AS code FROM port UNION ALL SELECT code FROM port_alias_code',
  );
  const loaded = new Set(rows.map(({ code }) => code));
  expect(Object.keys(readSeaPorts()).filter((code) => !loaded.has(code))).toEqual([]);
  const first = await versions();
  expect(first.every((rows) => (rows as unknown[]).length > 0)).toBe(true);

  const before = await platform.sqlStatements('carriers');
  const started = performance.now();
  await seedCarriers(database);
  expect(performance.now() - started).toBeLessThan(1_000);
  expect((await platform.sqlStatements('carriers')) - before).toBeLessThanOrEqual(13);
  expect(await versions()).toEqual(first);
});

test('puts right what was changed, and keeps what was added', async () => {
  await database.pool.query(`
    UPDATE port SET name = 'Elsewhere', time_zone = NULL WHERE unlocode = 'CNSHA';
    UPDATE carrier SET name = 'Nobody' WHERE scac = 'HLCU';
    UPDATE vessel SET operator_id = NULL WHERE imo = '9321483';
    DELETE FROM port_alias_code WHERE code = 'CNNBO';
    INSERT INTO port_alias_code VALUES ('CNXXX', 'CNSHA');
    INSERT INTO port_alias_name VALUES ('CNSHA', 'Nowhere', 'nowhere');
    INSERT INTO port (unlocode, name, search_name, country_code) VALUES ('CNSG2', 'Added', 'added', 'CN'), ('CNZZZ', 'Own', 'own', 'CN');
    INSERT INTO port_alias_code VALUES ('CNZZ2', 'CNZZZ');
    INSERT INTO vessel (imo, name, search_name) VALUES ('9074729', 'Own', 'own');
    UPDATE port_alias_code SET unlocode = 'CNZZZ' WHERE code = 'CNSGH';
    INSERT INTO port (unlocode, name, search_name, country_code) VALUES ('CNQIN', 'Twice', 'twice', 'CN');
  `);
  await seedCarriers(database);
  const one = async (sql: string): Promise<unknown> =>
    (await database.pool.query({ text: sql, rowMode: 'array' })).rows;
  expect(await one(`SELECT name, time_zone FROM port WHERE unlocode = 'CNSHA'`)).toEqual([
    ['Shanghai', 'Asia/Shanghai'],
  ]);
  expect(await one(`SELECT name FROM carrier WHERE scac = 'HLCU'`)).toEqual([['Hapag-Lloyd']]);
  expect(await one(`SELECT scac FROM vessel JOIN carrier ON id = operator_id WHERE imo = '9321483'`)).toEqual(
    [['MAEU']],
  );
  expect(
    await one(
      `SELECT code, unlocode FROM port_alias_code WHERE code IN ('CNNBO', 'CNXXX', 'CNZZ2', 'CNSGH') ORDER BY code`,
    ),
  ).toEqual([
    ['CNNBO', 'CNNGB'],
    ['CNSGH', 'CNSHA'],
    ['CNZZ2', 'CNZZZ'],
  ]);
  expect(await one(`SELECT name FROM port_alias_name WHERE unlocode = 'CNSHA'`)).toEqual([]);
  expect(
    await one(`SELECT unlocode FROM port WHERE unlocode IN ('CNZZZ', 'CNQIN', 'CNSG2') ORDER BY 1`),
  ).toEqual([['CNSG2'], ['CNZZZ']]);
  expect(await one(`SELECT name FROM vessel WHERE imo = '9074729'`)).toEqual([['Own']]);
});

test('changes nothing when it fails', async () => {
  await database.pool
    .query(`DELETE FROM vessel WHERE imo = '9321483'; UPDATE carrier SET scac = 'XXXX' WHERE scac = 'HLCU';
    INSERT INTO carrier (id, scac, name, search_name) VALUES ('00000000-0000-4000-8000-000000000000', 'HLCU', 'Rival', 'rival')`);
  await expect(seedCarriers(database)).rejects.toThrow(/duplicate key/);
  const { rowCount } = await database.pool.query(`SELECT FROM vessel WHERE imo = '9321483'`);
  expect(rowCount).toBe(0);
  // The connection went back to the pool usable.
  await database.pool.query(`DELETE FROM carrier WHERE name = 'Rival'`);
  await seedCarriers(database);
});
