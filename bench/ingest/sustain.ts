import type { Redis } from 'ioredis';
import { eventsWaiting } from '#subgraphs/tracking/ingestion/event-stream.ts';
import { POST_SIZE } from './load.ts';
import type { Load, Poster } from './load.ts';

export const POSTS_AT_A_TIME = 4;
/** Events that wait while the rate is looked for. */
const WINDOW = 8_000;

/** What events are posted by, and where they wait. */
export interface Pipeline {
  readonly load: Load;
  readonly poster: Poster;
  readonly redis: Redis;
}

/**
 * Posts as fast as what waits allows.
 * @returns events a second, of the second half
 */
export async function findRate({ load, poster, redis }: Pipeline, seconds: number): Promise<number> {
  const begun = performance.now();
  const elapsed = (): number => (performance.now() - begun) / 1_000;
  let posted = 0;
  let half: { at: number; done: number } | undefined;
  const work = async (): Promise<void> => {
    while (elapsed() < seconds) {
      const backlog = await eventsWaiting(redis);
      if (half === undefined && elapsed() > seconds / 2) half = { at: elapsed(), done: posted - backlog };
      if (backlog > WINDOW) {
        await sleep(5);
        continue;
      }
      await poster.post(nextOf(load));
      posted += POST_SIZE;
    }
  };
  await Promise.all(Array.from({ length: POSTS_AT_A_TIME }, work));
  const { at, done } = half ?? { at: 0, done: 0 };
  const rate = (posted - (await eventsWaiting(redis)) - done) / (elapsed() - at);
  await applied(redis);
  return rate;
}

/**
 * Posts at a rate, whatever waits.
 * @param rate events a second
 * @returns how many events
 */
export async function postAtRate({ load, poster }: Pipeline, rate: number, seconds: number): Promise<number> {
  const begun = performance.now();
  const due = (): number => ((performance.now() - begun) / 1_000) * rate;
  let posted = 0;
  const work = async (): Promise<void> => {
    while (performance.now() - begun < seconds * 1_000) {
      const early = (posted - due()) / rate;
      if (early > 0) {
        await sleep(early * 1_000);
        continue;
      }
      posted += POST_SIZE;
      await poster.post(nextOf(load));
    }
  };
  await Promise.all(Array.from({ length: POSTS_AT_A_TIME }, work));
  return posted;
}

/** Waits until everything has been applied. */
export async function applied(redis: Redis): Promise<void> {
  while ((await eventsWaiting(redis)) > 0) await sleep(5);
}

function nextOf(load: Load): Buffer {
  const body = load.next();
  if (body === undefined) throw new Error('there are no more events');
  return body;
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
