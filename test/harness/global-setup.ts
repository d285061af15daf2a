import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { applyMigrations } from '#platform/database/migrations.ts';
import { startPostgres } from '#tools/services/postgres.ts';

/** One Postgres for the whole run, in a directory of its own, with a migrated database to copy from. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'supercargo-postgres-'));
  const postgres = await startPostgres({ directory, durable: false });
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query('CREATE DATABASE supercargo_template');
  await client.end();
  const template = new URL(postgres.url);
  template.pathname = '/supercargo_template';
  await applyMigrations({ databaseUrl: template.href, migrationsDirectory: 'prisma/migrations' });
  project.provide('postgresUrl', postgres.url);
  return async () => {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
}
