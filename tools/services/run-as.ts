import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { LocalServiceError } from './errors.ts';

const run = promisify(execFile);

/** Linux capabilities that let a process through directories it has no permission for, the weaker one first. */
const CAPABILITIES = [
  { name: 'dac_read_search', bit: 2 },
  { name: 'dac_override', bit: 1 },
] as const;

/** How to run PostgreSQL's programs: as ourselves, or, since they refuse to run as root, as another user. */
export interface RunAs {
  /** Set when it is another user, who must own the data. */
  readonly user?: { name: string; uid: number; gid: number };
  /** What to pass to `spawn` for a program. */
  command(file: string, args: string[]): { file: string; args: string[]; uid?: number; gid?: number };
}

/**
 * Decides how to run PostgreSQL's programs.
 * @param paths files and directories that they must reach
 * @param owner who owns the data already, if there are any
 * @throws {LocalServiceError} POSTGRES_USER when we are root and no other user can reach them
 */
export async function runAs(paths: string[], owner?: { uid: number; gid: number }): Promise<RunAs> {
  if (process.getuid?.() !== 0) return { command: (file, args) => ({ file, args }) };
  const user = owner && owner.uid !== 0 ? { name: `number ${owner.uid}`, ...owner } : await postgresUser();
  const { uid, gid } = user;
  if (paths.every((each) => canReach(each, uid, gid))) {
    return { user, command: (file, args) => ({ file, args, uid, gid }) };
  }
  // Below a closed directory such as /root: the user gets one capability, to pass through it.
  const privileges = passThroughPrivileges();
  if (privileges === undefined) {
    throw new LocalServiceError(
      'POSTGRES_USER',
      `PostgreSQL refuses to run as root, and user ${user.name} can't reach ${paths.join(' and ')}: move the project ` +
        `and DATA_DIR out of closed directories such as /root, run as another user, or set DATABASE_URL`,
    );
  }
  const change = ['--reuid', `${uid}`, '--regid', `${gid}`, '--clear-groups', ...privileges, '--'];
  return { user, command: (file, args) => ({ file: 'setpriv', args: [...change, file, ...args] }) };
}

/** An existing `postgres` user, else a new one, else `nobody`. */
async function postgresUser(): Promise<{ name: string; uid: number; gid: number }> {
  const existing = lookUpUser('postgres');
  if (existing) return existing;
  const home = ['--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin'];
  // useradd is missing or the file system read-only: `nobody` does too.
  await run('useradd', ['--system', '--user-group', ...home, 'postgres']).catch(() => {});
  const user = lookUpUser('postgres') ?? lookUpUser('nobody');
  if (user) return user;
  throw new LocalServiceError(
    'POSTGRES_USER',
    'PostgreSQL refuses to run as root, and there is no user "postgres" or "nobody": create one, run as another user, or set DATABASE_URL',
  );
}

function lookUpUser(name: string): { name: string; uid: number; gid: number } | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid && gid && uid !== '0' ? { name, uid: Number(uid), gid: Number(gid) } : undefined;
}

/** Whether permission bits let a user through every directory on the way, and into the last one. */
function canReach(target: string, uid: number, gid: number): boolean {
  for (let each = realpathSync(target); ; each = path.dirname(each)) {
    const { mode, uid: owner, gid: group } = statSync(each);
    const execute = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
    if ((mode & execute) === 0) return false;
    if (each === path.dirname(each)) return true;
  }
}

/**
 * Arguments for util-linux's `setpriv` that leave a program, whoever runs it, one of our capabilities; `undefined`
 * where that doesn't work. Without the secure bit, access(2) would answer as if the capability weren't there.
 */
function passThroughPrivileges(): string[] | undefined {
  try {
    const effective = BigInt(
      `0x${/^CapEff:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''}`,
    );
    const held = CAPABILITIES.find(({ bit }) => (effective >> BigInt(bit)) & 1n);
    if (held === undefined) return undefined;
    const only = `-all,+${held.name}`;
    const privileges = ['--securebits', '+no_setuid_fixup', '--inh-caps', only, '--ambient-caps', only];
    execFileSync('setpriv', [...privileges, 'true'], { stdio: 'ignore' });
    return privileges;
  } catch {
    return undefined;
  }
}
