import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DEMO_TENANTS } from '#platform/auth/personas.ts';
import type { Database } from '#platform/database/database.ts';
import { listen, originOf, type HttpServer } from '#platform/http/server.ts';
import type { Service } from '#platform/service.ts';
import { seedDemo } from '#prisma/seed/seed-demo.ts';
import { startTracking } from '#subgraphs/tracking/server.ts';
import { startWorker, type Worker } from '#subgraphs/tracking/worker/worker.ts';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform.ts';
import { startDemoFeed } from './feed.ts';
import { DAY } from './itinerary.ts';
import { SCRIPTED_VOYAGES } from './scripted-voyages.ts';
import { readDemoShipments } from './stored-shipments.ts';
import { planVoyage } from './voyages.ts';

let platform: TestPlatform;
let server: HttpServer;
let tracking: Service;
let worker: Worker;
let database: Database;

/** Long enough ago that some voyages have ended meanwhile. */
const BEGINNING = Date.now() - 12 * DAY;
const OWN_ID = '11111111-2222-4333-8444-555555555555';

beforeAll(async () => {
  platform = await startTestPlatform({ ROLES: 'tracking,worker' });
  await seedDemo(platform, () => {}, BEGINNING);
  tracking = await startTracking(platform);
  worker = await startWorker(platform);
  server = await listen({ host: '127.0.0.1', port: 0, log: platform.log });
  for (const [path, handler] of Object.entries(tracking.routes)) server.mount(path, handler);
  server.mount('/tracking/graphql', tracking.graphql);
  database = platform.openDatabase('ingestion');
  await database.prisma.shipment.create({
    data: {
      id: OWN_ID,
      tenantId: DEMO_TENANTS.aurora,
      reference: 'AUR-9999',
      carrierScac: 'HLCU',
      origin: 'CNSHA',
      destination: 'NLRTM',
      carrierBookingReference: '12345678',
      transportDocumentReference: 'HLCU12345678',
      plannedDeparture: new Date(),
      plannedArrival: new Date(Date.now() + 30 * DAY),
    },
  });
}, 60_000);

afterAll(async () => {
  await server.close();
  await worker.close();
  await tracking.close();
  await database.close();
  await platform.close();
});

const counted = async (outcome: string): Promise<number> => {
  const { values } = await platform.metrics.ingestedEvents.get();
  return values.find(({ labels }) => labels.outcome === outcome)?.value ?? 0;
};

/** The reports that the door should have by now, by eventID. */
async function dueEventIDs(): Promise<Set<string | undefined>> {
  const shipments = await readDemoShipments(database);
  const reports = shipments.flatMap((shipment) => planVoyage(shipment).reports);
  return new Set(reports.filter(({ at }) => at <= Date.now()).map(({ event }) => event.eventID));
}

describe('the demo feed at a real door', () => {
  it('brings every demo shipment to where its voyage stands, books what follows, and leaves others alone', async () => {
    const due = await dueEventIDs();
    const feed = startDemoFeed(platform, originOf(server));
    await feed.caughtUp;
    const rows = await database.prisma.event.findMany({ select: { eventId: true } });
    const stored = new Set(rows.map(({ eventId }) => eventId));
    expect([...due].filter((eventID) => !stored.has(eventID ?? ''))).toEqual([]);
    const followed = await vi.waitFor(
      () =>
        database.prisma.shipment.findFirstOrThrow({
          where: { reference: { endsWith: '.2' } },
          include: { containers: true },
        }),
      30_000,
    );
    const before = Date.now();
    await vi.waitFor(
      async () => {
        const seen = await database.prisma.vesselPosition.findMany();
        expect(seen.filter(({ observedAt }) => Date.now() - observedAt.getTime() < 60_000)).not.toEqual([]);
      },
      { timeout: 10_000 },
    );
    const tracks = await database.prisma.positionReport.groupBy({ by: ['imo'], _count: true });
    expect(tracks.filter(({ _count }) => _count > 24)).not.toEqual([]);
    await feed.stop();
    expect(Date.now() - before).toBeLessThan(1_000);

    expect(followed.plannedDeparture?.getTime()).toBeGreaterThan(Date.now() + 10 * DAY);
    expect(followed.containers.length).toBeGreaterThan(0);
    expect(await counted('refused')).toBe(0);
    expect(await database.prisma.unmatchedEvent.count()).toBe(0);
    const own = await database.prisma.shipment.findUniqueOrThrow({ where: { id: OWN_ID } });
    expect(own.status).toBe('BOOKED');
    expect(await database.prisma.event.count({ where: { shipmentId: OWN_ID } })).toBe(0);
    const statuses = await database.prisma.shipment.groupBy({ by: ['status'], _count: true });
    expect(statuses.length).toBeGreaterThan(4);
    const [delivered] = await readDemoShipments(database);
    const state = await database.prisma.shipment.findUniqueOrThrow({ where: { id: delivered?.id ?? '' } });
    expect(state.status).toBe('DELIVERED');
  }, 120_000);

  it('adds nothing but newer estimates when it is started again', async () => {
    const identify = async (): Promise<string> => {
      const rows = await database.prisma.event.findMany({
        where: { eventClassifierCode: { not: 'EST' } },
        orderBy: [{ shipmentId: 'asc' }, { eventId: 'asc' }],
        select: { eventId: true, shipmentId: true, receivedAt: true, isRetracted: true, eventDateTime: true },
      });
      return JSON.stringify(rows);
    };
    const known = await identify();
    const estimates = await database.prisma.event.count({ where: { eventClassifierCode: 'EST' } });
    const duplicates = await counted('duplicate');
    const feed = startDemoFeed(platform, originOf(server));
    await vi.waitFor(
      async () => expect((await counted('duplicate')) - duplicates).toBeGreaterThan(900),
      60_000,
    );
    await feed.stop();
    const after = await identify();
    // A report that fell due meanwhile is new; what was known is as it was.
    for (const row of JSON.parse(known) as object[]) expect(after).toContain(JSON.stringify(row));
    expect(await database.prisma.event.count({ where: { eventClassifierCode: 'EST' } })).toBeLessThan(
      estimates * 1.1,
    );
  }, 90_000);
});

it('plays nothing but shipments of the demo', async () => {
  const references = (await readDemoShipments(database)).map(({ reference }) =>
    reference.replace(/\.\d+$/, ''),
  );
  expect(new Set(references)).toEqual(new Set(SCRIPTED_VOYAGES.map(({ reference }) => reference)));
});
