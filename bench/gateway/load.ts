import { connect, type Socket } from 'node:net';

/** What one run of load came to. */
export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly failures: number;
}

/**
 * Keeps connections busy with POST requests, one at a time each, over bare sockets so that it costs little.
 * @param bodyOf the body of the n-th request
 * @param headersOf its further headers, each line with its end
 */
export async function load(
  port: number,
  path: string,
  bodyOf: (index: number) => string,
  connections: number,
  seconds: number,
  headersOf: (index: number) => string = () => '',
): Promise<LoadResult> {
  const times: number[] = [];
  let index = 0;
  let failures = 0;
  const begin = performance.now();
  const end = begin + seconds * 1_000;
  const next = (): string => {
    const body = bodyOf(index);
    const headers = headersOf(index);
    index += 1;
    return (
      `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n` +
      `accept: application/json\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
    );
  };
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(port, '127.0.0.1');
      socket.setNoDelay(true);
      const reader = new ResponseReader(socket);
      try {
        while (performance.now() < end) {
          const sent = performance.now();
          socket.write(next());
          const status = await reader.read();
          if (status !== 200) failures += 1;
          times.push(performance.now() - sent);
        }
      } catch {
        failures += 1;
      } finally {
        socket.destroy();
      }
    }),
  );
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor((times.length - 1) * share)] ?? 0;
  const elapsed = (performance.now() - begin) / 1_000;
  return { requests: times.length, seconds: elapsed, p50: at(0.5), p99: at(0.99), failures };
}

const HEAD_END = '\r\n\r\n';
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/** Reads answers off a socket, one after the other, without looking at their bodies. */
class ResponseReader {
  #done: ((status: number) => void) | null = null;
  #failed: ((error: Error) => void) | null = null;
  #head = '';
  #status = 0;
  /** Bytes still to come; null while the head isn't complete; -1 for chunks. */
  #left: number | null = null;

  constructor(socket: Socket) {
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => this.#failed?.(error));
    socket.on('close', () => this.#failed?.(new Error('the connection was closed')));
  }

  read(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#done = resolve;
      this.#failed = reject;
    });
  }

  #take(chunk: Buffer): void {
    let body = chunk;
    if (this.#left === null) {
      const text = chunk.toString('latin1');
      const end = (this.#head + text).indexOf(HEAD_END);
      if (end < 0) {
        this.#head += text;
        return;
      }
      const head = (this.#head + text).slice(0, end).toLowerCase();
      body = chunk.subarray(end + HEAD_END.length - this.#head.length);
      this.#head = '';
      this.#status = Number(head.split(' ', 2)[1]);
      const length = /content-length: (\d+)/.exec(head)?.[1];
      this.#left = length === undefined ? -1 : Number(length);
    }
    if (this.#left >= 0) this.#left -= body.length;
    const complete =
      this.#left === 0 || (this.#left < 0 && body.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK));
    if (!complete) return;
    this.#left = null;
    this.#done?.(this.#status);
  }
}
