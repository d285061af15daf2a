// Plain JavaScript without dependencies: tools/install.mjs needs it before anything is installed.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const RELEASED = 'released';
/** An owner file is empty for the instant between its creation and its first write; longer means a crash. */
const CLAIM_GRACE_MS = 2_000;

/**
 * What tells a running process from a later one with the same id: its start time.
 * `undefined` when no such process runs; a zombie, which holds nothing any more, counts as ended.
 */
export function processStart(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  if (process.platform !== 'linux') return processStartFromPs(pid);
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name (field 2) is in parentheses and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function processStartFromPs(pid) {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
  } catch {
    return undefined;
  }
}

/** True when the very process that was recorded as `{ pid, started }` still runs. */
export function isRunning(identity) {
  const started = processStart(identity.pid);
  return started !== undefined && started === identity.started;
}

/**
 * Claims a name in a directory for this process, across processes and crashes.
 *
 * The owner is whoever created the file `NAME.owner.N` with the highest N, exclusively. A file of a dead process
 * is stale and is overtaken by creating N + 1, never by removing N: two processes that see the same stale file
 * compete for one file name, so only one wins. Numbers are never used twice; releasing keeps the last file.
 */
export function claim(directory, name) {
  mkdirSync(directory, { recursive: true });
  const prefix = `${name}.owner.`;
  const fileOf = (generation) => path.join(directory, prefix + generation);
  const generations = () =>
    readdirSync(directory)
      .filter((entry) => entry.startsWith(prefix) && /^\d+$/.test(entry.slice(prefix.length)))
      .map((entry) => Number(entry.slice(prefix.length)))
      .sort((a, b) => a - b);

  for (;;) {
    const last = generations().at(-1) ?? 0;
    const owner = last === 0 ? undefined : readOwner(fileOf(last));
    if (owner !== undefined && (owner.pid === 0 || isRunning(owner))) return { owned: false, owner };

    const mine = fileOf(last + 1);
    try {
      writeFileSync(mine, JSON.stringify({ pid: process.pid, started: processStart(process.pid) }), {
        flag: 'wx',
      });
    } catch (error) {
      if (error.code === 'EEXIST') continue;
      throw error;
    }
    const seen = generations();
    if (seen.at(-1) !== last + 1) {
      // Somebody was two steps ahead of a slow reader.
      rmSync(mine, { force: true });
      continue;
    }
    for (const old of seen.slice(0, -1)) rmSync(fileOf(old), { force: true });
    return {
      owned: true,
      release() {
        if (existsSync(mine)) writeFileSync(mine, RELEASED);
      },
    };
  }
}

/** The recorded owner; pid 0 while its claim is being written; `undefined` when released or unreadable for good. */
function readOwner(file) {
  try {
    const text = readFileSync(file, 'utf8');
    if (text === RELEASED) return undefined;
    if (text === '')
      return Date.now() - statSync(file).mtimeMs < CLAIM_GRACE_MS ? { pid: 0, started: '' } : undefined;
    const owner = JSON.parse(text);
    return Number.isInteger(owner.pid) && typeof owner.started === 'string' ? owner : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error.code === 'ENOENT') return undefined;
    throw error;
  }
}
