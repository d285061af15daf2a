import type { GraphQLError } from 'graphql';
import type { Heartbeat } from './heartbeat.ts';
import { Waiting } from './live/backlog.ts';
import type { Outlet } from './live/outlet.ts';
import type { LiveSubscriptions, Prepared } from './live/subscriptions.ts';
import type { Update } from './live/update.ts';
import { tooSlow } from './live/when-slow.ts';
import type { StreamFormat } from './stream-format.ts';

/** One subscription as the body of an HTTP answer. Holds no more than its reader asks for. */
export class HttpStream implements Outlet {
  readonly body: ReadableStream<Uint8Array>;
  readonly waiting: Waiting;
  readonly #format: StreamFormat;
  readonly #live: LiveSubscriptions;
  readonly #stopBeating: () => void;
  readonly #onEnd: () => void;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  /** Whether the reader waits. */
  #wanted = false;
  #callbacks: (() => void)[] = [];

  /**
   * @param signal aborts when the client has left
   * @param onEnd called when it has ended
   */
  constructor(
    prepared: Prepared,
    format: StreamFormat,
    live: LiveSubscriptions,
    heartbeat: Heartbeat,
    signal: AbortSignal,
    onEnd: () => void,
  ) {
    this.#onEnd = onEnd;
    this.#format = format;
    this.#live = live;
    this.waiting = new Waiting(live.fanout.waitingUpdates);
    this.#stopBeating = heartbeat.add(() => {
      if (this.#wanted) this.#write(format.heartbeat);
    });
    const source: UnderlyingDefaultSource<Uint8Array> = {
      start: (controller) => {
        this.#controller = controller;
        controller.enqueue(format.begin);
      },
      pull: () => this.#pulled(),
      cancel: () => leave(),
    };
    this.body = new ReadableStream(source, { highWaterMark: 0 });
    const subscriber = prepared.open(this, true);
    const leave = (): void => subscriber?.end(null);
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
  }

  isFree(): boolean {
    return this.#wanted;
  }

  whenFree(callback: () => void): void {
    this.#callbacks.push(callback);
    if (this.#wanted) queueMicrotask(() => this.#tell());
  }

  send(update: Update): void {
    this.#write(this.#format.update(update));
  }

  end(errors: readonly GraphQLError[] | null): void {
    const controller = this.#controller;
    if (!controller) return;
    this.#controller = null;
    this.#wanted = false;
    this.#callbacks = [];
    this.#stopBeating();
    this.#onEnd();
    try {
      controller.enqueue(this.#format.end(errors?.map(this.#live.show) ?? null));
      controller.close();
    } catch {
      // The reader has left: nobody is to be told.
    }
  }

  cutOff(): void {
    this.end([tooSlow()]);
  }

  #pulled(): void {
    this.#wanted = true;
    this.#tell();
  }

  #tell(): void {
    while (this.#wanted) {
      const callback = this.#callbacks.shift();
      if (!callback) return;
      callback();
    }
  }

  #write(chunk: Uint8Array): void {
    this.#wanted = false;
    this.#controller?.enqueue(chunk);
  }
}
