import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform.ts';
import { transportEvent, ORIGIN } from '../test/event-builders.ts';
import { contentOfEntry, readMessage } from './event-message.ts';
import {
  ALL_STREAMS,
  StreamFull,
  UNDER_WAY,
  createEventStream,
  eventsWaiting,
  partitionOf,
  streamKey,
} from './event-stream.ts';
import type { Arrival } from './event-stream.ts';
import type { Reporter } from './reporter.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startTestPlatform();
});
afterEach(async () => {
  await redis().flushdb();
});
afterAll(() => platform.close());

const redis = () => platform.connections.requests;
const REPORTER: Reporter = {
  producerId: randomUUID(),
  kind: 'PLATFORM',
  tenantId: null,
  carrierScac: null,
};

function arrivals(count: number, orderedBy: string): Arrival[] {
  return Array.from({ length: count }, () => {
    const eventID = randomUUID();
    return { event: { eventID, payloadText: JSON.stringify(transportEvent('DEPA', ORIGIN)) }, orderedBy };
  });
}

function idsOf(taken: readonly Arrival[]): string[] {
  return taken.map(({ event }) => event.eventID);
}

/** The ids of the events in the partition of some arrivals, in their order. */
async function held(orderedBy: string): Promise<string[]> {
  const entries = await redis().xrange(ALL_STREAMS[partitionOf(orderedBy)] ?? '', '-', '+');
  return entries.flatMap(([, fields]) =>
    contentOfEntry(fields).messages.map((text) => readMessage(text)?.eventID ?? text),
  );
}

async function entries(): Promise<number> {
  const lengths = await Promise.all(ALL_STREAMS.map((key) => redis().xlen(key)));
  return lengths.reduce((sum, length) => sum + length);
}

const LIMITS = { backlog: 1_000, memory: 2 ** 40 };

test('what is under way is left out, wherever it stands, and the others keep their order', async () => {
  const stream = createEventStream(redis(), LIMITS);
  const before = arrivals(60, 'a');
  expect(await stream.append(REPORTER, before)).toEqual(before.map(() => true));
  // More than one entry of one partition, and one of another.
  const [elsewhere, ...others] = [...arrivals(1, 'b'), ...arrivals(120, 'a')] as [Arrival, ...Arrival[]];
  const mixed = others.toSpliced(70, 0, before[3] as Arrival).toSpliced(0, 0, before[59] as Arrival);
  const taken = await stream.append(REPORTER, [...mixed, elsewhere]);
  expect(taken.flatMap((isNew, place) => (isNew ? [] : [place]))).toEqual([0, 71]);
  expect(await held('a')).toEqual([...idsOf(before), ...idsOf(others)]);
  expect(await held('b')).toEqual(idsOf([elsewhere]));
  expect(await eventsWaiting(redis())).toBe(181);
});

test('what finds no room leaves nothing behind', async () => {
  const stream = createEventStream(redis(), { ...LIMITS, backlog: 100 });
  const before = arrivals(90, 'a');
  await stream.append(REPORTER, before);
  const count = await entries();
  await expect(stream.append(REPORTER, [...arrivals(6, 'a'), ...arrivals(5, 'b')])).rejects.toThrow(
    StreamFull,
  );
  expect(await held('a')).toEqual(idsOf(before));
  expect(await entries()).toBe(count);
  expect(await eventsWaiting(redis())).toBe(90);
  const few = arrivals(10, 'b');
  expect(await stream.append(REPORTER, few)).toEqual(few.map(() => true));
});

test('Redis that has no memory left takes nothing', async () => {
  const stream = createEventStream(redis(), LIMITS);
  const before = arrivals(5, 'a');
  // Measured now, and not again for a while.
  await stream.append(REPORTER, before);
  await redis().config('SET', 'maxmemory', '1');
  try {
    await expect(stream.append(REPORTER, arrivals(5, 'a'))).rejects.toThrow(StreamFull);
  } finally {
    await redis().config('SET', 'maxmemory', '0');
  }
  expect(await held('a')).toEqual(idsOf(before));
  expect(await eventsWaiting(redis())).toBe(5);
});

test('what it cannot be decided about leaves nothing behind', async () => {
  const stream = createEventStream(redis(), LIMITS);
  const before = arrivals(5, 'a');
  await stream.append(REPORTER, before);
  await redis().set(UNDER_WAY, 'somebody else');
  await expect(stream.append(REPORTER, arrivals(5, 'a'))).rejects.toThrow('WRONGTYPE');
  expect(await held('a')).toEqual(idsOf(before));
});

test('where there was no room a moment ago, nothing is written', async () => {
  const stream = createEventStream(redis(), { ...LIMITS, backlog: 4 });
  await expect(stream.append(REPORTER, arrivals(5, 'a'))).rejects.toThrow(StreamFull);
  await stream.append(REPORTER, arrivals(4, 'a'));
  await expect(stream.append(REPORTER, arrivals(1, 'a'))).rejects.toThrow(StreamFull);
  const written = async () => (await redis().xinfo('STREAM', streamKey(partitionOf('a')))) as unknown[];
  const before = await written();
  await expect(stream.append(REPORTER, arrivals(1, 'a'))).rejects.toThrow(StreamFull);
  expect(await written()).toEqual(before);
});
