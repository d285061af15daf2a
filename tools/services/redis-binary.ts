import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { lastLines } from './directories.ts';
import { LocalServiceError } from './errors.ts';

const run = promisify(execFile);

const NAMES = ['redis-server', 'valkey-server'];
const CHOICES = 'install redis-server or valkey-server, or set REDIS_URL';
const PROGRESS_EVERY_MS = 10_000;
const APT_TIMEOUT_MS = 5 * 60_000;
/** Debian asks this script whether a service that was just installed may start; 101 means no. */
const SERVICE_POLICY_FILE = '/usr/sbin/policy-rc.d';

/**
 * Path of a Redis or Valkey server: from PATH, else installed with apt-get when we may.
 * @throws {LocalServiceError} REDIS_MISSING, naming the choices
 */
export async function findRedis(
  log: (line: string) => void,
  servicePolicyFile = SERVICE_POLICY_FILE,
): Promise<string> {
  const present = onPath(...NAMES);
  if (present) return present;
  if (process.getuid?.() !== 0) {
    throw new LocalServiceError(
      'REDIS_MISSING',
      `no Redis found (redis-server or valkey-server in PATH): ${CHOICES}`,
    );
  }
  if (!onPath('apt-get')) {
    throw new LocalServiceError(
      'REDIS_MISSING',
      `no Redis found in PATH, and no apt-get to install it with: ${CHOICES}`,
    );
  }
  await installRedis(log, servicePolicyFile);
  const installed = onPath(...NAMES);
  if (installed) return installed;
  throw new LocalServiceError('REDIS_MISSING', `apt-get installed Redis, but it is not in PATH: ${CHOICES}`);
}

async function installRedis(log: (line: string) => void, servicePolicyFile: string): Promise<void> {
  log('no Redis found: installing redis-server with apt-get (once; takes up to a minute)');
  // The project runs its own Redis, so the system's must not start. A policy that is there already stays.
  const ownPolicy = !existsSync(servicePolicyFile);
  const apt = (...args: string[]) =>
    run('apt-get', ['-q', ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      timeout: APT_TIMEOUT_MS,
      maxBuffer: 64 * 1024 * 1024,
    });
  const started = performance.now();
  const elapsed = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  const progress = setInterval(() => log(`apt-get is running, ${elapsed()}`), PROGRESS_EVERY_MS);
  try {
    if (ownPolicy) writeFileSync(servicePolicyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    await apt('update');
    await apt('install', '-y', '--no-install-recommends', 'redis-server');
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    const reason = lastLines(stderr ?? '', 2) || message;
    throw new LocalServiceError(
      'REDIS_MISSING',
      `no Redis found, and apt-get can't install it (${reason}): ${CHOICES}`,
      {
        cause: error,
      },
    );
  } finally {
    clearInterval(progress);
    if (ownPolicy) rmSync(servicePolicyFile, { force: true });
  }
  log(`redis-server installed (${elapsed()})`);
}

/** The first of these programs that a directory of PATH holds. */
function onPath(...names: string[]): string | undefined {
  const directories = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  const candidates = names.flatMap((name) => directories.map((directory) => path.join(directory, name)));
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return statSync(file).isFile();
    } catch {
      return false;
    }
  });
}
