import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

/** What `ws` can do at its best: the same bytes to every socket. Told by its parent what to send and how often. */
export interface Broadcast {
  readonly kind: 'broadcast';
  readonly text: string;
  readonly times: number;
}

const server = createServer();
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
server.on('upgrade', (request, stream, head) => {
  sockets.handleUpgrade(request, stream, head, (socket) => socket.on('message', () => undefined));
});
process.on('message', (order: Partial<Broadcast>) => {
  if (order.kind !== 'broadcast' || order.text === undefined) return;
  const bytes = Buffer.from(order.text);
  let left = order.times ?? 1;
  const next = (): void => {
    for (const socket of sockets.clients) socket.send(bytes, { binary: false });
    left -= 1;
    if (left > 0) setImmediate(next);
  };
  next();
});
server.listen(0, '127.0.0.1', () => {
  process.send?.({ kind: 'ready', port: (server.address() as AddressInfo).port });
});
