import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  DriverAdapterError,
} from '@prisma/driver-adapter-utils';
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';

export type SchemaEngine = bindings.SchemaEngine;

/** Told about every script that Postgres refuses: the engine itself passes on only a part of the error. */
export type OnScriptError = (error: pg.DatabaseError, script: string) => void;

let loading: Promise<void> | undefined;

/** Node can't import WebAssembly as a module, so the module and its glue are linked by hand. */
function loadEngine(): Promise<void> {
  loading ??= (async () => {
    const glue = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
    const code = await readFile(path.join(path.dirname(glue), 'schema_engine_bg.wasm'));
    const { instance } = await WebAssembly.instantiate(code, { './schema_engine_bg.js': imports() });
    bindings.__wbg_set_wasm(instance.exports);
    (instance.exports.__wbindgen_start as () => void)();
  })();
  return loading;
}

/** The glue, except that the engine's timers (it never clears the one for its lock) don't keep a process running. */
function imports(): WebAssembly.ModuleImports {
  const entries = Object.entries(bindings as unknown as WebAssembly.ModuleImports);
  const setTimer = (callback: () => void, ms: number): NodeJS.Timeout => setTimeout(callback, ms).unref();
  return Object.fromEntries(
    entries.map(([name, value]) => [name, name.startsWith('__wbg_setTimeout_') ? setTimer : value]),
  );
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
 * Prisma's adapter for pg, corrected in three places. It cuts scripts at every semicolon, also within function bodies
 * and strings; for a pool made from a URL it takes the main database for the shadow database; and it doesn't know the
 * type of many columns in Postgres' own catalogs.
 */
function adapterFactory(
  pool: pg.Pool,
  databaseUrl: string,
  onScriptError: OnScriptError,
): SqlMigrationAwareDriverAdapterFactory {
  const adapterFor = async (each: pg.Pool): Promise<SqlDriverAdapter> => {
    const adapter = await new PrismaPg(each).connect();
    return Object.assign(adapter, {
      executeScript: wholeScripts(each, onScriptError),
      queryRaw: withCatalogColumns(adapter, each),
    });
  };
  return {
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: () => adapterFor(pool),
    async connectToShadowDb() {
      const database = `prisma_migrate_shadow_db_${randomUUID()}`;
      const shadowUrl = new URL(databaseUrl);
      shadowUrl.pathname = `/${database}`;
      await pool.query(`CREATE DATABASE "${database}"`);
      const shadowPool = new pg.Pool({ connectionString: shadowUrl.href, max: 1, idleTimeoutMillis: 0 });
      const dispose = async (): Promise<void> => {
        await shadowPool.end();
        await pool.query(`DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`);
      };
      return Object.assign(await adapterFor(shadowPool), { dispose });
    },
  };
}

/**
 * Sends a script as one message, as Prisma's native engine does: Postgres runs it as one transaction, unless the
 * script itself says otherwise, and a script that fails leaves nothing behind.
 */
function wholeScripts(pool: pg.Pool, onScriptError: OnScriptError): SqlDriverAdapter['executeScript'] {
  return async (script) => {
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
}

/** Type `"char"` (with the quotes): a single byte, not to be confused with `char(n)`. */
const CHAR_OID = 18;
const TEXT_OID = 25;

/** Has the adapter read columns of type `"char"` as text, and tells the engine that they are characters. */
function withCatalogColumns(adapter: SqlDriverAdapter, pool: pg.Pool): SqlDriverAdapter['queryRaw'] {
  const { queryRaw } = adapter;
  return async (query) => {
    const characters: number[] = [];
    const client = {
      async query(config: pg.QueryArrayConfig) {
        const result = await pool.query(config);
        for (const [index, field] of result.fields.entries()) {
          if (field.dataTypeID !== CHAR_OID) continue;
          characters.push(index);
          field.dataTypeID = TEXT_OID;
        }
        return result;
      },
    };
    const result = await queryRaw.call(
      Object.assign(Object.create(adapter) as SqlDriverAdapter, { client }),
      query,
    );
    for (const index of characters) result.columnTypes[index] = ColumnTypeEnum.Character;
    return result;
  };
}
