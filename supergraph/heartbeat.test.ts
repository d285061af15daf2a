import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Heartbeat } from './heartbeat.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('beats once an interval for each, spread over it, by one timer that ends with the last', () => {
  const heartbeat = new Heartbeat(6_400);
  const beats = new Map<number, number>();
  const stops = Array.from({ length: 128 }, (_, number) =>
    heartbeat.add(() => beats.set(number, (beats.get(number) ?? 0) + 1)),
  );
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(100);
  expect(beats.size).toBe(2);
  vi.advanceTimersByTime(3 * 6_400 - 100);
  expect(new Set(beats.values())).toEqual(new Set([3]));
  for (const stop of stops) stop();
  stops[0]?.();
  expect([heartbeat.size, vi.getTimerCount()]).toEqual([0, 0]);
  heartbeat.add(() => beats.clear());
  expect(vi.getTimerCount()).toBe(1);
});
