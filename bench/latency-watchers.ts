import { randomBytes } from 'node:crypto';
import { createConnection, type Socket } from 'node:net';
import { clientFrame, FrameReader } from './fanout/frame-reader.ts';

const QUERY = `subscription($id: ID!) {
  shipmentUpdated(id: $id) {
    cursor
    event { eventID eventTypeCode eventClassifierCode eventDateTime }
    shipment { id reference status arrival { planned estimated actual } }
  }
}`;
const EVENT_ID = Buffer.from('"eventID":"');
const NEXT = Buffer.from('"type":"next"');
const UUID_LENGTH = 36;

/** Subscribers that note when which event has arrived, and do nothing else with it. */
export class Watchers {
  /** Instants of `performance.now()`, by event. */
  readonly arrivals = new Map<string, number[]>();
  received = 0;
  readonly #address: { readonly host: string; readonly port: number };
  readonly #shared = Buffer.allocUnsafe(64 * 1024);
  #sockets: Socket[] = [];

  /** @param address host:port of the gateway */
  constructor(address: string) {
    const [host = '', port] = address.split(':');
    this.#address = { host, port: Number(port) };
  }

  /** Opens sockets with one subscription for each of the shipments that each is to watch. */
  async connect(
    count: number,
    tokens: readonly string[],
    watched: (number: number) => readonly string[],
  ): Promise<void> {
    const AT_A_TIME = 50;
    for (let start = 0; start < count; start += AT_A_TIME) {
      const some = Array.from({ length: Math.min(AT_A_TIME, count - start) }, (_, index) =>
        this.#open(tokens[(start + index) % tokens.length] ?? '', watched(start + index)),
      );
      await Promise.all(some);
    }
  }

  forget(): void {
    this.arrivals.clear();
    this.received = 0;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets = [];
  }

  #open(token: string, ids: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      let upgraded = false;
      const say = (message: object): void => void socket.write(clientFrame('text', JSON.stringify(message)));
      const acknowledged = (): void => {
        for (const [index, id] of ids.entries())
          say({ id: String(index), type: 'subscribe', payload: { query: QUERY, variables: { id } } });
        resolve();
      };
      const reader = new FrameReader(
        {
          onText: (_, payload) => {
            if (!payload) return;
            if (payload.includes(NEXT)) this.#note(payload);
            else if (payload.includes('connection_ack')) acknowledged();
            else reject(new Error(payload.toString()));
          },
          onPing: () => socket.write(clientFrame('pong')),
          onClose: () => socket.end(),
        },
        true,
      );
      const socket = createConnection({
        ...this.#address,
        noDelay: true,
        onread: {
          buffer: this.#shared,
          callback: (length, buffer) => {
            let data = (buffer as Buffer).subarray(0, length);
            if (!upgraded) {
              upgraded = true;
              data = data.subarray(data.indexOf('\r\n\r\n') + 4);
              say({ type: 'connection_init', payload: { Authorization: `Bearer ${token}` } });
            }
            reader.push(data);
            return true;
          },
        },
      });
      this.#sockets.push(socket);
      socket.on('error', reject);
      socket.on('connect', () => {
        const { host, port } = this.#address;
        socket.write(
          `GET /graphql HTTP/1.1\r\nHost: ${host}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
            `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n` +
            `Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`,
        );
      });
    });
  }

  #note(payload: Buffer): void {
    const now = performance.now();
    const start = payload.indexOf(EVENT_ID);
    if (start < 0) throw new Error(`an update without an event: ${payload.toString()}`);
    const begin = start + EVENT_ID.length;
    const eventID = payload.toString('latin1', begin, begin + UUID_LENGTH);
    const known = this.arrivals.get(eventID);
    if (known) known.push(now);
    else this.arrivals.set(eventID, [now]);
    this.received += 1;
  }
}
