import { performance } from 'node:perf_hooks';
import type { Redis } from 'ioredis';
import type { Database } from '#platform/database/database.ts';
import { isUnavailable } from '#platform/graphql/mask-error.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import { bury } from '../dead-letters.ts';
import { streamKey, GROUP } from '../ingestion/event-stream.ts';
import type { ShipmentMemory } from '../ingestion/shipment-memory.ts';
import type { KeptUpdates, LiveUpdates } from '../live-updates.ts';
import { applyChunk } from './apply-chunk.ts';
import { chunksOf } from './chunks.ts';
import type { Chunk } from './chunks.ts';
import {
  attemptsAt,
  divide,
  ensureGroups,
  entryOf,
  finish,
  finishedEntry,
  forgetConsumers,
  isGroupMissing,
  readNew,
  takeUnfinished,
} from './entries.ts';
import type { Entry, FinishedEntry } from './entries.ts';
import type { Leases } from './leases.ts';

/** How often a message is tried before it is set aside. */
export const MAX_ATTEMPTS = 5;

/** Milliseconds after which somebody else tells the updates that a worker has kept. Shorter than its lease. */
export const OVERDUE_AGE = 2_000;

/** Events of one partition in one read, about. */
const READ_EVENTS = 1_000;
/** The longest wait for news, in milliseconds, and thereby for a partition that was just taken. */
const READ_WAIT = 500;
/**
 * When a turn has found many events and the process has no time left, the next is put off by so many milliseconds:
 * the more events of a shipment are applied together, the less time each of them takes.
 */
const LINGER = 150;
const MANY_EVENTS = 256;
/** The part of the time for which the process has been computing. */
const SHORT_OF_TIME = 0.8;
const FIRST_RETRY = 50;
const LONGEST_PAUSE = 1_000;

export interface LaneParts {
  /** This lane's alone: it waits for news on it, and else patiently for slow answers. */
  readonly redis: Redis;
  readonly database: Database;
  readonly live: LiveUpdates;
  readonly memory: ShipmentMemory;
  readonly leases: Leases;
  readonly log: Logger;
  /** The worker's name among the consumers. */
  readonly consumer: string;
  /** Which of the partitions that the worker owns are this lane's. */
  readonly isMine: (partition: number) => boolean;
}

interface Failing {
  readonly entry: Pick<Entry, 'partition' | 'id'>;
  error: unknown;
  retryAt: number;
  pause: number;
}

/** Applies the events of some partitions, one batch after the other. */
export class Lane {
  readonly #parts: LaneParts;
  readonly #looked = new Map<number, number>();
  /** Partitions of which an answer may have got lost. */
  readonly #lost = new Set<number>();
  readonly #failing = new Map<string, Failing>();
  #utilization = performance.eventLoopUtilization();
  /** Events in an entry, of late. */
  #eventsPerEntry = 1;
  #told = Promise.resolve();
  #stopping = false;
  #isWaiting = false;

  constructor(parts: LaneParts) {
    this.#parts = parts;
  }

  /** Runs until it is told to stop; whatever goes wrong, it goes on. */
  async run(): Promise<void> {
    await this.#runUntilStopped();
    await this.#told;
    this.#parts.redis.disconnect();
  }

  async #runUntilStopped(): Promise<void> {
    let pause = FIRST_RETRY;
    while (!this.#stopping) {
      try {
        await this.#turn();
        pause = FIRST_RETRY;
      } catch (error) {
        if (this.#isStopping()) return;
        // Nothing may ever arrive on this connection again.
        if (isTimeout(error)) this.#parts.redis.disconnect(true);
        // What was given to this worker may not have arrived.
        for (const partition of this.#looked.keys()) this.#lost.add(partition);
        if (isGroupMissing(error)) await ensureGroups(this.#parts.redis).catch(() => undefined);
        else if (!isUnavailable(error))
          this.#parts.log.error({ error }, 'a batch of events could not be read');
        await sleep(pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE);
      }
    }
  }

  /** Lets it end after what it is doing. */
  stop(): void {
    this.#stopping = true;
    if (this.#isWaiting) this.#parts.redis.disconnect();
  }

  #isStopping(): boolean {
    return this.#stopping;
  }

  async #turn(): Promise<void> {
    const { leases, isMine } = this.#parts;
    const owned = new Map([...leases.owned()].filter(([partition]) => isMine(partition)));
    const partitions = [...owned.keys()];
    if (partitions.length === 0) {
      await sleep(FIRST_RETRY);
      return;
    }
    leases.setBusy(partitions, true);
    try {
      for (const [partition, taken] of owned) {
        const isNew = this.#looked.get(partition) !== taken;
        if (!isNew && !this.#lost.has(partition)) continue;
        await this.#takeOver(partition, isNew);
        this.#looked.set(partition, taken);
        this.#lost.delete(partition);
      }
      await this.#retryFailing();
      // Each partition in turn, so that what waits in the others waits in Redis and not here.
      let found = 0;
      for (const partition of partitions) {
        const entries = await this.#read([partition], null);
        await this.#apply(entries);
        found += entries.reduce((sum, { messages }) => sum + messages.length, 0);
      }
      if (found >= MANY_EVENTS && this.#isShortOfTime()) await sleep(LINGER);
      // What is told meanwhile would wait behind it.
      await this.#told;
      if (found === 0) await this.#apply(await this.#waitForNews(partitions));
    } finally {
      await this.#told;
      leases.setBusy(partitions, false);
    }
  }

  async #read(partitions: readonly number[], wait: number | null): Promise<Entry[]> {
    const { redis, consumer } = this.#parts;
    const count = Math.ceil(READ_EVENTS / this.#eventsPerEntry);
    const entries = await readNew(redis, consumer, partitions, count, wait);
    if (entries.length > 0) {
      const events = entries.reduce((sum, { messages }) => sum + messages.length, 0);
      this.#eventsPerEntry = events / entries.length;
    }
    return entries;
  }

  /** Whether the process has been computing all the time since it was asked last. */
  #isShortOfTime(): boolean {
    const since = this.#utilization;
    this.#utilization = performance.eventLoopUtilization();
    return performance.eventLoopUtilization(this.#utilization, since).utilization > SHORT_OF_TIME;
  }

  async #waitForNews(partitions: readonly number[]): Promise<Entry[]> {
    if (this.#isStopping()) return [];
    this.#isWaiting = true;
    try {
      return await this.#read(partitions, this.#wait());
    } finally {
      this.#isWaiting = false;
    }
  }

  #wait(): number {
    const next = Math.min(
      ...[...this.#failing.values()].map(({ retryAt }) => retryAt - Date.now()),
      READ_WAIT,
    );
    return Math.max(1, Math.ceil(next));
  }

  /** Finishes what the former owner of a partition has begun, or what of it didn't arrive here. */
  async #takeOver(partition: number, isNew: boolean): Promise<void> {
    const { redis, consumer, live } = this.#parts;
    // Its updates first: they are older than what follows.
    while (isNew && (await live.tellOverdue(OVERDUE_AGE)));
    let from: string | null = '-';
    while (from !== null && !this.#stopping) {
      const { entries, exhausted, suspicious, next } = await takeUnfinished(
        redis,
        consumer,
        partition,
        isNew ? MAX_ATTEMPTS : null,
        from,
      );
      for (const { id, attempts } of exhausted) {
        await this.#bury(
          { partition, id },
          new Error('the workers that tried it ended without an answer'),
          attempts,
        );
      }
      for (const entry of suspicious) await divide(redis, entry);
      // Those that are known to fail are tried when it is time for them.
      await this.#apply(entries.filter((entry) => !this.#failing.has(keyOf(entry))));
      from = next;
    }
    if (isNew) await forgetConsumers(redis, partition);
  }

  async #apply(entries: readonly Entry[]): Promise<void> {
    const unreadable: [Entry, unknown][] = [];
    const chunks = chunksOf(entries, (entry, error) => unreadable.push([entry, error]));
    for (const [entry, error] of unreadable) await this.#fail(entry, error);
    for (const chunk of chunks) await this.#applyTogether(chunk);
  }

  async #applyTogether(chunk: Chunk): Promise<void> {
    const { database, live, memory, log } = this.#parts;
    try {
      const kept = await this.#insist(() => applyChunk(database, live, memory, chunk));
      // One after the other, while the next batch is under way.
      await this.#told;
      // Without what was applied: the next batch needs the memory.
      this.#told = this.#tell(kept, chunk.entries.map(finishedEntry));
    } catch (error) {
      if (this.#isStopping()) throw error;
      const { entries } = chunk;
      if (entries.length > 1) {
        // One of them spoils it for the others.
        for (const entry of entries) await this.#apply([entry]);
        return;
      }
      for (const entry of entries) {
        log.warn({ error, partition: entry.partition, entry: entry.id }, 'events could not be applied');
        await this.#fail(entry, error);
      }
    }
  }

  /** Tells what a batch has changed, and acknowledges it. Never throws. */
  async #tell(kept: KeptUpdates, entries: readonly FinishedEntry[]): Promise<void> {
    const { live, redis, log } = this.#parts;
    try {
      await this.#insist(() => live.tell(kept));
      await this.#insist(() => finish(redis, entries));
      await live.forget(kept);
    } catch (error) {
      // What isn't acknowledged is applied again, and what isn't forgotten told again; both are recognised then.
      for (const { partition } of entries) this.#lost.add(partition);
      if (!this.#isStopping() && !isUnavailable(error)) log.error({ error }, 'a batch could not be told');
    }
  }

  /** Tries again for as long as something that it needs is away. */
  async #insist<T>(work: () => Promise<T>): Promise<T> {
    for (let pause = FIRST_RETRY; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      try {
        return await work();
      } catch (error) {
        if (!isUnavailable(error) || this.#stopping) throw error;
        if (isTimeout(error)) this.#parts.redis.disconnect(true);
        await sleep(pause);
      }
    }
  }

  async #fail(entry: Entry, error: unknown): Promise<void> {
    if (entry.messages.length > 1) {
      await divide(this.#parts.redis, entry);
      return;
    }
    const key = keyOf(entry);
    const before = this.#failing.get(key);
    const pause = before ? before.pause * 2 : FIRST_RETRY;
    this.#failing.set(key, { entry, error, pause, retryAt: Date.now() + pause });
  }

  async #retryFailing(): Promise<void> {
    const { leases, redis, consumer } = this.#parts;
    for (const [key, { entry, error, retryAt }] of this.#failing) {
      if (retryAt > Date.now()) continue;
      const { partition, id } = entry;
      // Whoever owns the partition now has it.
      if (!leases.owned().has(partition)) {
        this.#failing.delete(key);
        continue;
      }
      const attempts = await attemptsAt(redis, entry);
      if (attempts >= MAX_ATTEMPTS) {
        await this.#bury(entry, error, attempts);
        this.#failing.delete(key);
        continue;
      }
      const claimed = await redis.xclaim(streamKey(partition), GROUP, consumer, 0, id);
      const again = (claimed as [string, string[]][]).flatMap((raw) => entryOf(partition, raw));
      const before = this.#failing.get(key);
      await this.#apply(again);
      // It hasn't failed again, or it is gone.
      if (this.#failing.get(key) === before) this.#failing.delete(key);
    }
  }

  async #bury(
    { partition, id }: Pick<Entry, 'partition' | 'id'>,
    error: unknown,
    attempts: number,
  ): Promise<void> {
    await bury(this.#parts.redis, partition, id, error, attempts);
    this.#parts.log.error(
      { error, partition, entry: id, attempts },
      'an event was set aside as a dead letter',
    );
  }
}

/** Of ioredis, for a command that wasn't answered in time. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'Command timed out';
}

function keyOf({ partition, id }: Pick<Entry, 'partition' | 'id'>): string {
  return `${partition} ${id}`;
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
