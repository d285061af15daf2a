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
  /** Null once it has begun. */
  #prepared: Prepared | null;
  readonly #socket: SubscriptionSocket;
  /** The message up to its payload, one character for each byte. */
  readonly #prefix: string;
  #subscription: OpenSubscription | null = null;
  #ended = false;
  #last: readonly GraphQLError[] | null = null;
  #wake: ((step: Step) => void) | null = null;

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
    const wake = this.#wake;
    this.#wake = null;
    wake?.(this.#step());
  }

  renewToken(caller: Caller): void {
    this.#subscription?.renewToken(caller);
  }

  cutOff(): void {
    this.end(null);
    this.#socket.cutOff();
  }

  /** Begins when it is first asked: what the client has called off meanwhile never does. */
  next(): Promise<Step> {
    const prepared = this.#prepared;
    this.#prepared = null;
    if (prepared) {
      // The socket closes when its token ends.
      this.#subscription = prepared.open(this, false);
      if (this.#subscription && !this.#hasEnded()) this.#socket.subscriptions.add(this);
    }
    if (this.#hasEnded()) return Promise.resolve(this.#step());
    return new Promise((resolve) => (this.#wake = resolve));
  }

  #hasEnded(): boolean {
    return this.#ended;
  }

  #step(): Step {
    if (!this.#last) return { done: true, value: undefined };
    const value = { errors: this.#last };
    this.#last = null;
    return { done: false, value };
  }

  return(): Promise<Step> {
    this.#prepared = null;
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
}
