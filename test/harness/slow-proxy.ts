import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server that a test makes slow, or breaks. */
export interface SlowProxy {
  readonly port: number;
  /** Lets nothing through for a while, in either direction, and then everything. @param duration milliseconds */
  stall(duration: number): Promise<void>;
  /** Breaks all connections; new ones can be made. */
  cut(): void;
  close(): Promise<void>;
}

/** Passes bytes on to a server on this machine. */
export async function startSlowProxy(target: number): Promise<SlowProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isStalled = false;
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    const pair = [client, upstream] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, [upstream, client]] as const) {
      from.on('error', () => undefined);
      from.once('close', () => {
        pairs.delete(pair);
        to.destroy();
      });
      from.on('data', (chunk: Buffer) => to.write(chunk));
      if (isStalled) from.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const all = (work: (socket: Socket) => void): void => {
    for (const pair of pairs) for (const socket of pair) work(socket);
  };
  return {
    port: (server.address() as AddressInfo).port,
    stall: async (duration) => {
      isStalled = true;
      all((socket) => socket.pause());
      await new Promise((resolve) => setTimeout(resolve, duration));
      isStalled = false;
      all((socket) => socket.resume());
    },
    cut: () => all((socket) => socket.destroy()),
    close: async () => {
      all((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
