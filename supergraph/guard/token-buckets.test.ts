import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RateLimit } from '#platform/limits.ts';
import type { LocalServer } from '#tools/services/local-server.ts';
import { startRedis } from '#tools/services/redis.ts';
import { until } from '../test/test-gateway.ts';
import { TokenBuckets } from './token-buckets.ts';

/** A token every three seconds, up to 20. */
const SLOW: RateLimit = { tokens: 20, seconds: 60, burst: 20 };
/** A token a minute, so that none comes while a test runs. */
const SLOWER: RateLimit = { tokens: 20, seconds: 1_200, burst: 20 };

function clock(): { readonly now: () => number; pass(seconds: number): void } {
  let time = 1e6;
  return { now: () => time, pass: (seconds) => void (time += seconds * 1_000) };
}

describe('a token bucket', () => {
  it('is full at first, fills steadily and is never fuller than full', () => {
    const { now, pass } = clock();
    const buckets = new TokenBuckets('test', { ...SLOW, burst: 4 }, null, now);
    expect(buckets.take('a')).toEqual({ allowed: true, remaining: 3, fullIn: 3, wait: 0 });
    expect(buckets.take('a', 3)).toEqual({ allowed: true, remaining: 0, fullIn: 12, wait: 0 });
    expect(buckets.isEmpty('a')).toBe(true);
    expect(buckets.take('a')).toEqual({ allowed: false, remaining: 0, fullIn: 12, wait: 3 });
    expect(buckets.take('a', 2)).toMatchObject({ allowed: false, wait: 6 });
    pass(2.9);
    expect(buckets.take('a')).toMatchObject({ allowed: false, wait: 1 });
    pass(0.1);
    // One comes back at a time, not all at once.
    expect(buckets.take('a')).toMatchObject({ allowed: true, remaining: 0 });
    expect(buckets.take('a')).toMatchObject({ allowed: false, wait: 3 });
    pass(3_600);
    expect(buckets.take('a', 4)).toMatchObject({ allowed: true, remaining: 0 });
    expect(buckets.take('a').allowed).toBe(false);
    expect(buckets.take('b').allowed).toBe(true);
  });

  it('gives for a full bucket what would cost more than one', () => {
    const { now, pass } = clock();
    const buckets = new TokenBuckets('test', SLOW, null, now);
    buckets.take('a');
    expect(buckets.take('a', 1_000)).toMatchObject({ allowed: false, remaining: 19, wait: 3 });
    pass(3);
    expect(buckets.take('a', 1_000)).toMatchObject({ allowed: true, remaining: 0, fullIn: 60 });
  });

  it('never gives more than its burst and what has come since, however it is asked', () => {
    const { now, pass } = clock();
    const limit: RateLimit = { tokens: 333, seconds: 7, burst: 41 };
    const buckets = new TokenBuckets('test', limit, null, now);
    const given: { at: number; tokens: number }[] = [];
    let seed = 1;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    for (let turn = 0; turn < 2_000; turn += 1) {
      const tokens = 1 + Math.floor(random() * 9);
      if (buckets.take('a', tokens).allowed) given.push({ at: now(), tokens });
      pass(random() * 0.1);
    }
    let excess = -Infinity;
    for (const [first, { at: begin }] of given.entries()) {
      let sum = 0;
      for (const { at, tokens } of given.slice(first, first + 200)) {
        sum += tokens;
        const most = limit.burst + ((at - begin) / 1_000) * (limit.tokens / limit.seconds);
        excess = Math.max(excess, sum - most);
      }
    }
    expect(excess).toBeLessThanOrEqual(0.01);
    const seconds = (now() - 1e6) / 1_000;
    expect(given.reduce((sum, { tokens }) => sum + tokens, 0)).toBeGreaterThan(seconds * 47 * 0.9);
  });

  it('pays no attention to a clock that is set', () => {
    const buckets = new TokenBuckets('test', SLOW, null);
    buckets.take('a', 20);
    const date = vi.spyOn(Date, 'now');
    for (const time of [0, Date.now() + 1e9]) {
      date.mockReturnValue(time);
      expect(buckets.take('a').allowed).toBe(false);
    }
    date.mockRestore();
  });

  it('costs next to nothing to take from', () => {
    const buckets = new TokenBuckets('test', { tokens: 1e9, seconds: 60, burst: 1e9 }, null);
    const begun = process.cpuUsage();
    for (let turn = 0; turn < 100_000; turn += 1) buckets.take(`key ${turn % 100}`);
    // 100,000 of them in less than 300 ms: 3 µs each at most.
    expect(process.cpuUsage(begun).user).toBeLessThan(300_000);
  });
});

describe('buckets in Redis', () => {
  let directory: string;
  let server: LocalServer;
  let redis: Redis;
  const made: TokenBuckets[] = [];
  const make = (limit: RateLimit = SLOWER): TokenBuckets => {
    const buckets = new TokenBuckets('test', limit, redis);
    made.push(buckets);
    return buckets;
  };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'token-buckets-'));
    server = await startRedis({ directory, appendOnly: false });
    redis = new Redis(server.url, {
      retryStrategy: () => 10,
      maxRetriesPerRequest: 1,
      enableOfflineQueue: false,
    });
    redis.on('error', () => undefined);
    await until(() => redis.status === 'ready', 'Redis is there');
  });
  afterEach(async () => {
    for (const buckets of made.splice(0)) buckets.close();
    await redis.flushall();
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });
  const left = (name: string): Promise<number> => redis.pttl(`tokens:test:${name}`);

  it('are shared: what one process gives, another one lacks', async () => {
    const [one, two] = [make(), make()];
    expect(one.take('a', 12).allowed).toBe(true);
    expect(two.take('a').remaining).toBe(19);
    await until(async () => (await left('a')) > 760_000, 'Redis knows of 13 tokens');
    await until(() => two.take('a', 20).remaining === 7, 'the second knows of the 12');
    expect(two.take('a', 8).allowed).toBe(false);
    expect(two.take('a', 7).allowed).toBe(true);
    expect(one.take('a').allowed).toBe(true);
    await until(() => one.isEmpty('a'), 'the first hears of it when it tells of its own');
    // 21 were given, one of them before the first had heard.
    expect(one.take('a').wait).toBeGreaterThan(60);
  });

  it('are overdrawn by one bucket at most, whatever Redis says', async () => {
    await redis.set('tokens:test:a', 'x', 'PX', 1e9);
    await redis.rpush('tokens:test:b', 'not', 'a', 'bucket');
    await redis.set('tokens:test:c', '1e308');
    const buckets = make();
    for (const name of ['a', 'b', 'c']) buckets.take(name);
    await until(() => buckets.isEmpty('a'), 'it is heard of');
    expect(buckets.take('a').wait).toBeLessThanOrEqual(1_260);
    expect(await left('a')).toBeLessThanOrEqual(2_400_000);
    expect(await left('b')).toBeLessThanOrEqual(60_000);
    expect(await left('c')).toBeLessThanOrEqual(60_000);
    expect(buckets.take('b').remaining).toBe(18);
  });

  it('tell of tokens that come faster than Redis counts', async () => {
    const buckets = make({ tokens: 100_000, seconds: 10, burst: 100_000 });
    // A tenth of a millisecond each.
    await until(async () => {
      buckets.take('a', 5);
      return (await left('a')) > 0;
    }, 'as many as make a millisecond are told');
  });

  it('are known by odd names', async () => {
    const names = [
      '__proto__', 'constructor', '', ' ', '*', 'a:b', 'a\nb', 'a\r\nSET x y', 'a\0b', '{a}', '\u{1F600}', "'; --",
      'x'.repeat(100_000), 'x'.repeat(100_001),
    ]; // prettier-ignore
    const [one, two] = [make(), make()];
    for (const [index, name] of names.entries()) one.take(name, index + 1);
    await until(async () => (await redis.dbsize()) === names.length, 'Redis knows all');
    const keys = await redis.keys('*');
    expect(keys.every((key) => key.startsWith('tokens:test:') && key.length < 250)).toBe(true);
    for (const name of names) two.take(name);
    await until(
      () => two.take(names.at(-1) as string, 20).remaining === 20 - names.length - 1,
      'it is heard of',
    );
    expect(names.map((name) => two.take(name, 20).remaining)).toEqual(
      names.map((_, index) => 20 - index - 2),
    );
  });

  it('stay as empty as a process knows them when Redis starts anew, and are shared again after', async () => {
    const [one, two] = [make(), make()];
    one.take('a', 20);
    await until(async () => (await left('a')) > 0, 'Redis knows');
    two.take('a');
    await until(() => two.isEmpty('a'), 'the other knows');
    const { port } = new URL(server.url);
    await server.stop();
    await until(() => redis.status !== 'ready', 'it is away');
    // Alone.
    expect([one, two].map((buckets) => buckets.take('a').allowed)).toEqual([false, false]);
    expect([one, two].map((buckets) => buckets.take('b', 15).allowed)).toEqual([true, true]);
    server = await startRedis({ directory, appendOnly: false, port: Number(port) });
    await until(() => redis.status === 'ready', 'it is back');
    expect(await redis.dbsize()).toBe(0);
    expect([one, two].map((buckets) => buckets.take('a').allowed)).toEqual([false, false]);
    // What was taken meanwhile isn't told: much of it has come back.
    one.take('b');
    await until(async () => (await left('b')) > 0, 'it is told again');
    expect(await left('b')).toBeLessThanOrEqual(60_000);
    expect(one.take('b', 20).remaining).toBe(4);
    one.take('c', 5);
    await until(async () => (await left('c')) > 0, 'it is told again');
    two.take('c');
    await until(() => two.take('c', 20).remaining === 14, 'the other knows');
  });
});
