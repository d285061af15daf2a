import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO_TENANTS } from '#platform/auth/personas.ts';
import type { Database } from '#platform/database/database.ts';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform.ts';
import { SAMPLE_SHIPMENT_ID } from './demo-shipments.ts';
import { seedDemo } from './seed-demo.ts';

let platform: TestPlatform;
let tracking: Database;
let procurement: Database;
let carriers: Database;

const NOW = Date.parse('2026-05-06T07:08:09.101Z');
const OWN_REFERENCE = { tenantId: DEMO_TENANTS.aurora, reference: 'AUR-2611' };

beforeAll(async () => {
  platform = await startTestPlatform();
  tracking = platform.openDatabase('seed');
  procurement = platform.openDatabase('seed');
  carriers = platform.openDatabase('carriers');
  await tracking.prisma.shipment.create({
    data: { ...OWN_REFERENCE, id: OWN_ID, carrierScac: 'ZIMU', origin: 'ILHFA', destination: 'USNYC' },
  });
});

afterAll(async () => {
  await Promise.all([tracking, procurement, carriers].map((database) => database.close()));
  await platform.close();
});

const OWN_ID = '11111111-2222-4333-8444-555555555555';

/** Every row of what was seeded, as text. */
async function everything(): Promise<string> {
  const { prisma } = tracking;
  const { prisma: buying } = procurement;
  const rows = await Promise.all([
    prisma.shipment.findMany({ orderBy: { id: 'asc' } }),
    prisma.container.findMany({ orderBy: { id: 'asc' } }),
    prisma.milestone.findMany({ orderBy: [{ shipmentId: 'asc' }, { ordinal: 'asc' }] }),
    prisma.alertRule.findMany({ orderBy: { id: 'asc' } }),
    prisma.alertTenant.findMany({ select: { tenantId: true, rules: true }, orderBy: { tenantId: 'asc' } }),
    buying.rfq.findMany({ orderBy: { id: 'asc' } }),
    buying.lane.findMany({ orderBy: { id: 'asc' } }),
    buying.invitation.findMany({ orderBy: { id: 'asc' } }),
    buying.bid.findMany({ orderBy: { id: 'asc' } }),
    buying.award.findMany({ orderBy: { id: 'asc' } }),
    buying.booking.findMany({ orderBy: { id: 'asc' } }),
    buying.invoice.findMany({ orderBy: { id: 'asc' } }),
  ]);
  return JSON.stringify(rows);
}

describe('seeding', () => {
  it('adds what is missing, tells so, and changes nothing when run again', async () => {
    const told: string[] = [];
    expect(await seedDemo(platform, (line) => told.push(line), NOW)).toBe(true);
    expect(told).toEqual(['demo data: 36 shipments, 8 requests for quotation']);
    const before = await everything();
    expect(await seedDemo(platform, (line) => told.push(line), NOW + 86_400_000)).toBe(false);
    expect(told).toHaveLength(1);
    expect(await everything()).toBe(before);
  });

  it('leaves what people have made alone, though it has a reference of the demo', async () => {
    const own = await tracking.prisma.shipment.findMany({
      where: OWN_REFERENCE,
      include: { containers: true },
    });
    expect(own).toMatchObject([{ id: OWN_ID, carrierScac: 'ZIMU', containers: [] }]);
  });

  it('goes on from the stored beginning where it was interrupted', async () => {
    await procurement.prisma.invoice.deleteMany();
    await procurement.prisma.booking.deleteMany();
    await procurement.prisma.award.deleteMany();
    await procurement.prisma.rfq.deleteMany();
    await seedDemo(platform, () => {}, NOW + 86_400_000);
    const { createdAt } = await procurement.prisma.rfq.findFirstOrThrow({ orderBy: { createdAt: 'desc' } });
    expect(createdAt.getTime()).toBeLessThan(NOW);
  });

  it('may be run by several processes at once', async () => {
    await procurement.prisma.invoice.deleteMany();
    await procurement.prisma.booking.deleteMany();
    await procurement.prisma.award.deleteMany();
    await procurement.prisma.rfq.deleteMany();
    await tracking.prisma.shipment.deleteMany();
    await Promise.all([0, 1, 2].map((late) => seedDemo(platform, () => {}, NOW + late * 1_000)));
    expect(await tracking.prisma.shipment.count()).toBe(37);
    expect(await tracking.prisma.alertRule.groupBy({ by: 'tenantId', _count: true })).toHaveLength(2);
    const { createdAt } = await tracking.prisma.shipment.findUniqueOrThrow({
      where: { id: SAMPLE_SHIPMENT_ID },
    });
    expect([0, 1_000, 2_000].map((late) => NOW + late - 60 * 86_400_000)).toContain(createdAt.getTime());
    expect(await procurement.prisma.rfq.count()).toBe(8);
  });
});

describe('what is seeded', () => {
  it('names only carriers, ports and vessels that the register knows', async () => {
    const shipments = await tracking.prisma.shipment.findMany();
    const lanes = await procurement.prisma.lane.findMany();
    const ports = new Set(
      [...shipments, ...lanes].flatMap(({ origin, destination }) => [origin, destination]),
    );
    const scacs = new Set(shipments.map(({ carrierScac }) => carrierScac));
    expect(await carriers.prisma.port.count({ where: { unlocode: { in: [...ports] } } })).toBe(ports.size);
    expect(await carriers.prisma.carrier.count({ where: { scac: { in: [...scacs] } } })).toBe(scacs.size);
    expect(await carriers.prisma.vessel.count()).toBeGreaterThan(40);
  });

  it('has a booking for most shipments, at the carrier of the shipment and the rate of its award', async () => {
    const shipments = await tracking.prisma.shipment.findMany({ include: { containers: true } });
    const bookings = await procurement.prisma.booking.findMany({
      include: { award: { include: { lane: true } }, invoices: true },
    });
    const linked = bookings.filter(({ shipmentId }) => shipmentId !== null);
    expect(linked.length).toBeGreaterThan(30);
    for (const booking of linked) {
      const shipment = shipments.find(({ id }) => id === booking.shipmentId);
      const { award } = booking;
      expect(booking).toMatchObject({
        tenantId: shipment?.tenantId,
        carrierScac: shipment?.carrierScac,
        carrierBookingReference: shipment?.carrierBookingReference,
        containerCount: shipment?.containers.length,
        ratePerContainer: award.ratePerContainer,
        state: 'CONFIRMED',
      });
      expect(award.lane).toMatchObject({
        origin: shipment?.origin,
        destination: shipment?.destination,
        isoEquipmentCode: shipment?.containers[0]?.isoEquipmentCode,
      });
      expect(award.awardedAt.getTime()).toBeLessThan(booking.requestedAt.getTime());
      expect(award).toMatchObject({ state: 'APPROVED' });
      expect(award.approvedBy).not.toBe(award.awardedBy);
      expect(booking.invoices).toMatchObject([
        { currency: booking.currency, amount: booking.ratePerContainer.times(booking.containerCount) },
      ]);
    }
    expect(bookings.some(({ state, shipmentId }) => state === 'REQUESTED' && shipmentId === null)).toBe(true);
  });

  it('binds the tenants that are to be bound to their regions', async () => {
    const { rows } = await tracking.pool.query('SELECT id, region FROM tenancy.tenant');
    expect(rows).toEqual([{ id: DEMO_TENANTS.borealis, region: 'EU' }]);
  });

  it('has requests in every state, and none that contradicts its own', async () => {
    const rfqs = await procurement.prisma.rfq.findMany({
      where: { tenantId: DEMO_TENANTS.aurora },
      include: { lanes: { include: { awards: true, bids: true } }, invitations: true },
    });
    expect(new Set(rfqs.map(({ state }) => state))).toEqual(
      new Set(['DRAFT', 'PUBLISHED', 'PARTLY_AWARDED', 'AWARDED']),
    );
    const isOpen = ({ state, bidsCloseAt }: (typeof rfqs)[number]): boolean =>
      state === 'PUBLISHED' && bidsCloseAt.getTime() > NOW;
    expect(rfqs.filter(isOpen)).toHaveLength(1);
    for (const { state, lanes, invitations, publishedAt, bidsCloseAt } of rfqs) {
      const awarded = lanes.filter(({ awards }) => awards.length > 0).length;
      expect(lanes.length).toBeGreaterThan(0);
      expect(awarded > 0).toBe(state === 'AWARDED' || state === 'PARTLY_AWARDED');
      expect(awarded === lanes.length).toBe(state === 'AWARDED');
      expect(publishedAt === null).toBe(state === 'DRAFT');
      for (const { sentAt } of invitations) expect(sentAt).toEqual(publishedAt);
      const invited = invitations.map(({ carrierScac }) => carrierScac);
      for (const { bids, awards } of lanes) {
        const counting = bids.filter((bid) => bid.state !== 'REPLACED').map(({ carrierScac }) => carrierScac);
        expect(new Set(counting).size).toBe(counting.length);
        for (const { carrierScac, submittedAt } of bids) {
          expect(invited).toContain(carrierScac);
          expect(submittedAt.getTime()).toBeGreaterThan(publishedAt?.getTime() ?? Infinity);
          expect(submittedAt.getTime()).toBeLessThan(Math.min(bidsCloseAt.getTime(), NOW + 2_000));
        }
        if (awards.length > 0) expect(bids.filter((bid) => bid.state === 'SUBMITTED')).toEqual([]);
        expect(bids.filter((bid) => bid.state === 'AWARDED').map(({ id }) => id)).toEqual(
          awards.map(({ bidId }) => bidId),
        );
      }
    }
  });
});
