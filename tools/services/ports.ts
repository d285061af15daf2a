import { connect, createServer } from 'node:net';

const HOST = '127.0.0.1';

/** A TCP port of 127.0.0.1 that nobody listens on right now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await listen(server, 0);
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no TCP address for a TCP server');
  return address.port;
}

/** Whether a TCP port of 127.0.0.1 can be listened on. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await listen(server, port);
  } catch {
    return false;
  }
  await new Promise((resolve) => server.close(resolve));
  return true;
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: HOST, exclusive: true }, resolve);
  });
}

/**
 * Sends bytes to a port of 127.0.0.1 and resolves with what came back as soon as `enough` says so; `undefined` when
 * the port doesn't answer in time.
 */
export function exchange(
  port: number,
  request: string,
  enough: (answer: string) => boolean,
  timeoutMs: number,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: HOST });
    let answer = '';
    const finish = (result: string | undefined): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(timeoutMs, () => finish(undefined));
    socket.once('error', () => finish(undefined));
    socket.once('close', () => finish(undefined));
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk;
      if (enough(answer)) finish(answer);
    });
    socket.write(request);
  });
}
