import { RefusedRequest } from './read-body.ts';

/** Requests whose events are stored at the same time; the other database connections are for those who read. */
const MAX_RUNNING = 4;
/** Requests that wait for that. */
const MAX_WAITING = 20;

/** Lets a few through at once and lets the others wait in order. */
export type Turnstile = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * @returns a turnstile; where too many wait, it refuses with 429 instead of growing its queue.
 */
export function createTurnstile(maxRunning = MAX_RUNNING, maxWaiting = MAX_WAITING): Turnstile {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= maxRunning) {
      if (waiting.length >= maxWaiting) {
        throw new RefusedRequest(429, 'too many events are being taken in; post the same again later');
      }
      // Whoever leaves hands its place over, so `running` doesn't change meanwhile.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running++;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
