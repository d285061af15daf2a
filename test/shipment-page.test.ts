import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RATE, startFreight } from './harness/freight.ts';
import { SHIPMENT_PAGE } from './harness/shipment-page.ts';
import {
  startTestProcess,
  startTestServices,
  type TestProcess,
  type TestServices,
} from './harness/system.ts';

const SUBGRAPHS_WITH_SQL = ['tracking', 'carriers', 'procurement'];

interface Page {
  shipments: {
    edges: {
      node: {
        carrier: { name: string };
        origin: { name: string };
        destination: { name: string };
        eta: { predictedAt: string };
        booking: {
          total: { amount: string; currency: string };
          award: { lane: { rfq: { reference: string } } };
        };
      };
    }[];
  };
}

let services: TestServices;
let system: TestProcess;
let redis: Redis;
let buyer: string;

const JOURNEYS = [
  { carrierScac: 'HLCU', origin: 'CNSHA', destination: 'NLRTM' },
  { carrierScac: 'ONEY', origin: 'SGSIN', destination: 'USLAX' },
  { carrierScac: 'MAEU', origin: 'BRSSZ', destination: 'DEHAM' },
];

beforeAll(async () => {
  services = await startTestServices();
  system = await startTestProcess(services.env);
  redis = new Redis(services.redis.url);
  buyer = await services.token('aurora-buyer');
  const freight = await startFreight(services, system);
  for (let start = 0; start < 100; start += 10) {
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => freight.ship(JOURNEYS[(start + index) % JOURNEYS.length])),
    );
  }
}, 60_000);
afterAll(async () => {
  redis.disconnect();
  await system.stop();
  await services.close();
});

/** SQL statements that one page takes, by subgraph, once the caches are cold or warm. */
async function statements(first: number): Promise<Record<string, number>> {
  const read = async (): Promise<number[]> =>
    Promise.all(
      SUBGRAPHS_WITH_SQL.map((subgraph) => system.metric('supercargo_sql_statements_total', { subgraph })),
    );
  const before = await read();
  const { data, errors } = await system.query<Page>(SHIPMENT_PAGE, { token: buyer, variables: { first } });
  expect(errors).toBeUndefined();
  expect(data?.shipments.edges).toHaveLength(first);
  for (const { node } of data?.shipments.edges ?? []) {
    expect(node.carrier.name).toEqual(expect.any(String));
    expect(node.origin.name).toEqual(expect.any(String));
    expect(node.destination.name).toEqual(expect.any(String));
    expect(Date.parse(node.eta.predictedAt)).toBeGreaterThan(Date.now());
    expect(node.booking.total).toEqual(RATE);
    expect(node.booking.award.lane.rfq.reference).toMatch(/^RFQ-/);
  }
  const after = await read();
  return Object.fromEntries(
    SUBGRAPHS_WITH_SQL.map((name, index) => [name, (after[index] ?? 0) - (before[index] ?? 0)]),
  );
}

it('takes the same number of SQL statements for 10 shipments and for 100, cache cold and warm', async () => {
  await redis.flushall();
  const coldTen = await statements(10);
  const warmTen = await statements(10);
  await redis.flushall();
  const coldHundred = await statements(100);
  const warmHundred = await statements(100);
  expect(coldHundred).toEqual(coldTen);
  expect(warmHundred).toEqual(warmTen);
  expect(warmHundred.carriers).toBe(0);
  // One for each kind of thing that the page shows; more would mean that a loader is missing.
  expect(coldHundred.tracking).toBeLessThanOrEqual(6);
  expect(coldHundred.procurement).toBeLessThanOrEqual(5);
  expect(coldHundred.carriers).toBeLessThanOrEqual(4);
});
