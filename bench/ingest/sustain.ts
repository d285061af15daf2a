import type { Redis } from 'ioredis';
import { eventsWaiting } from '#subgraphs/tracking/ingestion/event-stream.ts';
import { POST_SIZE } from './load.ts';
import type { Load, Poster } from './load.ts';

export const POSTS_AT_A_TIME = 4;
/** Events that wait while the rate is looked for. */
const WINDOW = 8_000;
/** Seconds after which as much waits as will. */
const FILLED = 2;

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
  const meeting = meet(POSTS_AT_A_TIME, async () => {
    half = { at: elapsed(), done: posted - (await eventsWaiting(redis)) };
  });
  const work = async (): Promise<void> => {
    let hasMet = false;
    while (elapsed() < seconds) {
      if (!hasMet && elapsed() > seconds / 2) {
        hasMet = true;
        await meeting();
      }
      const backlog = await eventsWaiting(redis);
      if (backlog > WINDOW) {
        await sleep(5);
        continue;
      }
      await poster.post(nextOf(load));
      posted += POST_SIZE;
    }
    if (!hasMet) await meeting();
  };
  await Promise.all(Array.from({ length: POSTS_AT_A_TIME }, work));
  const { at, done } = half ?? { at: 0, done: 0 };
  const rate = (posted - (await eventsWaiting(redis)) - done) / (elapsed() - at);
  await applied(redis);
  return rate;
}

/** What came of posting at a rate. */
export interface Sustained {
  /** Events. */
  readonly posted: number;
  /** Events a second that were posted. */
  readonly offered: number;
  /** Events a second that were applied and published while others were posted. */
  readonly applied: number;
}

/**
 * Posts at a rate, whatever waits. What is applied is counted from when the pipeline has filled up to when the last has
 * been posted: before and after, it has less to do.
 * @param rate events a second
 */
export async function postAtRate(
  { load, poster, redis }: Pipeline,
  rate: number,
  seconds: number,
): Promise<Sustained> {
  const begun = performance.now();
  const elapsed = (): number => (performance.now() - begun) / 1_000;
  let begunPosts = 0;
  let posted = 0;
  const appliedSoFar = async (): Promise<{ at: number; events: number }> => {
    const backlog = await eventsWaiting(redis);
    return { at: elapsed(), events: posted - backlog };
  };
  let first: { at: number; events: number } | undefined;
  // Once it has filled up everyone waits until nothing is being posted.
  const meeting = meet(POSTS_AT_A_TIME, async () => void (first = await appliedSoFar()));
  const work = async (): Promise<void> => {
    let hasMet = false;
    while (elapsed() < seconds) {
      if (!hasMet && elapsed() > FILLED) {
        hasMet = true;
        await meeting();
      }
      const early = (begunPosts * POST_SIZE) / rate - elapsed();
      if (early > 0) {
        await sleep(early * 1_000);
        continue;
      }
      begunPosts++;
      await poster.post(nextOf(load));
      posted += POST_SIZE;
    }
    if (!hasMet) await meeting();
  };
  await Promise.all(Array.from({ length: POSTS_AT_A_TIME }, work));
  const last = await appliedSoFar();
  if (first === undefined) throw new Error(`${seconds} seconds are too few: expected more than ${FILLED}`);
  return {
    posted,
    offered: posted / last.at,
    applied: (last.events - first.events) / (last.at - first.at),
  };
}

/** A place where everyone waits for the others. @param together done when all are there, before they go on */
function meet(everyone: number, together: () => Promise<void>): () => Promise<void> {
  let there = 0;
  let goOn: () => void = () => {};
  const done = new Promise<void>((resolve) => (goOn = resolve));
  return async () => {
    there++;
    if (there === everyone) {
      await together();
      goOn();
    }
    await done;
  };
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
