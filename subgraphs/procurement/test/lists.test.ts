import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEMO_TENANTS } from '#platform/auth/personas.ts';
import * as documents from './documents.ts';
import { startTestProcurement } from './procurement.ts';
import type { Procurement } from './procurement.ts';

const tenantId = DEMO_TENANTS.aurora;
const PURCHASES = 100;
const BIDS = 5;

let procurement: Procurement;
let shipmentIds: string[];
beforeAll(async () => {
  procurement = await startTestProcurement();
  shipmentIds = await fill(procurement);
});
afterAll(() => procurement.close());

/** A hundred whole purchases, ten of them drafted in each millisecond; the shipments that move under them. */
async function fill({ database: { prisma } }: Procurement): Promise<string[]> {
  const start = Date.parse('2025-01-01T00:00:00Z');
  const purchases = Array.from({ length: PURCHASES }, (_, index) => {
    const at = new Date(start + Math.floor(index / 10));
    const bidIds = Array.from({ length: BIDS }, () => randomUUID());
    const ids = {
      rfqId: randomUUID(),
      laneId: randomUUID(),
      awardId: randomUUID(),
      shipmentId: randomUUID(),
    };
    return { ...ids, index, at, bidIds, carrierScac: index % 2 === 0 ? 'HLCU' : 'ONEY' };
  });
  await prisma.rfq.createMany({
    data: purchases.map(({ rfqId: id, index, at }) => ({
      id,
      tenantId,
      reference: `RFQ-${index}`,
      title: 'Many',
      state: index % 4 === 0 ? 'PARTLY_AWARDED' : 'AWARDED',
      incoterm: 'FOB',
      currency: 'USD',
      bidsCloseAt: at,
      createdBy: 'test',
      createdAt: at,
      publishedAt: at,
    })),
  });
  await prisma.lane.createMany({
    data: purchases.map(({ rfqId, laneId: id, at }) => ({
      id,
      tenantId,
      rfqId,
      ordinal: 0,
      origin: 'CNSHA',
      destination: 'NLRTM',
      isoEquipmentCode: '22G1',
      containerCount: 10,
      loadFrom: at,
      loadUntil: at,
    })),
  });
  await prisma.invitation.createMany({
    data: purchases.map(({ rfqId, carrierScac, at }) => ({
      id: randomUUID(),
      tenantId,
      rfqId,
      carrierScac,
      sentAt: at,
    })),
  });
  const price = { tenantId, ratePerContainer: '1250.00', currency: 'USD' };
  await prisma.bid.createMany({
    data: purchases.flatMap(({ rfqId, laneId, carrierScac, bidIds, at: submittedAt }) =>
      bidIds.map((id, index) => ({
        ...price,
        id,
        rfqId,
        laneId,
        carrierScac,
        transitDays: 30,
        state: index === 0 ? ('AWARDED' as const) : ('REPLACED' as const),
        submittedBy: 'test',
        submittedAt,
      })),
    ),
  });
  await prisma.award.createMany({
    data: purchases.map(
      ({ awardId: id, rfqId, laneId, bidIds: [bidId = ''], carrierScac, at: awardedAt }) => ({
        ...price,
        id,
        rfqId,
        laneId,
        bidId,
        carrierScac,
        containerCount: 10,
        awardedBy: 'test',
        state: 'APPROVED' as const,
        awardedAt,
      }),
    ),
  });
  await prisma.booking.createMany({
    data: purchases.map(({ awardId, shipmentId, carrierScac, at }) => ({
      ...price,
      id: randomUUID(),
      awardId,
      carrierScac,
      containerCount: 2,
      cargoReadyOn: at,
      shipmentId,
      requestedBy: 'test',
      requestedAt: at,
    })),
  });
  return purchases.map(({ shipmentId }) => shipmentId);
}

interface Page<Node> {
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

async function page(
  persona: string,
  list: 'rfqs' | 'bookings',
  variables: Record<string, unknown>,
): Promise<Page<{ id: string; state: string }>> {
  const answer = await procurement.ask(persona, documents[list], variables);
  expect(answer.errors).toBeUndefined();
  return (answer.data as unknown as Record<string, Page<{ id: string; state: string }>>)[list] as never;
}

async function statements(act: () => Promise<unknown>): Promise<number> {
  const before = await procurement.platform.sqlStatements('procurement');
  await act();
  return (await procurement.platform.sqlStatements('procurement')) - before;
}

describe.each([
  ['auditor', 'rfqs', PURCHASES],
  ['auditor', 'bookings', PURCHASES],
  ['carrier-hlcu', 'rfqs', PURCHASES / 2],
  ['carrier-oney', 'bookings', PURCHASES / 2],
] as const)('%s turns the pages of %s', (persona, list, total) => {
  test('and meets each once, in the order of one long page', async () => {
    const all = (await page(persona, list, { first: 100 })).edges.map(({ node }) => node.id);
    expect(new Set(all).size).toBe(total);
    const met: string[] = [];
    let after: string | null = null;
    do {
      const { edges, pageInfo }: Page<{ id: string }> = await page(persona, list, { first: 7, after });
      met.push(...edges.map(({ node }) => node.id));
      expect(pageInfo.hasPreviousPage).toBe(after !== null);
      expect(pageInfo.hasNextPage).toBe(met.length < total);
      expect(pageInfo.startCursor).toBe(edges[0]?.cursor);
      expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor);
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    expect(met).toEqual(all);
  });
});

test('requests are listed by state', async () => {
  const { edges } = await page('auditor', 'rfqs', { first: 100, state: ['PARTLY_AWARDED', 'DRAFT'] });
  expect(edges).toHaveLength(25);
  expect(new Set(edges.map(({ node }) => node.state))).toEqual(new Set(['PARTLY_AWARDED']));
  expect((await page('auditor', 'rfqs', { state: [] })).edges).toEqual([]);
});

test('the bids of a request come in pages of their own', async () => {
  const [first] = (await page('auditor', 'rfqs', { first: 1 })).edges;
  const id = first?.node.id;
  const met: string[] = [];
  let after: string | null = null;
  do {
    const answer = await procurement.ask('auditor', documents.rfq, { id, first: 2, after });
    const { bids } = (answer.data as unknown as { rfq: { bids: Page<{ id: string }> } }).rfq;
    met.push(...bids.edges.map(({ node }) => node.id));
    expect(bids.pageInfo.hasPreviousPage).toBe(after !== null);
    after = bids.pageInfo.hasNextPage ? bids.pageInfo.endCursor : null;
  } while (after !== null);
  expect(met).toHaveLength(BIDS);
  expect(met).toEqual(met.toSorted().toReversed());
});

test.each([
  { first: 0 },
  { first: 101 },
  { first: -1 },
  { after: 'nonsense' },
  { after: Buffer.from('["2025-01-01","x"]').toString('base64url') },
  { after: Buffer.from(`["0000-01-01T00:00:00.000Z","${randomUUID()}"]`).toString('base64url') },
  { after: Buffer.from(`["2025-02-30T00:00:00.000Z","${randomUUID()}"]`).toString('base64url') },
])('%j is refused by every list', async (variables) => {
  const { ask } = procurement;
  const [first] = (await page('auditor', 'rfqs', { first: 1 })).edges;
  const connection = '(first: $first, after: $after) { edges { cursor } }';
  for (const field of [`rfqs${connection}`, `bookings${connection}`, `rfq(id: $id) { bids${connection} }`]) {
    const document = `query ($id: ID!, $first: Int! = 20, $after: String) { ${field} used: rfq(id: $id) { id } }`;
    const answer = await ask('auditor', document, { id: first?.node.id, ...variables });
    expect(answer.errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
  }
});

describe('however long the page', () => {
  test.each(['rfqs', 'bookings'] as const)(
    '%s with all that hangs on them take as many statements',
    async (list) => {
      for (const persona of ['auditor', 'carrier-hlcu']) {
        const ten = await statements(() => page(persona, list, { first: 10 }));
        const hundred = await statements(() => page(persona, list, { first: 100 }));
        expect(ten).toBeGreaterThan(0);
        expect(hundred).toBe(ten);
        expect(ten).toBeLessThanOrEqual(list === 'rfqs' ? 9 : 6);
      }
    },
  );

  test('the bookings of shipments take one statement', async () => {
    for (const count of [10, 100]) {
      const representations = shipmentIds.slice(0, count).map((id) => ({ __typename: 'Shipment', id }));
      const used = await statements(async () => {
        const answer = await procurement.ask('auditor', documents.entities, { representations });
        const { _entities } = answer.data as unknown as {
          _entities: { booking: { total: unknown } | null }[];
        };
        expect(_entities).toHaveLength(count);
        for (const { booking } of _entities)
          expect(booking?.total).toEqual({ amount: '2500.00', currency: 'USD' });
      });
      expect(used).toBe(1);
    }
  });

  test('entities of every type take one statement a type', async () => {
    const { database } = procurement;
    const ids = await Promise.all([
      database.prisma.rfq.findMany({ take: 20 }),
      database.prisma.lane.findMany({ take: 20 }),
      database.prisma.invitation.findMany({ take: 20 }),
      database.prisma.bid.findMany({ take: 20 }),
      database.prisma.award.findMany({ take: 20 }),
      database.prisma.booking.findMany({ take: 20 }),
    ]);
    const names = ['Rfq', 'Lane', 'Invitation', 'Bid', 'Award', 'Booking'];
    const representations = ids.flatMap((rows, index) =>
      rows.map(({ id }) => ({ __typename: names[index], id })),
    );
    const used = await statements(async () => {
      const answer = await procurement.ask('auditor', documents.entities, { representations });
      const { _entities } = answer.data as unknown as { _entities: unknown[] };
      expect(_entities).not.toContain(null);
    });
    expect(used).toBe(names.length);
  });
});
