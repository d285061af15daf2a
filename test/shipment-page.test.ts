import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  startTestProcess,
  startTestServices,
  type TestProcess,
  type TestServices,
} from './harness/system.ts';

const SUBGRAPHS_WITH_SQL = ['tracking', 'carriers', 'procurement'];
const PAGE = /* GraphQL */ `
  query Page($first: Int!) {
    shipments(first: $first) {
      edges {
        node {
          reference
          status
          carrier {
            name
            smdgCode
          }
          origin {
            name
            coordinates {
              latitude
              longitude
            }
          }
          destination {
            name
            timeZone
          }
          containers {
            equipmentReference
            isoEquipmentCode
          }
          milestones {
            code
            planned
          }
          transportCalls {
            sequence
            port {
              name
            }
          }
          events(first: 5) {
            edges {
              node {
                eventTypeCode
              }
            }
          }
          eta {
            predictedAt
            basis
          }
          emissions {
            kgCo2e
          }
          booking {
            containerCount
            total {
              amount
              currency
            }
            award {
              bid {
                transitDays
              }
              lane {
                rfq {
                  reference
                }
              }
            }
          }
        }
      }
    }
  }
`;

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

async function mutate<T>(mutation: string, variables: Record<string, unknown>, token = buyer): Promise<T> {
  const { data, errors } = await system.query<Record<string, T>>(mutation, { token, variables });
  expect(errors).toBeUndefined();
  return Object.values(data ?? {})[0] as T;
}

/** An award of 100 containers from Shanghai to Rotterdam to Hapag-Lloyd. */
async function award(): Promise<string> {
  const { rfq } = await mutate<{ rfq: { id: string; lanes: { id: string }[] } }>(
    `mutation ($input: CreateRfqInput!) {
      createRfq(input: $input, idempotencyKey: "rfq") { ... on RfqCreated { rfq { id lanes { id } } } }
    }`,
    {
      input: {
        reference: 'RFQ-1',
        title: 'Asia to Europe',
        incoterm: 'FOB',
        currency: 'USD',
        bidsCloseAt: new Date(Date.now() + 3_600_000),
        invitedCarriers: ['HLCU'],
        lanes: [
          {
            origin: 'CNSHA',
            destination: 'NLRTM',
            isoEquipmentCode: '45G1',
            containerCount: 100,
            loadFrom: '2027-01-01',
            loadUntil: '2027-01-31',
          },
        ],
      },
    },
  );
  await mutate(`mutation ($id: ID!) { publishRfq(id: $id, idempotencyKey: "publish") { __typename } }`, {
    id: rfq.id,
  });
  const { bid } = await mutate<{ bid: { id: string } }>(
    `mutation ($lane: ID!) {
      submitBid(
        input: { laneId: $lane, ratePerContainer: { amount: "1250.50", currency: "USD" }, transitDays: 31 }
        idempotencyKey: "bid"
      ) { ... on BidSubmitted { bid { id } } }
    }`,
    { lane: rfq.lanes[0]?.id },
    await services.token('carrier-hlcu'),
  );
  const owner = new pg.Client({ connectionString: services.env.DATABASE_URL });
  await owner.connect();
  await owner.query(`UPDATE procurement.rfq SET bids_close_at = now() - interval '1 second'`);
  await owner.end();
  const awarded = await mutate<{ award: { id: string } }>(
    `mutation ($bid: ID!) { awardBid(bidId: $bid, idempotencyKey: "award") { ... on BidAwarded { award { id } } } }`,
    { bid: bid.id },
  );
  return awarded.award.id;
}

beforeAll(async () => {
  services = await startTestServices();
  system = await startTestProcess(services.env);
  redis = new Redis(services.redis.url);
  buyer = await services.token('aurora-buyer');
  const awardId = await award();
  const bookedShipment = async (index: number): Promise<void> => {
    const { shipment } = await mutate<{ shipment: { id: string } }>(
      `mutation ($input: CreateShipmentInput!, $key: String!) {
        createShipment(input: $input, idempotencyKey: $key) { ... on ShipmentCreated { shipment { id } } }
      }`,
      {
        key: `shipment-${index}`,
        input: {
          reference: `PAGE-${index}`,
          carrierScac: ['HLCU', 'ONEY', 'MAEU'][index % 3],
          origin: ['CNSHA', 'SGSIN', 'BRSSZ'][index % 3],
          destination: ['NLRTM', 'USLAX', 'DEHAM'][index % 3],
          containers: [{ equipmentReference: 'APZU4812090', isoEquipmentCode: '22G1', cargoWeightKg: 9_000 }],
          plannedDeparture: '2027-01-05T00:00:00Z',
          plannedArrival: '2027-02-08T00:00:00Z',
        },
      },
    );
    await mutate(
      `mutation ($award: ID!, $shipment: ID!, $key: String!) {
        createBooking(
          input: { awardId: $award, containerCount: 1, cargoReadyOn: "2027-01-02", shipmentId: $shipment }
          idempotencyKey: $key
        ) { ... on BookingRequested { booking { id } } }
      }`,
      { award: awardId, shipment: shipment.id, key: `booking-${index}` },
    );
  };
  for (let start = 0; start < 100; start += 10) {
    await Promise.all(Array.from({ length: 10 }, (_, index) => bookedShipment(start + index)));
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
  const { data, errors } = await system.query<Page>(PAGE, { token: buyer, variables: { first } });
  expect(errors).toBeUndefined();
  expect(data?.shipments.edges).toHaveLength(first);
  for (const { node } of data?.shipments.edges ?? []) {
    expect(node.carrier.name).toEqual(expect.any(String));
    expect(node.origin.name).toEqual(expect.any(String));
    expect(node.destination.name).toEqual(expect.any(String));
    expect(node.eta.predictedAt).toMatch(/^2027-0[23]/);
    expect(node.booking.total).toEqual({ amount: '1250.50', currency: 'USD' });
    expect(node.booking.award.lane.rfq.reference).toBe('RFQ-1');
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
