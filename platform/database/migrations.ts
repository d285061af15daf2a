import pg from 'pg';
import type { MigrationList } from '@prisma/schema-engine-wasm/schema_engine_bg';
import { readMigrations, readSchema, scriptOf } from './migration-files.ts';
import {
  controlsTransactions,
  describeRefusal,
  engineError,
  messageOf,
  MigrationError,
} from './migration-errors.ts';
import type { Refusal } from './migration-errors.ts';
import { startSchemaEngine } from './schema-engine.ts';
import type { SchemaEngine } from './schema-engine.ts';

/** The key that Prisma's own `migrate` commands lock, so that they and this module wait for each other. */
const PRISMA_LOCK = 72_707_369;
const LOCK_TIMEOUT_MS = 60_000;
const NO_FILTERS = { externalTables: [], externalEnums: [] };

export { MigrationError };

export interface MigrationOptions {
  /** Connection of a role that may create schemas and tables, and databases where a shadow database is needed. */
  databaseUrl: string;
  /** Directory in Prisma's format: `<timestamp>_<name>/migration.sql`. */
  migrationsDirectory: string;
  /** Told what takes long. */
  log?: (line: string) => void;
}

export interface MigrationStatus {
  /** In the directory, not in the database. */
  pending: string[];
  /** Started and never finished; nothing more is applied until each is resolved. */
  failed: string[];
  /** Applied, and the script was changed since. */
  edited: string[];
  /** Applied, but no longer in the directory. */
  missing: string[];
}

/**
 * Applies the migrations that the database doesn't have yet, in order, as `prisma migrate deploy` would, and records
 * them in the same table. Processes that migrate the same database at the same time wait for one another.
 * @returns the names of those applied now
 * @throws {MigrationError} A script that Postgres refused has left nothing behind and is tried again (corrected, it is
 *   hoped) by the next call. Only if it controls its own transactions, its effects may have stayed: then it counts as
 *   failed until {@link resolveMigration} is called.
 */
export async function applyMigrations(options: MigrationOptions): Promise<string[]> {
  return withEngine(options, async ({ engine, migrations, refusal }) => {
    try {
      const result = await engine.applyMigrations({ migrationsList: migrations, filters: NO_FILTERS });
      return result.appliedMigrationNames;
    } catch (error) {
      const { failedMigrationNames } = await diagnose(engine, migrations);
      const name = failedMigrationNames[0];
      if (name === undefined) throw engineError(error);
      throw await failedMigration(engine, name, scriptOf(migrations, name), refusal(), error);
    }
  });
}

/** Compares the migrations directory with what the database has recorded. Changes nothing. */
export async function migrationStatus(options: MigrationOptions): Promise<MigrationStatus> {
  return withEngine(options, async ({ engine, migrations }) => {
    const { history, failedMigrationNames, editedMigrationNames } = await diagnose(engine, migrations);
    return {
      pending: history && 'unappliedMigrationNames' in history ? history.unappliedMigrationNames : [],
      failed: failedMigrationNames,
      edited: editedMigrationNames,
      missing: history && 'unpersistedMigrationNames' in history ? history.unpersistedMigrationNames : [],
    };
  });
}

/**
 * The SQL that leads from where the migrations end to the Prisma schema; empty when they agree. The migrations are
 * replayed in a shadow database on the same server, which is dropped again.
 * @throws {MigrationError} also when the schema is wrong or the migrations can't be replayed
 */
export async function diffFromMigrations(
  options: MigrationOptions & { schemaDirectory: string },
): Promise<string> {
  const files = await readSchema(options.schemaDirectory);
  return withEngine(options, async ({ engine, migrations, refusal }) => {
    try {
      const { exitCode, stdout } = await engine.diff({
        from: { tag: 'migrations', ...migrations },
        to: { tag: 'schemaDatamodel', files },
        script: true,
        exitCode: true,
        filters: NO_FILTERS,
      });
      return exitCode === 0 ? '' : (stdout ?? '');
    } catch (error) {
      const refused = refusal();
      if (refused === undefined) throw engineError(error);
      const name = migrations.migrationDirectories.find(
        (entry) => scriptOf(migrations, entry.path) === refused.script,
      );
      throw new MigrationError(`migration ${name?.path} can't be replayed: ${describeRefusal(refused)}`, {
        migration: name?.path,
        cause: error,
      });
    }
  });
}

/**
 * Decides about a failed migration after the database was repaired by hand.
 * @param outcome `rolled-back`: nothing of it is left, run it again. `applied`: all of it is there, don't run it.
 */
export async function resolveMigration(
  options: MigrationOptions & { migration: string; outcome: 'rolled-back' | 'applied' },
): Promise<void> {
  const { migration, outcome } = options;
  await withEngine(options, async ({ engine, migrations }) => {
    try {
      if (outcome === 'applied') {
        await engine.markMigrationApplied({ migrationName: migration, migrationsList: migrations });
      } else {
        await engine.markMigrationRolledBack({ migrationName: migration });
      }
    } catch (error) {
      throw engineError(error);
    }
  });
}

interface Session {
  engine: SchemaEngine;
  migrations: MigrationList;
  /** The last script that Postgres refused. */
  refusal(): Refusal | undefined;
}

async function withEngine<T>(options: MigrationOptions, work: (session: Session) => Promise<T>): Promise<T> {
  const migrations = await readMigrations(options.migrationsDirectory);
  // One connection, never dropped for being idle: the lock belongs to it.
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: 10_000,
    application_name: 'supercargo migrate',
  });
  pool.on('error', () => {
    // The query in flight, if any, reports it too.
  });
  let refused: Refusal | undefined;
  try {
    await lock(pool, options.log);
    const onScriptError = (error: pg.DatabaseError, script: string): void =>
      void (refused = { error, script });
    const engine = await startSchemaEngine(pool, options.databaseUrl, onScriptError).catch(
      (error: unknown) => {
        throw engineError(error);
      },
    );
    try {
      return await work({ engine, migrations, refusal: () => refused });
    } finally {
      engine.free();
    }
  } finally {
    await pool.end();
  }
}

/** Takes Prisma's migration lock for the pool's connection. The engine takes it again, which then costs nothing. */
async function lock(pool: pg.Pool, log: (line: string) => void = () => {}): Promise<void> {
  try {
    const { rows } = await pool.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
      PRISMA_LOCK,
    ]);
    if (rows[0]?.locked) return;
    log('waiting for another process that migrates this database');
    await pool.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await pool.query('SELECT pg_advisory_lock($1)', [PRISMA_LOCK]);
    await pool.query('RESET lock_timeout');
  } catch (error) {
    const isTimeout = error instanceof pg.DatabaseError && error.code === '55P03';
    throw new MigrationError(
      isTimeout
        ? `another process has been migrating this database for more than ${LOCK_TIMEOUT_MS / 1000} s`
        : `cannot reach the database to migrate it: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

function diagnose(engine: SchemaEngine, migrations: MigrationList) {
  return engine.diagnoseMigrationHistory({
    migrationsList: migrations,
    optInToShadowDatabase: false,
    filters: NO_FILTERS,
  });
}

async function failedMigration(
  engine: SchemaEngine,
  name: string,
  script: string | undefined,
  refused: Refusal | undefined,
  cause: unknown,
): Promise<MigrationError> {
  const choices =
    `repair the database, then run: npm run migrate -- resolve ${name} --rolled-back (nothing of it is left, run it ` +
    `again) or --applied (all of it is there)`;
  if (refused === undefined) {
    return new MigrationError(
      `migration ${name} failed earlier and may have been applied in part: ${choices}`,
      {
        migration: name,
        cause,
      },
    );
  }
  const problem = `migration ${name} failed: ${describeRefusal(refused)}`;
  if (script === undefined || controlsTransactions(script)) {
    return new MigrationError(`${problem}; it may have been applied in part: ${choices}`, {
      migration: name,
      cause,
    });
  }
  await engine.markMigrationRolledBack({ migrationName: name });
  return new MigrationError(`${problem}; nothing of it was kept: correct it and run it again`, {
    migration: name,
    cause,
  });
}
