/** Loaded into the programs under measurement: tells their parent what they use. */
export interface Asked {
  readonly kind: 'usage';
  readonly collect: boolean;
}

export interface Usage {
  readonly kind: 'usage';
  /** Microseconds of CPU, all threads. */
  readonly cpu: number;
  /** Bytes that the process holds of the machine's memory. */
  readonly resident: number;
  /** Bytes in use of JavaScript's heap and outside of it. */
  readonly used: number;
  /** Timers, sockets and whatever else keeps a process busy, by kind. */
  readonly resources: Readonly<Record<string, number>>;
}

process.on('message', (asked: Partial<Asked>) => {
  if (asked.kind !== 'usage') return;
  const collect = (globalThis as { gc?: () => void }).gc;
  if (asked.collect === true) for (let time = 0; time < 3; time += 1) collect?.();
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  const resources: Record<string, number> = {};
  for (const resource of process.getActiveResourcesInfo())
    resources[resource] = (resources[resource] ?? 0) + 1;
  process.send?.({
    kind: 'usage',
    cpu: user + system,
    resident: rss,
    used: heapUsed + external,
    resources,
  } satisfies Usage);
});
// Nobody left to ask is a reason to go.
process.on('disconnect', () => process.exit(1));
