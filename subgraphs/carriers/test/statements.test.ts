import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readSeaPorts } from '../reference-data/sea-ports.ts';
import { startCarriersUnderTest, type CarriersUnderTest } from './carriers-service.ts';

let carriers: CarriersUnderTest;
let redis: Redis;

beforeAll(async () => {
  carriers = await startCarriersUnderTest();
  redis = new Redis(carriers.platform.redisUrl, { retryStrategy: () => null });
});
afterAll(async () => {
  redis.disconnect();
  await carriers.close();
});
beforeEach(async () => {
  await redis.flushall();
});

const codes = Object.keys(readSeaPorts());
const ENTITIES = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
  ... on Port { name aliases coordinates { latitude } }
  ... on Carrier { name smdgCode }
  ... on Vessel { imo vesselName: name operator { scac } }
} }`;

function mixed(count: number): object[] {
  return [
    ...codes.slice(0, count).map((unlocode) => ({ __typename: 'Port', unlocode })),
    ...['HLCU', 'ONEY', 'MAEU', 'MSCU'].map((scac) => ({ __typename: 'Carrier', scac })),
    ...['9321483', '9811000', '9074729'].map((imo) => ({ __typename: 'Vessel', imo })),
  ];
}

async function entities(representations: readonly object[]): Promise<unknown> {
  const { data, errors } = await carriers.query(ENTITIES, { representations });
  expect(errors).toBeUndefined();
  return data;
}

test('a batch of entities takes as many statements at 200 ports as at 10', async () => {
  const few = await carriers.statementsOf(() => entities(mixed(10)));
  await redis.flushall();
  const many = await carriers.statementsOf(() => entities(mixed(200)));
  // Ports, carriers, vessels, the operators that were not among the carriers.
  expect(few).toBeLessThanOrEqual(4);
  expect(many).toBe(few);
});

test('the second time Redis answers alone, the same, also that there is none', async () => {
  const first = await entities(mixed(50));
  await expect.poll(() => redis.exists('cache:vessel:1:9074729', `cache:port:1:${codes[49]}`)).toBe(2);
  expect(await redis.pttl('cache:vessel:1:9074729')).toBeLessThanOrEqual(33_000);
  let second: unknown;
  const statements = await carriers.statementsOf(async () => {
    second = await entities(mixed(50));
  });
  expect(statements).toBe(0);
  expect(second).toEqual(first);
});

test('one MGET reads the keys of a batch', async () => {
  await entities(mixed(50));
  await expect.poll(() => redis.exists(`cache:port:1:${codes[49]}`)).toBe(1);
  await redis.config('RESETSTAT');
  await entities(mixed(50).filter((representation) => 'unlocode' in representation));
  const calls = /cmdstat_mget:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1];
  expect(calls).toBe('1');
});

test('fleets of all carriers, with other pages beside them, are one statement', async () => {
  const query = (carrierCount: number): string => `{ carriers(first: ${carrierCount}) { edges { node {
    scac
    two: vessels(first: 2) { edges { cursor node { name } } pageInfo { hasNextPage } }
    all: vessels(first: 100) { edges { cursor node { name } } pageInfo { hasNextPage } }
  } } } }`;
  const of = (count: number): Promise<number> => carriers.statementsOf(() => carriers.query(query(count)));
  expect(await of(1)).toBe(2);
  expect(await of(13)).toBe(2);

  const { data } = await carriers.query(query(13));
  interface Fleet {
    readonly edges: readonly { readonly cursor: string; readonly node: { readonly name: string } }[];
    readonly pageInfo: { readonly hasNextPage: boolean };
  }
  const { edges } = data?.carriers as { edges: { node: { scac: string; two: Fleet; all: Fleet } }[] };
  for (const { node } of edges) {
    expect(node.two.edges).toEqual(node.all.edges.slice(0, 2));
    expect(node.two.pageInfo.hasNextPage).toBe(node.all.edges.length > 2);
  }
  const maersk = edges.find(({ node }) => node.scac === 'MAEU')?.node;
  const rest = await carriers.query(
    `query ($after: String) { carrier(scac: "MAEU") { vessels(first: 100, after: $after) { edges { cursor node { name } } pageInfo { hasPreviousPage } } } }`,
    { after: maersk?.two.edges[1]?.cursor },
  );
  expect(rest.data).toMatchObject({
    carrier: { vessels: { edges: maersk?.all.edges.slice(2), pageInfo: { hasPreviousPage: true } } },
  });
});

test('a bad page of one fleet does not spoil another', async () => {
  const { data, errors } = await carriers.query(
    '{ carrier(scac: "HLCU") { good: vessels(first: 1) { edges { node { imo } } } } other: carrier(scac: "ONEY") { vessels(after: "x") { edges { node { imo } } } } }',
  );
  expect(data).toMatchObject({ carrier: { good: { edges: [{ node: { imo: '9708863' } }] } }, other: null });
  expect(errors).toMatchObject([{ path: ['other', 'vessels'], extensions: { code: 'BAD_USER_INPUT' } }]);
});

test('every port of the package answers as an entity', async () => {
  const { data, errors } = await carriers.query(
    `query ($representations: [_Any!]!) { _entities(representations: $representations) {
      ... on Port { unlocode name countryCode province coordinates { latitude longitude } timeZone aliases }
    } }`,
    { representations: codes.map((unlocode) => ({ __typename: 'Port', unlocode })) },
  );
  expect(errors).toBeUndefined();
  expect((data?._entities as ({ unlocode: string } | null)[]).map((port) => port?.unlocode)).toEqual(codes);
});

// Last: Redis doesn't come back.
test('without Redis the database answers', async () => {
  const before = await entities(mixed(20));
  redis.on('error', () => undefined);
  await redis.call('SHUTDOWN', 'NOSAVE').catch(() => undefined);
  await expect.poll(() => carriers.platform.connections.requests.status).not.toBe('ready');
  let after: unknown;
  const started = performance.now();
  const statements = await carriers.statementsOf(async () => {
    after = await entities(mixed(20));
  });
  expect(after).toEqual(before);
  expect(statements).toBeGreaterThan(0);
  expect(performance.now() - started).toBeLessThan(2_000);
});
