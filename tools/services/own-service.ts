import { isRunning } from '../ownership.mjs';
import type { ProcessIdentity } from '../ownership.mjs';
import { LocalServiceError } from './errors.ts';
import type { LocalServer } from './local-server.ts';
import { freePort, isFree } from './ports.ts';
import { readState, writeState } from './service-kind.ts';
import type { Log, ServiceKind, ServiceState } from './service-kind.ts';

const PORT_ATTEMPTS = 3;

/**
 * Runs a service in a directory that the caller has claimed: takes over the server that a dead owner left running,
 * else starts one, on the port of the last time if that is free.
 * @param fixedPort the only port that will do, for a service whose URL is already known to others
 * @throws {LocalServiceError}
 */
export async function ownService(kind: ServiceKind, log: Log, fixedPort?: number): Promise<LocalServer> {
  const last = readState(kind);
  if (last && isRunning(last)) {
    const server = await adopt(kind, last, log);
    if (server !== undefined) {
      if (fixedPort === undefined || fixedPort === server.port) return server;
      await server.stop();
    }
  }
  for (let attempt = 1; ; attempt += 1) {
    const remembered = attempt === 1 && last && (await isFree(last.port)) ? last.port : undefined;
    try {
      return await start(kind, fixedPort ?? remembered ?? (await freePort()), log);
    } catch (error) {
      // Somebody was faster to the port: any other is as good, unless this one has been promised.
      const isPortTaken = error instanceof LocalServiceError && error.code === 'PORT_IN_USE';
      if (!isPortTaken || fixedPort !== undefined || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function adopt(kind: ServiceKind, last: ServiceState, log: Log): Promise<LocalServer | undefined> {
  try {
    const server = await kind.adopt(last.port, last);
    writeState(kind, { ...last, url: server.url });
    log(`took over ${kind.name} on 127.0.0.1:${last.port}, which an earlier process left running`);
    return server;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log(`ended ${kind.name} on 127.0.0.1:${last.port}, which an earlier process left running: ${reason}`);
    return undefined;
  }
}

async function start(kind: ServiceKind, port: number, log: Log): Promise<LocalServer> {
  const begun = performance.now();
  let process: ProcessIdentity | undefined;
  const server = await kind.start(port, (identity) => {
    process = identity;
    writeState(kind, { ...identity, port });
  });
  if (process) writeState(kind, { ...process, port, url: server.url });
  log(
    `${kind.name} runs on 127.0.0.1:${port} (started in ${((performance.now() - begun) / 1000).toFixed(1)} s)`,
  );
  return server;
}
