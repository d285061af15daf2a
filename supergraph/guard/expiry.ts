/** The longest that a Node.js timer can wait, in milliseconds. */
const LONGEST_WAIT = 2 ** 31 - 1;

/**
 * Calls back at an instant, however far away.
 * @param instant milliseconds since 1970
 * @returns how to call it off
 */
export function at(instant: number, callback: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    const left = instant - Date.now();
    timer = setTimeout(left > LONGEST_WAIT ? wait : callback, Math.min(Math.max(left, 0), LONGEST_WAIT));
    timer.unref();
  };
  wait();
  return () => clearTimeout(timer);
}
