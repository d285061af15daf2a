import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeMigration } from '#platform/database/migration-files.ts';
import {
  applyMigrations,
  diffFromMigrations,
  MigrationError,
  migrationStatus,
  resolveMigration,
} from '#platform/database/migrations.ts';
import type { MigrationOptions } from '#platform/database/migrations.ts';
import { prepareDatabase } from '#platform/database/prepare-database.ts';
import { LocalServiceError } from './services/errors.ts';
import { startLocalServices } from './services/local-services.ts';

const USAGE = `npm run migrate                           applies the migrations that the database doesn't have yet
npm run migrate -- status                 lists what is pending, failed, edited or missing; exit code 1 if anything is
npm run migrate -- create NAME            writes a migration that leads from prisma/migrations to prisma/schema
npm run migrate -- create NAME --empty    writes an empty one, for SQL that Prisma's schema can't express
npm run migrate -- check                  exit code 1 when prisma/migrations don't lead to prisma/schema
npm run migrate -- resolve MIGRATION --rolled-back | --applied
                                          decides about a failed migration after the database was repaired

The database is DATABASE_URL's, or the embedded one in DATA_DIR. --prisma FOLDER names another folder than prisma.`;

class UsageError extends Error {}

type Command = 'apply' | 'status' | 'create' | 'check' | 'resolve';
/** How many words follow each command. */
const COMMANDS: Record<Command, number> = { apply: 0, status: 0, create: 1, check: 0, resolve: 1 };

const root = fileURLToPath(new URL('..', import.meta.url));
const print = (line: string): void => console.log(line);
const relative = (file: string): string => path.relative(process.cwd(), file);

async function main(): Promise<number> {
  const { command, names, flags } = readArguments();
  if (flags.help) {
    print(USAGE);
    return 0;
  }
  const [name = ''] = names;
  const prisma = path.resolve(root, typeof flags.prisma === 'string' ? flags.prisma : 'prisma');
  const directories = {
    migrationsDirectory: path.join(prisma, 'migrations'),
    schemaDirectory: path.join(prisma, 'schema'),
  };
  const writeTo = directories.migrationsDirectory;
  if (command === 'create' && flags.empty)
    return create(writeTo, name, '-- Write the SQL of this migration here.\n');
  return withDatabase(async (databaseUrl) => {
    const options = { ...directories, databaseUrl, log: print };
    switch (command) {
      case 'apply':
        return apply(options, prisma === path.join(root, 'prisma'));
      case 'status':
        return status(options);
      case 'create':
        return create(writeTo, name, await diffFromMigrations(options));
      case 'check':
        return check(await diffFromMigrations(options));
      case 'resolve':
        await resolveMigration({
          ...options,
          migration: name,
          outcome: flags.applied ? 'applied' : 'rolled-back',
        });
        print(`${name}: marked as ${flags.applied ? 'applied' : 'rolled back'}`);
        return 0;
    }
  });
}

function readArguments() {
  const { values: flags, positionals } = parseArgs({
    allowPositionals: true,
    strict: false,
    options: {
      empty: { type: 'boolean', default: false },
      applied: { type: 'boolean', default: false },
      'rolled-back': { type: 'boolean', default: false },
      prisma: { type: 'string', default: 'prisma' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [command = 'apply', ...names] = positionals;
  const known = ['empty', 'applied', 'rolled-back', 'prisma', 'help'];
  const isComplete =
    command in COMMANDS &&
    names.length === COMMANDS[command as Command] &&
    Object.keys(flags).every((flag) => known.includes(flag)) &&
    (command !== 'resolve' || flags.applied !== flags['rolled-back']);
  if (!isComplete && !flags.help)
    throw new UsageError(`not understood: ${process.argv.slice(2).join(' ')}\n${USAGE}`);
  return { command: command as Command, names, flags };
}

/** @param own whether these are the project's own migrations, whose schemas the login roles are for */
async function apply(options: MigrationOptions, own: boolean): Promise<number> {
  const applied = own ? await prepareDatabase(options) : await applyMigrations(options);
  for (const name of applied) print(`applied ${name}`);
  if (applied.length === 0) print('the database is up to date');
  return 0;
}

async function status(options: MigrationOptions): Promise<number> {
  const found = Object.entries(await migrationStatus(options)).flatMap(([state, names]) =>
    (names as string[]).map((name) => `${state.padEnd(8)} ${name}`),
  );
  for (const line of found) print(line);
  if (found.length === 0) print('the database is up to date');
  return found.length === 0 ? 0 : 1;
}

async function create(directory: string, name: string, sql: string): Promise<number> {
  if (sql === '') {
    print(
      'nothing to create: prisma/migrations lead to prisma/schema (--empty writes a migration all the same)',
    );
    return 0;
  }
  const script = await writeMigration(directory, name, sql).catch((error: unknown) => {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  });
  print(`wrote ${relative(script)}; read it, then: npm run migrate`);
  return 0;
}

function check(sql: string): number {
  if (sql === '') {
    print('prisma/migrations lead to prisma/schema');
    return 0;
  }
  console.error(
    'prisma/migrations do not lead to prisma/schema; run: npm run migrate -- create NAME. What is missing:',
  );
  console.error(sql);
  return 1;
}

/** Starts the embedded database for as long as it is needed, unless DATABASE_URL names another or it runs already. */
async function withDatabase<T>(work: (databaseUrl: string) => Promise<T>): Promise<T> {
  const given = process.env.DATABASE_URL?.trim();
  if (given) return work(given);
  const services = await startLocalServices({
    dataDirectory: path.resolve(root, process.env.DATA_DIR ?? '.supercargo'),
    postgres: true,
    redis: false,
    log: print,
  });
  const stop = (): void => void services.stop().then(() => process.exit(130));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    return await work(services.databaseUrl ?? '');
  } finally {
    await services.stop();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const isExpected =
    error instanceof MigrationError || error instanceof LocalServiceError || error instanceof UsageError;
  if (!isExpected) throw error;
  console.error(`migrate: ${error.message}`);
  process.exitCode = 1;
}
