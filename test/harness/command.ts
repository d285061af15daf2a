import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';

/** How a command ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it wrote to standard output and to standard error, npm's own lines aside. */
  readonly output: readonly string[];
  readonly complaints: readonly string[];
}

/** A command that runs as a person runs it: a process in a group of its own, as a terminal's foreground job is. */
export interface Command {
  readonly pid: number;
  /** What it was given beside the usual PATH, HOME and the like. */
  readonly env: Readonly<Record<string, string>>;
  /** Lines of standard output so far. */
  readonly output: readonly string[];
  /** Waits for a line of standard output. @throws when the command ends without one */
  line(pattern: RegExp): Promise<RegExpExecArray>;
  /** Signals the command alone, as a service manager does. Nothing when it has ended. */
  signal(signal: NodeJS.Signals): void;
  /** Signals everything in the foreground, as Ctrl-C in a terminal does. */
  signalGroup(signal: NodeJS.Signals): void;
  /** Settles the moment the command has ended. */
  readonly exited: Promise<void>;
  /** Settles when what it has written is there too. */
  readonly ended: Promise<Ending>;
}

/** A process as `/proc` shows it. */
export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  /** Its arguments, or what it calls itself. */
  readonly command: string;
}

const OUTPUT_GRACE = 1_000;
/** Taken over from this process; everything else that a command's environment should have is given to it. */
const INHERITED = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'TERM'];

/** Runs a command in the project's folder, with an environment of its own. */
export function runCommand(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Command {
  const inherited = Object.fromEntries(INHERITED.map((name) => [name, process.env[name]]));
  const child = spawn(file, args, {
    cwd: process.cwd(),
    env: { ...inherited, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file} could not be started`);
  const stdout = readLines(child.stdout);
  const stderr = readLines(child.stderr);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const ended = new Promise<Ending>((resolve) => {
    child.once('exit', (code, signal) => {
      // A process that was left behind keeps the pipes open.
      const patience = new Promise((done) => setTimeout(done, OUTPUT_GRACE).unref());
      void Promise.race([Promise.all([stdout.closed, stderr.closed]), patience]).then(() => {
        const output = stdout.lines.filter((line) => line !== '' && !line.startsWith('> '));
        const complaints = stderr.lines.filter((line) => !/^npm (warn|notice|error)/.test(line));
        resolve({ code, signal, output, complaints });
      });
    });
  });
  return {
    pid,
    env,
    output: stdout.lines,
    line: (pattern) => {
      const failed = ended.then(({ code, signal, output, complaints }) => {
        const said = [...output.slice(-5), ...complaints].join('\n');
        throw new Error(
          `${file} ${args.join(' ')} ended (${code ?? signal}) without a line like ${pattern}:\n${said}`,
        );
      });
      return Promise.race([stdout.find(pattern), failed]);
    },
    signal: (signal) => void child.kill(signal),
    signalGroup: (signal) => void process.kill(-pid, signal),
    exited,
    ended,
  };
}

interface Lines {
  readonly lines: readonly string[];
  readonly closed: Promise<void>;
  find(pattern: RegExp): Promise<RegExpExecArray>;
}

function readLines(stream: Readable): Lines {
  const lines: string[] = [];
  const reader: Interface = createInterface({ input: stream });
  const looking = new Set<(line: string) => void>();
  reader.on('line', (line) => {
    lines.push(line);
    for (const look of [...looking]) look(line);
  });
  return {
    lines,
    closed: new Promise((resolve) => reader.once('close', () => resolve())),
    find: (pattern) =>
      new Promise((resolve) => {
        const look = (line: string): void => {
          const match = pattern.exec(line);
          if (!match) return;
          looking.delete(look);
          resolve(match);
        };
        looking.add(look);
        for (const line of [...lines]) look(line);
      }),
  };
}

/**
 * The processes that belong to a directory: it stands in their arguments or their environment, or they work in it.
 * Servers that rename themselves are found by where they work. Zombies, which have ended, don't count.
 */
export function processesOf(directory: string): readonly RunningProcess[] {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.flatMap((pid): RunningProcess[] => {
    if (Number(pid) === process.pid) return [];
    const command = look(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    const environment = look(() => readFileSync(`/proc/${pid}/environ`, 'utf8'));
    const cwd = look(() => readlinkSync(`/proc/${pid}/cwd`));
    if (![command, environment, cwd].some((text) => text.includes(directory))) return [];
    return [{ pid: Number(pid), parent: parentOf(pid), command: command.replaceAll('\0', ' ').trim() }];
  });
}

function parentOf(pid: string): number {
  const stat = look(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** Nothing of a process that has just ended, or that isn't ours to look at. */
function look(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
