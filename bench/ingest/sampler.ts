import type { Redis } from 'ioredis';
import { eventsWaiting } from '#subgraphs/tracking/ingestion/event-stream.ts';
import { residentMemory } from './processor-time.ts';

const INTERVAL = 250;

export interface Sample {
  /** Accepted events that wait. */
  readonly backlog: number;
  /** Bytes that Redis uses. */
  readonly redis: number;
  /** Bytes that the processes under test hold. */
  readonly resident: number;
}

/** Looks again and again. @returns how to stop, with what was seen */
export function sample(client: Redis, pids: readonly number[]): () => Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const stop = new AbortController();
  const looking = (async () => {
    while (!stop.signal.aborted) {
      const [backlog, info] = await Promise.all([eventsWaiting(client), client.info('memory')]);
      const redis = Number(/^used_memory:(\d+)/m.exec(info)?.[1]);
      samples.push({ backlog, redis, resident: pids.reduce((sum, pid) => sum + residentMemory(pid), 0) });
      await new Promise((resolve) => setTimeout(resolve, INTERVAL));
    }
  })();
  return async () => {
    stop.abort();
    await looking;
    return samples;
  };
}

/** The mean of the first third of a run and of the last. */
export function thirds(samples: readonly Sample[], field: keyof Sample): readonly [number, number] {
  const third = Math.max(1, Math.floor(samples.length / 3));
  const mean = (part: readonly Sample[]): number =>
    part.reduce((sum, each) => sum + each[field], 0) / Math.max(1, part.length);
  return [mean(samples.slice(0, third)), mean(samples.slice(-third))];
}
