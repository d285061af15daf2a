import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks of Linux: a hundredth of a second. */
const TICK = 10;

/** Milliseconds of processor time that a process and its children have used, the ended ones too. Linux only, else 0. */
export function processorTime(pid: number): number {
  // Our own children are processes under test.
  if (pid === process.pid) {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  }
  const own = ticksOf(pid);
  if (own === null) return 0;
  const children = pidsOfSystem().filter((child) => ticksOf(child)?.parent === pid);
  const ofChildren = children.reduce((sum, child) => sum + (ticksOf(child)?.used ?? 0), 0);
  return (own.used + own.ofEndedChildren + ofChildren) * TICK;
}

/** Bytes of memory that a process holds; 0 where it can't be told. */
export function residentMemory(pid: number): number {
  try {
    const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kibibytes ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function pidsOfSystem(): number[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? Number(name) : []));
}

function ticksOf(pid: number): { parent: number; used: number; ofEndedChildren: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold anything.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const at = (place: number): number => fields[place] ?? 0;
    return { parent: at(1), used: at(11) + at(12), ofEndedChildren: at(13) + at(14) };
  } catch {
    return null;
  }
}
