import type { Logger } from './telemetry/log.ts';

/** Undoes one step of the start. */
export type Closer = () => Promise<void> | void;

/** What a process has started, to be ended in the opposite order. */
export interface Lifecycle {
  /** Remembers how to end what was just started. */
  onStop(name: string, close: Closer): void;
  /** Ends everything, last started first; a step that fails or hangs doesn't keep the others from ending. */
  stop(): Promise<void>;
  readonly stopping: boolean;
}

const STEP_TIMEOUT = 6_000;

export function createLifecycle(log: Logger): Lifecycle {
  const closers: { name: string; close: Closer }[] = [];
  let stopped: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    for (let step = closers.pop(); step; step = closers.pop()) {
      const { name, close } = step;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`not done within ${STEP_TIMEOUT} ms`)), STEP_TIMEOUT);
      });
      try {
        await Promise.race([close(), late]);
      } catch (error) {
        log.error({ error, step: name }, 'could not be stopped cleanly');
      } finally {
        clearTimeout(timer);
      }
    }
  };
  return {
    onStop: (name, close) => void closers.push({ name, close }),
    stop: () => (stopped ??= run()),
    get stopping() {
      return stopped !== undefined;
    },
  };
}
