import type { Logger } from './telemetry/log.ts';

/** Undoes one step of the start. */
export type Closer = () => Promise<void> | void;

/** What a process has started, to be ended in the opposite order. */
export interface Lifecycle {
  /**
   * Does one step of the start. The end waits for a step under way, so that nothing is undone beneath it.
   * @throws {StoppingError} instead of beginning a step when the end has begun
   */
  step<T>(work: () => Promise<T>): Promise<T>;
  /** Remembers how to end what was just started. */
  onStop(name: string, close: Closer): void;
  /** Ends everything, last started first; a step that fails or hangs doesn't keep the others from ending. */
  stop(): Promise<void>;
  readonly stopping: boolean;
}

/** The start is given up, because the end has begun. */
export class StoppingError extends Error {
  override readonly name = 'StoppingError';
}

const STEP_TIMEOUT = 6_000;

export function createLifecycle(log: Logger): Lifecycle {
  const closers: { name: string; close: Closer }[] = [];
  const underWay = new Set<Promise<unknown>>();
  let stopped: Promise<void> | undefined;
  const finish = async (name: string, work: Closer): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done within ${STEP_TIMEOUT} ms`)), STEP_TIMEOUT);
    });
    try {
      await Promise.race([work(), late]);
    } catch (error) {
      log.error({ error, step: name }, 'could not be stopped cleanly');
    } finally {
      clearTimeout(timer);
    }
  };
  const run = async (): Promise<void> => {
    // How a step of the start ends is for whoever takes it; here only that it has.
    await finish('start', async () => {
      await Promise.allSettled(underWay);
    });
    for (let step = closers.pop(); step; step = closers.pop()) await finish(step.name, step.close);
  };
  return {
    step: async (work) => {
      if (stopped) throw new StoppingError('stopped while starting');
      const step = work();
      underWay.add(step);
      return step.finally(() => underWay.delete(step));
    },
    onStop: (name, close) => void closers.push({ name, close }),
    stop: () => (stopped ??= run()),
    get stopping() {
      return stopped !== undefined;
    },
  };
}
