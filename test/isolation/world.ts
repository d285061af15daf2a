import type { Database } from '#platform/database/database.ts';
import type { Chance } from './chance.ts';
import type { Company } from './viewers.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const PORTS = ['CNSHA', 'NLRTM', 'DEHAM', 'SGSIN'];
const CURRENCY = 'USD';

/** Fills every table that belongs to tenants. Each id, text and amount is there once, so that it betrays where it is from. */
export async function fillWorld(
  { prisma }: Database,
  chance: Chance,
  companies: readonly Company[],
): Promise<void> {
  const carriers = companies.flatMap(({ carrier }) => carrier ?? []);
  for (const { tenant, carrier } of companies) {
    if (carrier !== null) continue;
    const shipments = Array.from({ length: 3 }, () => chance.uuid());
    const rows = shipments.map((id) => shipmentRows(chance, tenant, id, carriers));
    await prisma.shipment.createMany({ data: rows.map(({ shipment }) => shipment) });
    await prisma.container.createMany({ data: rows.map(({ container }) => container) });
    await prisma.transportCall.createMany({ data: rows.map(({ call }) => call) });
    await prisma.milestone.createMany({ data: rows.map(({ milestone }) => milestone) });
    await prisma.event.createMany({ data: rows.flatMap(({ events }) => events) });
    await prisma.alertRule.create({ data: rows[0]?.rule as (typeof rows)[0]['rule'] });
    await prisma.alert.createMany({
      data: rows.map(({ alert }) => ({ ...alert, ruleId: rows[0]?.rule.id ?? '' })),
    });
    for (const stage of STAGES) {
      await fillRequest(prisma, chance, { tenant, carriers, stage, shipment: chance.of(shipments) });
    }
  }
}

function shipmentRows(chance: Chance, tenantId: string, shipmentId: string, carriers: readonly string[]) {
  const now = Date.now();
  const at = (days: number): Date => new Date(now + days * DAY + chance.whole(0, DAY));
  const own = { tenantId, shipmentId };
  const [origin = '', destination = ''] = [PORTS[0], PORTS[1]];
  const event = () => {
    const [eventDateTime, eventCreatedDateTime] = [at(-5), at(-4)];
    const eventId = chance.uuid();
    return {
      ...own,
      id: chance.uuid(),
      producerId: chance.uuid(),
      eventId,
      eventType: 'SHIPMENT',
      eventClassifierCode: 'ACT',
      eventTypeCode: 'CONF',
      eventDateTime,
      eventCreatedDateTime,
      payload: {
        eventID: eventId,
        eventType: 'SHIPMENT',
        eventClassifierCode: 'ACT',
        eventDateTime: eventDateTime.toISOString(),
        eventCreatedDateTime: eventCreatedDateTime.toISOString(),
        shipmentEventTypeCode: 'CONF',
        documentTypeCode: 'CBR',
        documentID: chance.word(),
        changeRemark: chance.word(),
      },
    };
  };
  const rule = {
    id: chance.uuid(),
    tenantId,
    name: chance.word(),
    condition: { kind: 'NO_SIGNAL', hours: 48 },
    scope: { carriers: [], origins: [], destinations: [], shipmentIds: [shipmentId] },
    isEnabled: true,
    version: 1,
    watchingSince: at(-9),
    createdBy: chance.word(),
    createdAt: at(-9),
    updatedAt: at(-9),
  };
  return {
    shipment: {
      id: shipmentId,
      tenantId,
      reference: chance.word(),
      carrierScac: chance.of(carriers),
      origin,
      destination,
      carrierBookingReference: chance.word(),
      transportDocumentReference: chance.word(),
      plannedDeparture: at(-9),
      plannedArrival: at(20),
      createdAt: at(-10),
    },
    container: {
      ...own,
      id: chance.uuid(),
      equipmentReference: chance.word(),
      cargoWeightKg: chance.whole(100_000_000, 999_999_999),
    },
    call: {
      ...own,
      id: chance.uuid(),
      transportCallReference: chance.word(),
      sequence: 1,
      unLocationCode: origin,
      modeOfTransport: 'VESSEL',
      exportVoyageNumber: chance.word(),
      departurePlanned: at(-9),
    },
    milestone: { ...own, ordinal: 4, code: 'DEPARTED', unLocationCode: origin, planned: at(-9) },
    events: [event(), event()],
    rule,
    alert: {
      ...own,
      id: chance.uuid(),
      ruleVersion: 1,
      cause: chance.word(),
      episode: 1,
      kind: 'NO_SIGNAL',
      state: 'OPEN',
      severity: 1,
      fingerprint: chance.word(),
      reason: { kind: 'NO_SIGNAL', thresholdHours: 48, hours: 60, lastSignalAt: at(-4).toISOString() },
      summary: chance.word(),
      eventIds: [],
      occurredAt: at(-2),
      detectedAt: at(-1),
      updatedAt: at(-1),
      acknowledgedBy: chance.word(),
    },
  };
}

/** DRAFT; OPEN to bids; CLOSED, bids can be awarded; PROPOSED and APPROVED, one is. */
const STAGES = ['DRAFT', 'OPEN', 'CLOSED', 'PROPOSED', 'APPROVED'] as const;

interface RequestOptions {
  readonly tenant: string;
  readonly carriers: readonly string[];
  readonly stage: (typeof STAGES)[number];
  readonly shipment: string;
}

async function fillRequest(
  prisma: Database['prisma'],
  chance: Chance,
  { tenant: tenantId, carriers, stage, shipment }: RequestOptions,
): Promise<void> {
  const amount = (): string => `${chance.whole(10_000_000, 99_999_999)}.25`;
  const [rfqId, laneId, awardId, bookingId] = [chance.uuid(), chance.uuid(), chance.uuid(), chance.uuid()];
  const now = Date.now();
  const sentAt = stage === 'DRAFT' ? null : new Date(now - 3 * DAY);
  const invited = carriers.filter((_, place) => place !== chance.whole(0, carriers.length - 1));
  const isAwarded = stage === 'PROPOSED' || stage === 'APPROVED';
  const own = { tenantId, rfqId };
  await prisma.rfq.create({
    data: {
      id: rfqId,
      tenantId,
      reference: chance.word(),
      title: chance.word(),
      state: stage === 'DRAFT' ? 'DRAFT' : isAwarded ? 'AWARDED' : 'PUBLISHED',
      incoterm: 'FOB',
      currency: CURRENCY,
      bidsCloseAt: new Date(now + (stage === 'DRAFT' || stage === 'OPEN' ? DAY : -DAY)),
      createdBy: chance.word(),
      createdAt: new Date(now - 4 * DAY - chance.whole(0, HOUR)),
      publishedAt: sentAt,
    },
  });
  await prisma.lane.create({
    data: {
      ...own,
      id: laneId,
      ordinal: 1,
      origin: chance.of(PORTS.slice(0, 2)),
      destination: chance.of(PORTS.slice(2)),
      isoEquipmentCode: '22G1',
      containerCount: chance.whole(10, 99),
      loadFrom: new Date(now + 30 * DAY),
      loadUntil: new Date(now + 60 * DAY),
    },
  });
  await prisma.invitation.createMany({
    data: invited.map((carrierScac) => ({ ...own, id: chance.uuid(), carrierScac, sentAt })),
  });
  if (stage === 'DRAFT') return;
  const bids = invited.map((carrierScac) => ({
    ...own,
    id: chance.uuid(),
    laneId,
    carrierScac,
    ratePerContainer: amount(),
    currency: CURRENCY,
    transitDays: chance.whole(100_000_000, 999_999_999),
    submittedBy: chance.word(),
    submittedAt: new Date(now - 2 * DAY - chance.whole(0, HOUR)),
  }));
  await prisma.bid.createMany({ data: bids });
  const [winner] = bids;
  if (!isAwarded || !winner) return;
  const { carrierScac } = winner;
  const approval =
    stage === 'APPROVED'
      ? { state: 'APPROVED' as const, approvedBy: chance.word(), approvedAt: new Date(now - HOUR) }
      : {};
  await prisma.award.create({
    data: {
      ...own,
      ...approval,
      id: awardId,
      laneId,
      bidId: winner.id,
      carrierScac,
      ratePerContainer: amount(),
      currency: CURRENCY,
      containerCount: 20,
      awardedBy: chance.word(),
    },
  });
  if (stage !== 'APPROVED') return;
  await prisma.booking.create({
    data: {
      id: bookingId,
      tenantId,
      awardId,
      carrierScac,
      containerCount: 2,
      ratePerContainer: amount(),
      currency: CURRENCY,
      cargoReadyOn: new Date(now + 10 * DAY),
      cargoValue: amount(),
      cargoValueCurrency: CURRENCY,
      state: 'CONFIRMED',
      carrierBookingReference: chance.word(),
      shipmentId: shipment,
      requestedBy: chance.word(),
      confirmedAt: new Date(now),
    },
  });
  await prisma.invoice.create({
    data: {
      id: chance.uuid(),
      tenantId,
      bookingId,
      carrierScac,
      number: chance.word(),
      amount: amount(),
      currency: CURRENCY,
      dueOn: new Date(now + 30 * DAY),
      submittedBy: chance.word(),
    },
  });
}
