/** The parts of a WebSocket frame that matter to a receiver that only counts. */
const TEXT = 0x1;
const CLOSE = 0x8;
const PING = 0x9;

export interface FrameEvents {
  /** A whole text message has come; `length` is that of its payload in bytes. */
  readonly onText: (length: number, payload: Buffer | null) => void;
  readonly onPing: () => void;
  readonly onClose: (code: number) => void;
}

/**
 * Walks over a server's frames at next to no cost, so that receivers don't take from the core what the sender needs.
 * Servers mask nothing; payloads are looked at only where asked for.
 */
export class FrameReader {
  readonly #events: FrameEvents;
  readonly #keep: boolean;
  #rest: Buffer | null = null;
  /** Bytes of the current payload that are still to come. */
  #missing = 0;
  #kind = 0;
  #length = 0;
  #parts: Buffer[] = [];

  /** @param keep whether `onText` gets payloads */
  constructor(events: FrameEvents, keep: boolean) {
    this.#events = events;
    this.#keep = keep;
  }

  push(chunk: Buffer): void {
    let data = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = null;
    for (;;) {
      if (this.#missing > 0) {
        const taken = Math.min(this.#missing, data.length);
        if (this.#keep || this.#kind === CLOSE) this.#parts.push(Buffer.from(data.subarray(0, taken)));
        this.#missing -= taken;
        data = data.subarray(taken);
        if (this.#missing > 0) return;
        this.#end();
      }
      if (data.length === 0) return;
      const header = headerLength(data);
      if (header === null || data.length < header) {
        this.#rest = Buffer.from(data);
        return;
      }
      this.#kind = (data[0] ?? 0) & 0xf;
      this.#length = this.#missing = payloadLength(data);
      data = data.subarray(header);
      if (this.#missing === 0) this.#end();
    }
  }

  #end(): void {
    const payload = this.#keep || this.#kind === CLOSE ? Buffer.concat(this.#parts) : null;
    this.#parts = [];
    if (this.#kind === TEXT) this.#events.onText(this.#length, payload);
    else if (this.#kind === PING) this.#events.onPing();
    else if (this.#kind === CLOSE)
      this.#events.onClose(payload && payload.length >= 2 ? payload.readUInt16BE(0) : 1005);
  }
}

function headerLength(data: Buffer): number | null {
  if (data.length < 2) return null;
  const short = (data[1] ?? 0) & 0x7f;
  if (short < 126) return 2;
  return short === 126 ? 4 : 10;
}

function payloadLength(data: Buffer): number {
  const short = (data[1] ?? 0) & 0x7f;
  if (short < 126) return short;
  return short === 126 ? data.readUInt16BE(2) : Number(data.readBigUInt64BE(2));
}

/** A client's frame: masked with zeros, which is a mask like any other. */
export function clientFrame(kind: 'text' | 'pong', text = ''): Buffer {
  const payload = Buffer.from(text);
  const head = Buffer.alloc(payload.length < 126 ? 6 : 8);
  head[0] = 0x80 | (kind === 'text' ? TEXT : 0xa);
  if (payload.length < 126) head[1] = 0x80 | payload.length;
  else {
    head[1] = 0x80 | 126;
    head.writeUInt16BE(payload.length, 2);
  }
  return Buffer.concat([head, payload]);
}
