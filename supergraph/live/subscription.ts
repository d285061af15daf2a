import { GraphQLError, type ExecutionResult } from 'graphql';
import type { LiveEnvelope } from '#platform/live-events.ts';

type Step = IteratorResult<ExecutionResult, undefined>;

/** On an answer: the cursor of the event that it answers. JSON doesn't show symbols. */
export const CURSOR = Symbol('cursor');

/** Brings what a subscriber has missed, some at a time; null when it has caught up. */
export type Replay = () => Promise<readonly LiveEnvelope[] | null>;

/** Events that may wait for one subscriber. */
export const MAX_WAITING = 256;

/**
 * One subscriber's stream of answers. Events are answered one after the other, in the order in which they came, and
 * only when the client takes them, so that a slow client costs a bounded queue and nothing else.
 */
export class LiveSubscription implements AsyncGenerator<ExecutionResult, undefined, undefined> {
  readonly #answer: (envelope: LiveEnvelope) => Promise<ExecutionResult>;
  readonly #onEnd: () => void;
  #waiting: LiveEnvelope[] = [];
  #last: readonly GraphQLError[] | null = null;
  #ended = false;
  #wake: (() => void) | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #replay: Replay | null;

  /**
   * @param onEnd called once, as soon as the stream takes no more events
   * @param replay asked for more whenever everything that it brought has been taken
   */
  constructor(
    answer: (envelope: LiveEnvelope) => Promise<ExecutionResult>,
    onEnd: () => void,
    replay: Replay | null = null,
  ) {
    this.#answer = answer;
    this.#onEnd = onEnd;
    this.#replay = replay;
  }

  /** @returns false when too many events wait already */
  push(envelope: LiveEnvelope): boolean {
    if (this.#ended) return true;
    if (this.#waiting.length >= MAX_WAITING) return false;
    this.#waiting.push(envelope);
    this.#wake?.();
    return true;
  }

  /** Drops what waits, tells the client why as the last answer, and ends. */
  finish(errors: readonly GraphQLError[]): void {
    if (this.#ended) return;
    this.#last = errors;
    this.#end();
  }

  next(): Promise<Step> {
    // Callers may ask ahead; they are served in turn.
    const step = this.#turn.then(() => this.#step());
    this.#turn = step.catch(() => undefined);
    return step;
  }

  return(): Promise<Step> {
    this.#last = null;
    this.#end();
    return Promise.resolve({ done: true, value: undefined });
  }

  throw(error: Error): Promise<Step> {
    this.#end();
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #step(): Promise<Step> {
    for (;;) {
      if (this.#last) {
        const value = { errors: this.#last };
        this.#last = null;
        return { done: false, value };
      }
      if (this.#ended) return { done: true, value: undefined };
      const envelope = this.#waiting.shift();
      if (!envelope && this.#replay) {
        await this.#askForMore(this.#replay);
        continue;
      }
      if (!envelope) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        this.#wake = null;
        continue;
      }
      const value = await this.#answer(envelope);
      // What ended the stream meanwhile, such as an expired token, holds for this answer too.
      if (!this.#hasEnded())
        return { done: false, value: Object.assign(value, { [CURSOR]: envelope.cursor }) };
    }
  }

  async #askForMore(replay: Replay): Promise<void> {
    try {
      const missed = await replay();
      if (missed === null) this.#replay = null;
      else if (!this.#ended) this.#waiting.push(...missed);
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      this.finish([error]);
    }
  }

  #hasEnded(): boolean {
    return this.#ended;
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#waiting = [];
    this.#onEnd();
    this.#wake?.();
  }
}
