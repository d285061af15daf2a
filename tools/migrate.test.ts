import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
let directory: string;
let databaseUrl: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'supercargo-migrate-'));
  await mkdir(path.join(directory, 'schema'));
  await writeSchema('model Port {\n  unlocode String @id\n  @@schema("carriers")\n}\n');
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/migrate_${randomUUID().replaceAll('-', '')}`;
  databaseUrl = url.href;
  await admin(`CREATE DATABASE ${url.pathname.slice(1)}`);
});

afterAll(async () => {
  await admin(`DROP DATABASE ${new URL(databaseUrl).pathname.slice(1)} WITH (FORCE)`);
  await rm(directory, { recursive: true, force: true });
});

async function admin(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  await client.query(sql);
  await client.end();
}

function writeSchema(models: string): Promise<void> {
  const datasource = 'datasource db {\n  provider = "postgresql"\n  schemas = ["carriers"]\n}\n';
  return writeFile(path.join(directory, 'schema/main.prisma'), datasource + models);
}

/** Runs `npm run migrate -- ...` without npm. */
async function migrate(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = ['--import', 'tsx', 'tools/migrate.ts', '--prisma', directory, ...args];
  const env = { ...process.env, DATABASE_URL: databaseUrl };
  try {
    return { code: 0, ...(await run(process.execPath, command, { cwd: root, env })) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

// Eight processes, one after the other.
test('creates, checks, applies and reports migrations', { timeout: 60_000 }, async () => {
  expect(await migrate('check')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /do not lead to prisma\/schema[^]*CREATE TABLE "carriers"\."Port"/,
    ) as string,
  });
  expect(await migrate('create', 'Add ports')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('_add_ports') as string,
  });
  expect(await migrate('check')).toMatchObject({
    code: 0,
    stdout: 'prisma/migrations lead to prisma/schema\n',
  });
  const [name = ''] = (await readdir(path.join(directory, 'migrations'))).filter((entry) =>
    entry.endsWith('_add_ports'),
  );
  expect(await migrate('status')).toMatchObject({ code: 1, stdout: `pending  ${name}\n` });
  expect(await migrate()).toMatchObject({ code: 0, stdout: `applied ${name}\n` });
  expect(await migrate()).toMatchObject({ code: 0, stdout: 'the database is up to date\n' });
  expect(await migrate('status')).toMatchObject({ code: 0, stdout: 'the database is up to date\n' });
});

test('prints one line for what went wrong, and the usage for what it does not understand', async () => {
  await mkdir(path.join(directory, 'migrations/29990101000000_bad'), { recursive: true });
  await writeFile(path.join(directory, 'migrations/29990101000000_bad/migration.sql'), 'SELECT 1/0;');
  expect(await migrate()).toMatchObject({
    code: 1,
    stderr:
      'migrate: migration 29990101000000_bad failed: division by zero; nothing of it was kept: correct it and run it again\n',
  });
  expect(await migrate('resolve', '29990101000000_bad')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^migrate: not understood: .* resolve 29990101000000_bad\nnpm run migrate /,
    ) as string,
  });
});
