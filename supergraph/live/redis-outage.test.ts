import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { publishLive } from '#platform/live-publish.ts';
import { SHOP_SUBGRAPHS } from '#supergraph/test/shop.ts';
import { testSubgraph } from '#supergraph/test/shop-subgraph.ts';
import { subscribeByEvents } from '#supergraph/test/subscribers.ts';
import { startTestGateway, TENANT, until, type TestGateway } from '#supergraph/test/test-gateway.ts';
import type { LocalServer } from '#tools/services/local-server.ts';
import { startRedis } from '#tools/services/redis.ts';

let directory: string;
let server: LocalServer;
let gateway: TestGateway;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'redis-outage-'));
  server = await startRedis({ directory, appendOnly: false });
  gateway = await startTestGateway({
    services: SHOP_SUBGRAPHS.map(testSubgraph),
    env: { REDIS_URL: server.url },
  });
});

afterAll(async () => {
  await gateway.close();
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

it('a subscription outlives Redis, and one can begin while Redis is away', async () => {
  const query = 'subscription { productChanged { cursor product { name } } }';
  const token = await gateway.token();
  const before = await subscribeByEvents(gateway.url, token, query);
  await gateway.subscribed(1);
  const { url } = server;
  await server.stop();
  await expect(gateway.gateway.checks.redis?.()).rejects.toThrow();
  const during = await subscribeByEvents(
    gateway.url,
    await gateway.token({ tenant: '0c000000-0000-4000-8000-00000000000c' }),
    query,
  );
  await gateway.subscribed(2);
  expect(await gateway.ask('{ me { name } }')).toEqual({ data: { me: { name: 'User u1' } } });

  server = await startRedis({ directory, appendOnly: false, port: Number(new URL(url).port) });
  const redis = new Redis(server.url);
  const channels = [`live:product:${TENANT}`, 'live:product:0c000000-0000-4000-8000-00000000000c'];
  await until(async () => {
    const counts = (await redis.pubsub('NUMSUB', ...channels)) as (string | number)[];
    return counts.filter((count) => count === 1).length === 2;
  }, 'both tenants are listened to');
  for (const tenant of [TENANT, '0c000000-0000-4000-8000-00000000000c']) {
    await publishLive(redis, [
      { topic: 'product', tenant, match: {}, data: { cursor: tenant, product: { id: '1' } } },
    ]);
  }
  redis.disconnect();
  for (const [subscriber, cursor] of [
    [before, TENANT],
    [during, '0c000000-0000-4000-8000-00000000000c'],
  ] as const) {
    expect(await subscriber.received(1)).toEqual({
      data: { productChanged: { cursor, product: { name: 'Product 1' } } },
    });
    subscriber.leave();
  }
  await gateway.gateway.checks.redis?.();
});
