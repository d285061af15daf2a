import type { ExecutionResult, GraphQLError } from 'graphql';

type Step = IteratorResult<ExecutionResult, undefined>;

/**
 * One subscriber's stream of the latest state of something: a client that is slow misses what came between, never the
 * last.
 */
export class Latest<State> implements AsyncGenerator<ExecutionResult, undefined, undefined> {
  readonly #answer: (state: State) => Promise<ExecutionResult>;
  readonly #onEnd: () => void;
  #state: { readonly value: State } | null = null;
  #last: readonly GraphQLError[] | null = null;
  #ended = false;
  #wake: (() => void) | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  /** @param onEnd called once, as soon as the stream takes nothing more */
  constructor(answer: (state: State) => Promise<ExecutionResult>, onEnd: () => void) {
    this.#answer = answer;
    this.#onEnd = onEnd;
  }

  /** Replaces whatever the client hasn't taken. */
  put(value: State): void {
    if (this.#ended) return;
    this.#state = { value };
    this.#wake?.();
  }

  /** Tells the client why as the last answer, and ends. */
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
      const state = this.#state;
      if (!state) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        this.#wake = null;
        continue;
      }
      this.#state = null;
      const value = await this.#answer(state.value);
      // What ended the stream meanwhile, such as an expired token, holds for this answer too.
      if (!this.#hasEnded()) return { done: false, value };
    }
  }

  #hasEnded(): boolean {
    return this.#ended;
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#state = null;
    this.#onEnd();
    this.#wake?.();
  }
}
