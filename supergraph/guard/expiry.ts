/** The longest that a Node.js timer can wait, in milliseconds. */
const LONGEST_WAIT = 2 ** 31 - 1;
const SECOND = 1_000;

/** What is to happen at the same second, for thousands by one timer. */
const due = new Map<number, Set<() => void>>();
let timer: NodeJS.Timeout | null = null;
let next = Infinity;

/**
 * Calls back at an instant, however far away: as tokens end, to the second, never before it.
 * @param instant milliseconds since 1970
 * @returns how to call it off
 */
export function at(instant: number, callback: () => void): () => void {
  const second = Math.ceil(instant / SECOND);
  const callbacks = due.get(second) ?? new Set();
  due.set(second, callbacks);
  // The same function may be given twice.
  const call = (): void => callback();
  callbacks.add(call);
  if (second < next) wait(second);
  return () => {
    if (callbacks.delete(call) && callbacks.size === 0 && due.get(second) === callbacks) {
      due.delete(second);
      if (due.size === 0) stop();
    }
  };
}

function wait(second: number): void {
  if (timer) clearTimeout(timer);
  next = second;
  const left = Math.min(Math.max(second * SECOND - Date.now(), 0), LONGEST_WAIT);
  timer = setTimeout(ring, left).unref();
}

function stop(): void {
  if (timer) clearTimeout(timer);
  timer = null;
  next = Infinity;
}

function ring(): void {
  const now = Date.now();
  timer = null;
  for (const [second, callbacks] of due) {
    if (second * SECOND > now) continue;
    due.delete(second);
    for (const callback of [...callbacks]) if (callbacks.delete(callback)) callback();
  }
  next = Infinity;
  for (const second of due.keys()) if (second < next) next = second;
  if (next < Infinity) wait(next);
}
