/** A process, told from a later one with the same id by its start time (an opaque text). */
export interface ProcessIdentity {
  pid: number;
  started: string;
}
export type Claim = { owned: true; release(): void } | { owned: false; owner: ProcessIdentity };

export function processStart(pid: number): string | undefined;
export function isRunning(identity: ProcessIdentity): boolean;
export function claim(directory: string, name: string): Claim;
