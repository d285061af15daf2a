import { randomBytes, randomUUID } from 'node:crypto';
import { createConnection, type Socket } from 'node:net';
import { clientFrame, FrameReader } from './frame-reader.ts';

/** What the process of the receivers is told. `@ID@` in a hello becomes a UUID. Of `deaf` receivers one never reads. */
export type Order =
  | {
      readonly kind: 'connect';
      readonly port: number;
      readonly path: string;
      readonly count: number;
      readonly hello: readonly string[][];
      readonly deaf: number;
    }
  /** Forget what has come; tell when every listening receiver has so many messages more. */
  | { readonly kind: 'expect'; readonly messages: number }
  | { readonly kind: 'close' };

/** What it tells. Instants are nanoseconds of the machine's monotonic clock, as text. */
export type Told =
  | { readonly kind: 'ready' }
  | { readonly kind: 'connected' }
  | { readonly kind: 'expecting' }
  | { readonly kind: 'received'; readonly at: string; readonly bytes: number }
  | { readonly kind: 'closed' };

interface Receiver {
  readonly socket: Socket;
  readonly deaf: boolean;
  messages: number;
}

/** Sockets that take no more memory or time than reading a message needs. Started by `receiver-process.ts`. */
export class Receivers {
  readonly #tell: (told: Told) => void;
  readonly #shared = Buffer.allocUnsafe(256 * 1024);
  #receivers: Receiver[] = [];
  #expected = Infinity;
  #outstanding = 0;
  #bytes = 0;

  constructor(tell: (told: Told) => void) {
    this.#tell = tell;
  }

  async take(order: Order): Promise<void> {
    if (order.kind === 'expect') {
      this.#expected = order.messages;
      this.#bytes = 0;
      const hearing = this.#receivers.filter(({ deaf }) => !deaf);
      this.#outstanding = hearing.length;
      for (const receiver of hearing) receiver.messages = 0;
      this.#tell({ kind: 'expecting' });
    } else if (order.kind === 'close') {
      await Promise.all(
        this.#receivers.map(
          ({ socket }) => new Promise((resolve) => socket.once('close', resolve).destroy()),
        ),
      );
      this.#receivers = [];
      this.#tell({ kind: 'closed' });
    } else {
      const { count, port, path, hello, deaf } = order;
      const AT_A_TIME = 50;
      for (let start = 0; start < count; start += AT_A_TIME) {
        const some = Array.from({ length: Math.min(AT_A_TIME, count - start) }, (_, index) => {
          const number = start + index;
          return this.#connect(
            port,
            path,
            hello[number % hello.length] ?? [],
            deaf > 0 && number % deaf === deaf - 1,
          );
        });
        await Promise.all(some);
      }
      this.#tell({ kind: 'connected' });
    }
  }

  /** Connects, says its hello, one message after each answer, and listens. */
  #connect(port: number, path: string, hello: readonly string[], deaf: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      let upgraded = false;
      const id = randomUUID();
      const say = hello.map((message) => message.replace('@ID@', id));
      const settle = (): void => {
        receiver.messages = 0;
        if (deaf) socket.pause();
        resolve();
      };
      const next = (): void => {
        const message = say.shift();
        if (message !== undefined) socket.write(clientFrame('text', message));
        // Nobody answers the last one.
        if (say.length === 0) settle();
      };
      const reader = new FrameReader(
        {
          onText: (length) => {
            if (say.length > 0) {
              next();
              return;
            }
            this.#bytes += length;
            receiver.messages += 1;
            if (receiver.messages !== this.#expected || deaf) return;
            this.#outstanding -= 1;
            if (this.#outstanding === 0)
              this.#tell({ kind: 'received', at: process.hrtime.bigint().toString(), bytes: this.#bytes });
          },
          onPing: () => socket.write(clientFrame('pong')),
          onClose: (code) => {
            socket.end();
            // Too late to matter for one that has settled.
            reject(new Error(`the server has closed a socket with ${code}`));
          },
        },
        false,
      );
      const socket = createConnection({
        port,
        host: '127.0.0.1',
        noDelay: true,
        onread: {
          buffer: this.#shared,
          callback: (length, buffer) => {
            let data = (buffer as Buffer).subarray(0, length);
            if (!upgraded) {
              const end = data.indexOf('\r\n\r\n');
              if (!data.subarray(0, 12).equals(Buffer.from('HTTP/1.1 101')))
                reject(new Error(data.toString()));
              upgraded = true;
              data = data.subarray(end + 4);
              next();
            }
            reader.push(data);
            return true;
          },
        },
      });
      const receiver: Receiver = { socket, deaf, messages: 0 };
      this.#receivers.push(receiver);
      socket.on('error', reject);
      socket.on('connect', () => {
        const key = randomBytes(16).toString('base64');
        socket.write(
          `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
            `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`,
        );
      });
    });
  }
}
