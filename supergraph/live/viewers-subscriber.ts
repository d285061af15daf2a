import type { GraphQLError } from 'graphql';
import type { Presence } from '#platform/presence.ts';
import type { Outlet } from './outlet.ts';
import { Update } from './update.ts';

/**
 * One client's subscription to who is present. Gets the latest state as fast as it reads: a client that is slow misses
 * what came between, never the last.
 */
export class ViewersSubscriber {
  readonly #answer: (presence: Presence) => Promise<Buffer>;
  readonly #outlet: Outlet;
  readonly #onEnd: () => void;
  /** What has not been sent yet. */
  #latest: { readonly presence: Presence } | null = null;
  #isSending = false;
  #ended = false;

  /** @param onEnd called once, before the client is told */
  constructor(answer: (presence: Presence) => Promise<Buffer>, outlet: Outlet, onEnd: () => void) {
    this.#answer = answer;
    this.#outlet = outlet;
    this.#onEnd = onEnd;
  }

  /** Replaces whatever the client hasn't been sent. */
  put(presence: Presence): void {
    if (this.#ended) return;
    this.#latest = { presence };
    void this.#send();
  }

  /** @param errors told to the client as its last answer; null: it listens no more */
  end(errors: readonly GraphQLError[] | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
    this.#outlet.end(errors);
  }

  async #send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    while (this.#latest && !this.#hasEnded()) {
      if (!this.#outlet.isFree()) {
        await new Promise<void>((resolve) => this.#outlet.whenFree(resolve));
        continue;
      }
      const { presence } = this.#latest;
      this.#latest = null;
      const json = await this.#answer(presence);
      // What ended it meanwhile, such as an expired token, holds for this answer too.
      if (this.#hasEnded()) return;
      if (this.#outlet.isFree()) this.#outlet.send(new Update('', '', json));
      else this.#latest ??= { presence };
    }
    this.#isSending = false;
  }

  #hasEnded(): boolean {
    return this.#ended;
  }
}
