// Runs before `npm start` and `npm test`: makes a fresh clone work, and costs next to nothing when all is in place.
// Plain JavaScript without dependencies, because nothing is installed yet.
import { spawn } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { accessSync, constants as modes, mkdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { generateClient, isGenerated } from './generate.mjs';
import { finishInstallation, packagesAreInstalled, productionOnly } from './installed-packages.mjs';
import { claim } from './ownership.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const PROGRESS_EVERY_MS = 5_000;
const ERROR_LINES = 15;

/** A failure that the person at the keyboard can act on: its message is printed alone, without a stack. */
class InstallError extends Error {}

try {
  await main();
} catch (error) {
  // A failed system call (disk full, read-only, no permission) says by itself what and where.
  if (!(error instanceof InstallError) && error.syscall === undefined) throw error;
  console.error(`install: ${error.message}`);
  process.exitCode = 1;
}

async function main() {
  requireNodeVersion();
  if (isUpToDate()) return;
  const lock = await claimInstall();
  try {
    // Another process may have done all of it while this one waited.
    if (!packagesAreInstalled(root)) await installPackages();
    if (!isGenerated(root)) await generate();
  } finally {
    lock.release();
  }
}

function isUpToDate() {
  return packagesAreInstalled(root) && isGenerated(root);
}

function requireNodeVersion() {
  const { engines } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const range = /^>=(\d+)\.(\d+) <(\d+)$/.exec(engines.node);
  if (range === null)
    throw new InstallError(`package.json: engines.node is "${engines.node}", expected ">=A.B <C"`);
  const [minMajor, minMinor, endMajor] = range.slice(1).map(Number);
  const [major, minor] = process.versions.node.split('.').map(Number);
  const isOldEnough = major < endMajor;
  const isNewEnough = major > minMajor || (major === minMajor && minor >= minMinor);
  if (!isOldEnough || !isNewEnough) {
    throw new InstallError(
      `Node.js ${minMajor}.${minMinor} or newer, but older than ${endMajor}, is needed; this is ${process.version} (${process.execPath})`,
    );
  }
}

async function claimInstall() {
  const directory = path.join(root, '.supercargo');
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(root, modes.W_OK);
    for (let waited = false; ; waited = true) {
      const lock = claim(directory, 'install');
      if (lock.owned) return lock;
      if (!waited) console.log(`install: waiting for process ${lock.owner.pid}, which is installing`);
      await sleep(200);
    }
  } catch (error) {
    if (error.syscall === undefined) throw error;
    throw new InstallError(`cannot write to ${error.path ?? root}: ${error.code}`);
  }
}

async function installPackages() {
  // npm starts this script, so it also says where it lives itself; other package managers can't read package-lock.json.
  const npmCli = /npm-cli\.c?js$/.test(process.env.npm_execpath ?? '') ? process.env.npm_execpath : undefined;
  const [file, prefix] = npmCli === undefined ? ['npm', []] : [process.execPath, [npmCli]];
  // Without a network npm would retry for minutes, where it can only succeed at once, from its cache, or never.
  const retries = (await isOnline()) ? [] : ['--fetch-retries=0'];
  await step('installing the packages (npm ci)', 'npm ci', () =>
    // No install scripts: npm 11 skips them anyway, npm 10 would let Prisma's try to download an engine that is not
    // used here. The only script that matters, linking Postgres' libraries, is done below. `engine-strict` stays off
    // and the log level at "error" because warnings about packages that support fewer Node versions help nobody here.
    run(file, [
      ...prefix,
      'ci',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      productionOnly ? '--omit=dev' : '--include=dev',
      ...retries,
    ]),
  );
  try {
    finishInstallation(root);
  } catch (error) {
    throw new InstallError(error.message);
  }
}

async function isOnline() {
  const registry = process.env.npm_config_registry ?? 'https://registry.npmjs.org/';
  return lookup(new URL(registry).hostname).then(
    () => true,
    () => false,
  );
}

async function generate() {
  await step('generating the Prisma client', 'prisma generate', async () => {
    try {
      await generateClient(root);
    } catch (error) {
      throw new InstallError(error.message);
    }
  });
}

/** Runs one slow step and keeps saying that it is alive. */
async function step(doing, name, work) {
  const started = performance.now();
  const elapsed = () => ((performance.now() - started) / 1000).toFixed(1);
  console.log(`install: ${doing} …`);
  const progress = setInterval(
    () => console.log(`install: ${name} is running, ${elapsed()} s`),
    PROGRESS_EVERY_MS,
  );
  try {
    await work();
  } finally {
    clearInterval(progress);
  }
  console.log(`install: ${name} took ${elapsed()} s`);
}

/** Runs a command, showing its output only when it fails. */
async function run(file, args) {
  const child = spawn(file, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  // Asked politely, npm first finishes and then undoes what it was doing; half an installation is redone anyway.
  const abort = (signal) => {
    child.kill('SIGKILL');
    process.exit(128 + constants.signals[signal]);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.once(signal, abort);
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const failure = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : `exit code ${code ?? signal}`));
  });
  for (const signal of signals) process.removeListener(signal, abort);
  if (failure === undefined) return;
  const lines = output
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.includes('A complete log of this run'));
  throw new InstallError([`npm ci failed (${failure})`, ...lines.slice(-ERROR_LINES)].join('\n  '));
}
