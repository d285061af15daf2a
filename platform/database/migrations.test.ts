import { createHash, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { writeMigration } from './migration-files.ts';
import { applyMigrations, diffFromMigrations, migrationStatus, resolveMigration } from './migrations.ts';

const SCHEMA = `
datasource db {
  provider = "postgresql"
  schemas  = ["carriers", "tracking"]
}
model Carrier {
  id   String @id @db.Uuid
  scac String @unique
  @@map("carrier")
  @@schema("carriers")
}
`;
const SHIPMENT = `
model Shipment {
  id       String @id @db.Uuid
  tenantId String @map("tenant_id") @db.Uuid
  @@map("shipment")
  @@schema("tracking")
}
`;

let directory: string;
let databaseUrl: string;
let options: { databaseUrl: string; migrationsDirectory: string; schemaDirectory: string };

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'supercargo-migrations-'));
  await mkdir(path.join(directory, 'schema'));
  await writeFile(path.join(directory, 'schema/main.prisma'), SCHEMA);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/migrations_${randomUUID().replaceAll('-', '')}`;
  databaseUrl = url.href;
  options = {
    databaseUrl,
    migrationsDirectory: path.join(directory, 'migrations'),
    schemaDirectory: path.join(directory, 'schema'),
  };
  await admin(`CREATE DATABASE ${url.pathname.slice(1)}`);
});

afterEach(async () => {
  await admin(`DROP DATABASE ${new URL(databaseUrl).pathname.slice(1)} WITH (FORCE)`);
  await rm(directory, { recursive: true, force: true });
});

async function query(sql: string, url = databaseUrl): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

const admin = (sql: string): Promise<unknown> => query(sql, inject('postgresUrl'));

/** Polls, because other tests on the same server have theirs for a moment. */
async function expectNoShadowDatabase(): Promise<void> {
  const find = () => query(`SELECT datname FROM pg_database WHERE datname LIKE 'prisma_migrate_shadow%'`);
  await expect.poll(find, { timeout: 5_000 }).toEqual([]);
}

let second = 0;

/** Adds a migration, each a second later than the one before. */
async function add(name: string, sql: string): Promise<{ name: string; script: string }> {
  const script = await writeMigration(
    options.migrationsDirectory,
    name,
    sql,
    new Date(Date.UTC(2026, 0, 1, 0, 0, second++)),
  );
  return { name: path.basename(path.dirname(script)), script };
}

test('leads the database to the Prisma schema, several Postgres schemas included', async () => {
  const first = await add('first', await diffFromMigrations(options));
  expect(await applyMigrations(options)).toEqual([first.name]);
  expect(await applyMigrations(options)).toEqual([]);
  expect(await diffFromMigrations(options)).toBe('');

  await writeFile(path.join(directory, 'schema/tracking.prisma'), SHIPMENT);
  const sql = await diffFromMigrations(options);
  expect(sql).toContain('CREATE TABLE "tracking"."shipment"');
  expect(sql).not.toContain('carrier');
  const next = await add('shipments', sql);
  expect(await migrationStatus(options)).toEqual({
    pending: [next.name],
    failed: [],
    edited: [],
    missing: [],
  });
  expect(await applyMigrations(options)).toEqual([next.name]);
  expect(await diffFromMigrations(options)).toBe('');
  expect(await query('SELECT count(*)::int AS shipments FROM tracking.shipment')).toEqual([{ shipments: 0 }]);
});

test('writes the table that prisma migrate deploy writes, and leaves no shadow database', async () => {
  const sql = 'CREATE TABLE a (id int);\n';
  const { name } = await add('a', sql);
  await diffFromMigrations(options);
  await applyMigrations(options);
  expect(
    await query(
      `SELECT migration_name, checksum, applied_steps_count, logs, rolled_back_at, finished_at IS NOT NULL AS finished
         FROM _prisma_migrations`,
    ),
  ).toEqual([
    {
      migration_name: name,
      checksum: createHash('sha256').update(sql).digest('hex'),
      applied_steps_count: 1,
      logs: null,
      rolled_back_at: null,
      finished: true,
    },
  ]);
  await expectNoShadowDatabase();
});

test('does not cut scripts at semicolons inside functions and strings', async () => {
  await add(
    'functions',
    `CREATE FUNCTION twice(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN n := n * 2; RETURN n; END; $$;
     DO $$ BEGIN PERFORM twice(1); EXCEPTION WHEN others THEN RAISE; END $$;
     CREATE TABLE words AS SELECT 'a;b' AS word; -- and a comment; with one`,
  );
  await applyMigrations(options);
  expect(await query('SELECT twice(21), word FROM words')).toEqual([{ twice: 42, word: 'a;b' }]);
});

test('processes that migrate at the same time apply everything once', async () => {
  const names = [];
  for (const table of ['a', 'b', 'c'])
    names.push((await add(table, `CREATE TABLE ${table} (id int); SELECT pg_sleep(0.05);`)).name);
  const lines: string[] = [];
  const all = await Promise.all(
    [1, 2, 3].map(() => applyMigrations({ ...options, log: (line) => lines.push(line) })),
  );
  expect(all.flat().sort()).toEqual(names);
  expect(all.map((applied) => applied.length).sort()).toEqual([0, 0, 3]);
  expect(lines).toContain('waiting for another process that migrates this database');
});

test('a migration that Postgres refuses is named with its message, leaves nothing, and can be corrected', async () => {
  const good = await add('good', 'CREATE TABLE good (id int);');
  const bad = await add(
    'bad',
    'CREATE TABLE half (id int);\nCREATE TABLE half_more (id int,\n  other missing_type);',
  );
  await expect(applyMigrations(options)).rejects.toMatchObject({
    name: 'MigrationError',
    migration: bad.name,
    message: `migration ${bad.name} failed: type "missing_type" does not exist (line 3); nothing of it was kept: correct it and run it again`,
  });
  expect(await query(`SELECT to_regclass('good') AS good, to_regclass('half') AS half`)).toEqual([
    { good: 'good', half: null },
  ]);
  expect(await migrationStatus(options)).toEqual({
    pending: [bad.name],
    failed: [],
    edited: [],
    missing: [],
  });

  await writeFile(bad.script, 'CREATE TABLE half (id int);');
  const last = await add('last', 'CREATE TABLE last (id int);');
  expect(await applyMigrations(options)).toEqual([bad.name, last.name]);
  expect(await migrationStatus(options)).toEqual({ pending: [], failed: [], edited: [], missing: [] });
  await writeFile(good.script, '-- something else');
  await rm(path.dirname(last.script), { recursive: true });
  expect(await migrationStatus(options)).toEqual({
    pending: [],
    failed: [],
    edited: [good.name],
    missing: [last.name],
  });
});

test('a migration that may have been applied in part stops everything until a person decides', async () => {
  const bad = await add('bad', 'BEGIN;\nCREATE TABLE half (id int);\nCOMMIT;\nSELECT missing;');
  await expect(applyMigrations(options)).rejects.toThrow(
    new RegExp(
      `^migration ${bad.name} failed: column "missing" does not exist \\(line 4\\); it may have been applied in part: `,
    ),
  );
  await writeFile(bad.script, 'CREATE TABLE half (id int);');
  const again = new RegExp(
    `^migration ${bad.name} failed earlier and may have been applied in part: repair the database, then run: ` +
      `npm run migrate -- resolve ${bad.name} --rolled-back .* or --applied .*$`,
  );
  await expect(applyMigrations(options)).rejects.toThrow(again);
  expect(await migrationStatus(options)).toMatchObject({ failed: [bad.name] });

  await query('DROP TABLE half');
  await resolveMigration({ ...options, migration: bad.name, outcome: 'rolled-back' });
  expect(await applyMigrations(options)).toEqual([bad.name]);
});

test('a failed migration that was finished by hand can be marked as applied', async () => {
  const bad = await add('bad', 'COMMIT; SELECT missing;');
  await expect(applyMigrations(options)).rejects.toThrow('may have been applied in part');
  await resolveMigration({ ...options, migration: bad.name, outcome: 'applied' });
  expect(await applyMigrations(options)).toEqual([]);
});

test('names a migration that can not be replayed, and a schema that is wrong', async () => {
  const bad = await add('bad', 'SELECT 1/0;');
  await expect(diffFromMigrations(options)).rejects.toMatchObject({
    migration: bad.name,
    message: `migration ${bad.name} can't be replayed: division by zero`,
  });
  await rm(path.dirname(bad.script), { recursive: true });
  await writeFile(path.join(directory, 'schema/tracking.prisma'), SHIPMENT.replace('@db.Uuid', '@db.Uuuid'));
  await expect(diffFromMigrations(options)).rejects.toThrow(/Native type Uuuid is not supported/);
  await expectNoShadowDatabase();
});

test('says so when the database does not answer', async () => {
  const nowhere = 'postgresql://postgres@127.0.0.1:1/postgres';
  await expect(applyMigrations({ ...options, databaseUrl: nowhere })).rejects.toThrow(
    /^cannot reach the database to migrate it: connect ECONNREFUSED 127\.0\.0\.1:1$/,
  );
});

test('names a migration so that it sorts by time', async () => {
  const script = await writeMigration(
    options.migrationsDirectory,
    ' Add Übersee ports! ',
    '',
    new Date('2026-03-04T05:06:07.890Z'),
  );
  expect(path.relative(options.migrationsDirectory, script)).toBe(
    path.join('20260304050607_add_bersee_ports', 'migration.sql'),
  );
  await expect(writeMigration(options.migrationsDirectory, '--', '')).rejects.toThrow('migration name "--"');
});
