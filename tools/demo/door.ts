/** How a post ended. `news` tells for each thing whether the door didn't have it yet. */
export type PostOutcome =
  /** The door has answered each; those that it refused are listed with its words. */
  | { readonly kind: 'TAKEN'; readonly news: readonly boolean[]; readonly refusals: readonly string[] }
  /** The door wants no such request, now or later. */
  | { readonly kind: 'REFUSED'; readonly reason: string }
  /** The door is away or busy: the same may be posted again, not before so many milliseconds. */
  | { readonly kind: 'LATER'; readonly reason: string; readonly retryAfter: number };

export interface DoorOptions {
  readonly url: string;
  /** A token with the door's scope; `fresh` when the last one wasn't accepted. */
  readonly token: (fresh: boolean) => Promise<string>;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
  /** Milliseconds that an answer may take. */
  readonly timeout?: number;
}

/** Posts events or positions; never throws. */
export type Post = (things: readonly object[]) => Promise<PostOutcome>;

const TIMEOUT = 15_000;
/** The longest that the door's `Retry-After` is believed, in seconds. */
const LONGEST_WAIT = 60;
/** Answers to a request that will be no better the next time. */
const HOPELESS = [400, 405, 413, 415];

/** The way to an ingestion door. */
export function createPost({ url, token, signal, timeout = TIMEOUT }: DoorOptions): Post {
  let fresh = false;
  return async (things) => {
    try {
      const authorization = `Bearer ${await token(fresh)}`;
      const headers = { authorization, 'content-type': 'application/json' };
      return await withTimeout(signal, timeout, async (limit) => {
        const response = await fetch(url, {
          method: 'POST',
          headers,
          body: JSON.stringify(things),
          signal: limit,
        });
        fresh = response.status === 401;
        return await outcomeOf(response);
      });
    } catch (error) {
      return { kind: 'LATER', reason: reasonOf(error), retryAfter: 0 };
    }
  };
}

async function outcomeOf(response: Response): Promise<PostOutcome> {
  const { status } = response;
  const text = await response.text();
  if (status === 202 || status === 422) return { kind: 'TAKEN', ...resultsIn(text) };
  const reason = `${status} ${text.slice(0, 300)}`;
  if (HOPELESS.includes(status)) return { kind: 'REFUSED', reason };
  const seconds = Number(response.headers.get('retry-after') ?? 0);
  const retryAfter = Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), LONGEST_WAIT) * 1_000 : 0;
  return { kind: 'LATER', reason, retryAfter };
}

function resultsIn(text: string): { news: boolean[]; refusals: string[] } {
  const { results = [] } = JSON.parse(text) as { results?: readonly { outcome: string }[] };
  return {
    news: results.map(({ outcome }) => outcome === 'accepted'),
    refusals: results.filter(({ outcome }) => outcome === 'refused').map((result) => JSON.stringify(result)),
  };
}

/**
 * Runs work that ends when the signal does or the time is up. The listener is removed: the signal outlives a great
 * many requests.
 */
export async function withTimeout<T>(
  signal: AbortSignal,
  timeout: number,
  work: (limit: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal.reason);
  const timer = setTimeout(() => controller.abort(new Error(`no answer within ${timeout} ms`)), timeout);
  signal.addEventListener('abort', abort);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

/** An error in one line; undici hides the reason of a failed fetch in its cause. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? `${error.message}: ${cause.message}` : error.message;
}
