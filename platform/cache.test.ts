import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform.ts';
import { startRedis } from '#tools/services/redis.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCache, type CacheNamespace } from './cache.ts';
import { connectRedis, waitForRedis } from './redis.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startTestPlatform();
});
afterAll(() => platform.close());

interface Counted {
  readonly namespace: CacheNamespace<{ id: string }>;
  readonly loads: string[][];
}

function counted(name: string, load?: (keys: readonly string[]) => Promise<void>): Counted {
  const loads: string[][] = [];
  const namespace = platform.cache().namespace<{ id: string }>({
    name,
    ttl: 60,
    absentTtl: 5,
    load: async (keys) => {
      loads.push([...keys]);
      await load?.(keys);
      return keys.map((key) => (key.startsWith('none') ? null : { id: key }));
    },
  });
  return { namespace, loads };
}

describe('cache', () => {
  it('loads all misses of a call at once and serves them from Redis afterwards', async () => {
    const { namespace, loads } = counted('misses');
    expect(await namespace.getMany(['a', 'none', 'b', 'a'])).toEqual([
      { id: 'a' },
      null,
      { id: 'b' },
      { id: 'a' },
    ]);
    await expect
      .poll(() => platform.connections.requests.exists('cache:misses:a', 'cache:misses:none'))
      .toBe(2);
    expect(await namespace.getMany(['b', 'none', 'a', 'c'])).toEqual([
      { id: 'b' },
      null,
      { id: 'a' },
      { id: 'c' },
    ]);
    expect(loads).toEqual([['a', 'none', 'b'], ['c']]);
  });

  it('loads a key once for a thousand simultaneous misses', async () => {
    const { namespace, loads } = counted('storm');
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => namespace.getMany(['hot'])));
    expect(answers.every(([value]) => value?.id === 'hot')).toBe(true);
    expect(loads).toEqual([['hot']]);
  });

  it('spreads expiry by a tenth either way', async () => {
    const { namespace } = counted('jitter');
    const keys = Array.from({ length: 100 }, (_, index) => `k${index}`);
    await namespace.getMany(keys);
    const redis = platform.connections.requests;
    await expect.poll(() => redis.exists(...keys.map((key) => `cache:jitter:${key}`))).toBe(100);
    const ttls = await Promise.all(keys.map((key) => redis.pttl(`cache:jitter:${key}`)));
    expect(Math.min(...ttls)).toBeGreaterThan(53_000);
    expect(Math.max(...ttls)).toBeLessThanOrEqual(66_000);
    expect(Math.max(...ttls) - Math.min(...ttls)).toBeGreaterThan(3_000);
  });

  it('passes a failed load on to everyone who waited, and loads again the next time', async () => {
    let fail = true;
    const { namespace, loads } = counted('failure', () =>
      fail ? Promise.reject(new Error('the database is away')) : Promise.resolve(),
    );
    const waiting = await Promise.allSettled([namespace.getMany(['x']), namespace.getMany(['x'])]);
    expect(waiting.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fail = false;
    expect(await namespace.getMany(['x'])).toEqual([{ id: 'x' }]);
    expect(loads).toHaveLength(2);
  });

  it('takes what is in Redis but is not JSON for a miss', async () => {
    const { namespace } = counted('garbage');
    await platform.connections.requests.set('cache:garbage:g', '{"id":');
    expect(await namespace.getMany(['g'])).toEqual([{ id: 'g' }]);
  });

  it('loads again after a key is forgotten', async () => {
    const { namespace, loads } = counted('forget');
    await namespace.getMany(['f']);
    await expect.poll(() => platform.connections.requests.exists('cache:forget:f')).toBe(1);
    await namespace.forget(['f']);
    await namespace.getMany(['f']);
    expect(loads).toHaveLength(2);
  });

  it('loads everything, without delay, while Redis is dead', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'supercargo-cache-'));
    const server = await startRedis({ directory });
    const connections = connectRedis(server.url, platform.log);
    await waitForRedis(connections, 5_000);
    const cache = createCache(connections.requests, platform.metrics, platform.log);
    const namespace = cache.namespace({
      name: 'dead',
      ttl: 60,
      absentTtl: 5,
      load: (keys) => Promise.resolve(keys),
    });
    await server.stop();
    await expect.poll(() => connections.requests.status).not.toBe('ready');
    const started = performance.now();
    expect(await namespace.getMany(['a', 'b'])).toEqual(['a', 'b']);
    await namespace.forget(['a']);
    expect(performance.now() - started).toBeLessThan(1_000);
    await connections.close();
    await rm(directory, { recursive: true, force: true });
  });
});
