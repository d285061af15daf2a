import { setMaxListeners } from 'node:events';
import { fileURLToPath } from 'node:url';
import { dirname } from 'node:path';
import { ConfigError, readConfig } from '#platform/config.ts';
import { createLifecycle } from '#platform/lifecycle.ts';
import { createLog } from '#platform/telemetry/log.ts';
import { startSupercargo } from './start.ts';

const FORCED_EXIT = 9_500;
const ROOT = dirname(fileURLToPath(import.meta.url));

async function main(): Promise<void> {
  setMaxListeners(50);
  const config = readConfig(process.env, ROOT);
  const log = createLog(config.logLevel);
  const lifecycle = createLifecycle(log);
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  // The terminal may be gone, which is when everything has to be stopped in order.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

  const stop = (exitCode: number): void => {
    if (lifecycle.stopping) return;
    // Whatever hangs, the promise of ending within ten seconds is kept.
    setTimeout(() => process.exit(exitCode || 1), FORCED_EXIT).unref();
    void lifecycle.stop().then(() => process.exit(exitCode));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!lifecycle.stopping) print(`stopping (${signal})`);
      stop(0);
    });
  }
  process.on('uncaughtException', (error) => {
    log.fatal({ error }, 'uncaught exception');
    stop(1);
  });

  try {
    await startSupercargo({ config, root: ROOT, log, lifecycle, print });
  } catch (error) {
    // Stopped while starting: what fails then is no news.
    if (lifecycle.stopping) return;
    reportFailure(error);
    stop(1);
  }
}

/** One line for what a person can put right; the whole story for a defect of ours. */
function reportFailure(error: unknown): void {
  const defect = [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);
  // Our own errors have names of their own; what Node throws is called just Error.
  const expected =
    error instanceof ConfigError || (error instanceof Error && error.name !== 'Error' && !defect);
  const text =
    error instanceof Error ? (expected ? error.message : (error.stack ?? error.message)) : String(error);
  process.stderr.write(`supercargo: ${text}\n`);
}

main().catch((error: unknown) => {
  reportFailure(error);
  process.exitCode = 1;
});
