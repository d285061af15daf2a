import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { FanoutMetrics } from './live/fanout-metrics.ts';
import { Waiting } from './live/backlog.ts';
import type { Update } from './live/update.ts';

/** Characters of a frame that is sent as one text; larger ones are sent in parts, which are not copied. */
const MAX_TEXT = 32 * 1024;
const END = Buffer.from('}');

/**
 * Writes updates to a WebSocket as whole frames, beside ws, which writes whatever else there is: ws writes whole frames
 * too, in one turn each, since nothing is compressed. An update's bytes are shared by all sockets; what differs is the
 * length and the subscription's id.
 */
export class SocketWriter {
  readonly waiting: Waiting;
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  readonly #onProgress: () => void;
  #callbacks: (() => void)[] | null = null;

  /**
   * @param stream the connection under the WebSocket
   * @param onProgress called when a client that was behind has read something
   */
  constructor(
    socket: WebSocket,
    stream: Duplex,
    level: FanoutMetrics['waitingUpdates'],
    onProgress: () => void,
  ) {
    this.#socket = socket;
    this.#stream = stream;
    this.waiting = new Waiting(level);
    this.#onProgress = onProgress;
  }

  /** Whether everything that was written has left this process. */
  isFree(): boolean {
    return this.#stream.writableLength === 0;
  }

  whenFree(callback: () => void): void {
    if (this.#callbacks) {
      this.#callbacks.push(callback);
      return;
    }
    this.#callbacks = [callback];
    this.#awaitFree();
  }

  /** @param prefix of the message up to its payload, one character for each byte */
  send(prefix: string, update: Update): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const length = prefix.length + update.json.length + 1;
    const stream = this.#stream;
    if (length <= MAX_TEXT) {
      // Latin-1 is one byte for each character: the bytes as they are, without a buffer for each socket.
      stream.write(`${header(length)}${prefix}${update.binary}}`, 'latin1');
      return;
    }
    stream.cork();
    stream.write(header(length) + prefix, 'latin1');
    stream.write(update.json);
    stream.write(END);
    stream.uncork();
  }

  #awaitFree(): void {
    // Its turn comes when everything before it has left.
    this.#stream.write('', 'latin1', this.#left);
  }

  readonly #left = (error?: Error | null): void => {
    if (error || this.#socket.readyState !== this.#socket.OPEN) {
      this.#callbacks = null;
      return;
    }
    this.#onProgress();
    const callbacks = this.#callbacks ?? [];
    this.#callbacks = [];
    for (const [index, callback] of callbacks.entries()) {
      if (!this.isFree()) {
        this.#callbacks.unshift(...callbacks.slice(index));
        break;
      }
      callback();
    }
    if (this.#callbacks.length > 0) this.#awaitFree();
    else this.#callbacks = null;
  };
}

const TEXT = 0x81;

/** Of an unmasked text frame in one piece. */
function header(length: number): string {
  if (length < 126) return String.fromCharCode(TEXT, length);
  if (length < 65_536) return String.fromCharCode(TEXT, 126, length >> 8, length & 0xff);
  const bytes = Buffer.alloc(10);
  bytes[0] = TEXT;
  bytes[1] = 127;
  bytes.writeUIntBE(length, 4, 6);
  return bytes.toString('latin1');
}
