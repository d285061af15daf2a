import type { GraphQLError } from 'graphql';
import type { Outlet } from './outlet.ts';
import { Update } from './update.ts';

/**
 * One subscriber to the latest state of something: a client that is slow misses what came between, never the last.
 */
export class Latest<State> {
  readonly #answer: (state: State) => Promise<Buffer>;
  readonly #outlet: Outlet;
  readonly #onEnd: () => void;
  #state: { readonly value: State } | null = null;
  #working = false;
  #ended = false;

  /** @param onEnd called once, before the client is told */
  constructor(answer: (state: State) => Promise<Buffer>, outlet: Outlet, onEnd: () => void) {
    this.#answer = answer;
    this.#outlet = outlet;
    this.#onEnd = onEnd;
  }

  /** Replaces whatever the client hasn't taken. */
  put(value: State): void {
    if (this.#ended) return;
    this.#state = { value };
    this.#work();
  }

  /**
   * Ends it.
   * @param errors told to the client as its last answer; null: it listens no more
   */
  end(errors: readonly GraphQLError[] | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#state = null;
    this.#onEnd();
    this.#outlet.end(errors);
  }

  #work(): void {
    if (this.#working || !this.#state) return;
    if (!this.#outlet.isFree()) {
      this.#working = true;
      this.#outlet.whenFree(() => {
        this.#working = false;
        this.#work();
      });
      return;
    }
    const { value } = this.#state;
    this.#state = null;
    this.#working = true;
    void this.#answer(value).then((json) => {
      this.#working = false;
      // What ended it meanwhile, such as an expired token, holds for this answer too.
      if (this.#ended) return;
      this.#outlet.send(new Update('', '', json));
      this.#work();
    });
  }
}
