const FIRST = 500;
const LONGEST = 30_000;

/**
 * How long to wait after failures in a row: exponential with full jitter, so that many who failed together don't
 * come back together.
 * @param failures from 1
 * @param atLeast milliseconds that the other side has asked for
 * @returns milliseconds, at most 30 s beyond `atLeast`
 */
export function backoff(failures: number, atLeast = 0, random = Math.random): number {
  const ceiling = Math.min(LONGEST, FIRST * 2 ** Math.min(failures - 1, 10));
  return atLeast + random() * ceiling;
}

/** Waits, or less when the signal ends it; never throws. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
  });
}

/** Whether a signal has ended what it was given to; may change with every `await`. */
export function isEnded(signal: AbortSignal): boolean {
  return signal.aborted;
}
