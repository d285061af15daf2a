import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, DriverAdapterError } from '@prisma/driver-adapter-utils';
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';

export type SchemaEngine = bindings.SchemaEngine;

/** Told about every script that Postgres refuses: the engine itself passes on only a part of the error. */
export type OnScriptError = (error: pg.DatabaseError, script: string) => void;

let loading: Promise<void> | undefined;

/** Node can't import WebAssembly as a module, so the module's own glue is linked by hand. */
function loadEngine(): Promise<void> {
  loading ??= (async () => {
    const glue = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
    const file = join(dirname(glue), 'schema_engine_bg.wasm');
    const imports = { './schema_engine_bg.js': bindings as unknown as WebAssembly.ModuleImports };
    const { instance } = await WebAssembly.instantiate(await readFile(file), imports);
    bindings.__wbg_set_wasm(instance.exports);
    (instance.exports['__wbindgen_start'] as () => void)();
  })();
  return loading;
}

/**
 * Starts Prisma's schema engine on an open pool.
 * @param pool must have a single connection, so that a lock taken on it covers everything that the engine does
 * @param databaseUrl the URL that the pool was opened with; a shadow database is made on the same server
 */
export async function startSchemaEngine(
  pool: pg.Pool,
  databaseUrl: string,
  onScriptError: OnScriptError,
): Promise<SchemaEngine> {
  await loadEngine();
  const factory = bindMigrationAwareSqlAdapterFactory(adapterFactory(pool, databaseUrl, onScriptError));
  const ignoreLog = () => {};
  return bindings.SchemaEngine.new({ datamodels: undefined }, ignoreLog, factory);
}

/**
 * Prisma's adapter for pg, corrected in two places. It cuts scripts at every semicolon, also within function bodies
 * and strings; and for a pool made from a URL it takes the main database for the shadow database.
 */
function adapterFactory(
  pool: pg.Pool,
  databaseUrl: string,
  onScriptError: OnScriptError,
): SqlMigrationAwareDriverAdapterFactory {
  const prisma = new PrismaPg(pool);
  return {
    provider: prisma.provider,
    adapterName: prisma.adapterName,
    connect: async () => withWholeScripts(await prisma.connect(), pool, onScriptError),
    async connectToShadowDb() {
      const database = `prisma_migrate_shadow_db_${randomUUID()}`;
      const shadowUrl = new URL(databaseUrl);
      shadowUrl.pathname = `/${database}`;
      await pool.query(`CREATE DATABASE "${database}"`);
      const shadowPool = new pg.Pool({ connectionString: shadowUrl.href, max: 1, idleTimeoutMillis: 0 });
      const adapter = withWholeScripts(await new PrismaPg(shadowPool).connect(), shadowPool, onScriptError);
      adapter.dispose = async () => {
        await shadowPool.end();
        await pool.query(`DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`);
      };
      return adapter;
    },
  };
}

/**
 * Sends a script as one message, as Prisma's native engine does: Postgres runs it as one transaction, unless the
 * script itself says otherwise, and a script that fails leaves nothing behind.
 */
function withWholeScripts(adapter: SqlDriverAdapter, pool: pg.Pool, onScriptError: OnScriptError): SqlDriverAdapter {
  adapter.executeScript = async (script) => {
    try {
      await pool.query(script);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      onScriptError(error, script);
      throw new DriverAdapterError({
        kind: 'postgres',
        code: error.code ?? 'N/A',
        severity: error.severity ?? 'N/A',
        message: error.message,
        detail: error.detail,
        column: error.column,
        hint: error.hint,
      });
    }
  };
  return adapter;
}
