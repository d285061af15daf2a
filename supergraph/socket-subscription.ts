import type { ExecutionResult, GraphQLError } from 'graphql';
import type { Caller } from '#platform/auth/caller.ts';
import type { OpenSubscription, Outlet } from './live/outlet.ts';
import type { Prepared } from './live/subscriptions.ts';
import type { Update } from './live/update.ts';
import type { Waiting } from './live/backlog.ts';
import type { SocketWriter } from './socket-writer.ts';

type Step = IteratorResult<ExecutionResult, undefined>;

/** What a subscription needs of its socket. */
export interface SubscriptionSocket {
  readonly writer: SocketWriter;
  /** Those that are open, so that they go on when the socket's token is renewed. */
  readonly subscriptions: Set<SocketSubscription>;
  /** Closes it because its client reads too slowly. */
  cutOff(): void;
}

/**
 * One subscription of a WebSocket. For graphql-ws it is a stream that stays silent until it ends: that keeps the
 * protocol. Its updates go straight to the socket.
 */
export class SocketSubscription implements AsyncGenerator<ExecutionResult, undefined, undefined>, Outlet {
  readonly #prepared: Prepared;
  readonly #socket: SubscriptionSocket;
  /** The message up to its payload, one character for each byte. */
  readonly #prefix: string;
  #subscription: OpenSubscription | null = null;
  #opened = false;
  #ended = false;
  #last: readonly GraphQLError[] | null = null;
  #wake: (() => void) | null = null;

  /** @param id as the client chose it */
  constructor(prepared: Prepared, socket: SubscriptionSocket, id: string) {
    this.#prepared = prepared;
    this.#socket = socket;
    this.#prefix = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`).toString('latin1');
  }

  get waiting(): Waiting {
    return this.#socket.writer.waiting;
  }

  isFree(): boolean {
    return this.#socket.writer.isFree();
  }

  whenFree(callback: () => void): void {
    this.#socket.writer.whenFree(callback);
  }

  send(update: Update): void {
    this.#socket.writer.send(this.#prefix, update);
  }

  end(errors: readonly GraphQLError[] | null): void {
    this.#ended = true;
    this.#socket.subscriptions.delete(this);
    this.#last = errors;
    this.#wake?.();
  }

  renewToken(caller: Caller): void {
    this.#subscription?.renewToken(caller);
  }

  cutOff(): void {
    this.end(null);
    this.#socket.cutOff();
  }

  /** Begins when it is first asked: what the client has called off meanwhile never does. */
  async next(): Promise<Step> {
    if (!this.#opened) {
      this.#opened = true;
      // The socket closes when its token ends.
      this.#subscription = this.#prepared.open(this, false);
      if (this.#subscription && !this.#ended) this.#socket.subscriptions.add(this);
    }
    if (!this.#hasEnded()) await new Promise<void>((resolve) => (this.#wake = resolve));
    if (!this.#last) return { done: true, value: undefined };
    const value = { errors: this.#last };
    this.#last = null;
    return { done: false, value };
  }

  return(): Promise<Step> {
    this.#opened = true;
    this.#subscription?.end(null);
    this.end(null);
    return Promise.resolve({ done: true, value: undefined });
  }

  async throw(error: Error): Promise<Step> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #hasEnded(): boolean {
    return this.#ended;
  }
}
