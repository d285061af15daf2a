import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ProcessIdentity } from '../ownership.mjs';
import type { LocalServer } from './local-server.ts';

export type Log = (line: string) => void;

/** A kind of server that lives in a directory of its own. */
export interface ServiceKind {
  readonly name: string;
  readonly directory: string;
  /** How to ask it to end, politely first. */
  readonly stopSignals: readonly NodeJS.Signals[];
  /** `onSpawn` is called as soon as the process exists, before it answers. */
  start(port: number, onSpawn: (identity: ProcessIdentity) => void): Promise<LocalServer>;
  /** Takes over a running process; ends it when it doesn't answer. */
  adopt(port: number, identity: ProcessIdentity): Promise<LocalServer>;
}

/** What the owner of a service leaves in its directory for others, and for whoever comes after a crash. */
export interface ServiceState extends ProcessIdentity {
  port: number;
  /** Absent until it answers. */
  url?: string;
}

export function readState(kind: ServiceKind): ServiceState | undefined {
  try {
    return JSON.parse(readFileSync(stateFile(kind), 'utf8')) as ServiceState;
  } catch {
    // None yet. Written by renaming, so never half a file.
    return undefined;
  }
}

export function writeState(kind: ServiceKind, state: ServiceState): void {
  const file = stateFile(kind);
  // The URL holds the password.
  writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function stateFile(kind: ServiceKind): string {
  return path.join(kind.directory, 'state.json');
}
