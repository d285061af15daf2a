import type { Database } from '#platform/database/database.ts';
import type { Prisma } from '#prisma/generated/client.ts';
import { between, fixedUuid } from '#tools/demo/chance.ts';
import { DAY, HOUR } from '#tools/demo/itinerary.ts';
import { scriptedVoyage } from '#tools/demo/scripted-voyages.ts';
import { voyageKey } from '#tools/demo/demo-shipment.ts';
import { demoShipments, type SeededShipment } from './demo-shipments.ts';
import { demoTenders, isLaneOf, type Tender } from './demo-tenders.ts';
import { awardId, tenderId, tenderRows } from './tender-rows.ts';

/**
 * Adds the demo's requests for quotation with their bids and awards, the bookings under which the demo's shipments
 * move, and what the carriers have invoiced for them. What is there already stays as it is.
 *
 * @param beginning when the demo began; milliseconds since 1970
 * @returns how many requests were added
 */
export async function seedProcurement({ prisma }: Database, beginning: number): Promise<number> {
  const known = await prisma.rfq.count({ where: { id: tenderId(FIRST) } });
  if (known > 0) return 0;
  const shipments = demoShipments(beginning);
  const tenders = demoTenders(shipments);
  const rows = tenders.map((tender) => tenderRows(tender, beginning));
  return prisma.$transaction(async (tx) => {
    const insert = { skipDuplicates: true };
    const { count } = await tx.rfq.createMany({ data: rows.flatMap(({ rfqs }) => rfqs), ...insert });
    // Where somebody else's request has the reference, the demo's own isn't there, nor may be what belongs to it.
    const ids = rows.flatMap(({ rfqs }) => rfqs.map(({ id }) => id));
    const stored = new Set((await tx.rfq.findMany({ where: { id: { in: ids } } })).map(({ id }) => id));
    const present = <Row extends { rfqId: string }>(all: readonly Row[]): Row[] =>
      all.filter(({ rfqId }) => stored.has(rfqId));
    await tx.invitation.createMany({ data: present(rows.flatMap((each) => each.invitations)), ...insert });
    await tx.lane.createMany({ data: present(rows.flatMap((each) => each.lanes)), ...insert });
    await tx.bid.createMany({ data: present(rows.flatMap((each) => each.bids)), ...insert });
    const awards = present(rows.flatMap((each) => each.awards));
    await tx.award.createMany({ data: awards, ...insert });
    const bookings = bookingRows(awards, tenders, shipments, beginning);
    await tx.booking.createMany({ data: bookings, ...insert });
    await tx.invoice.createMany({ data: bookings.flatMap(invoiceRows), ...insert });
    return count;
  });
}

const FIRST = demoTenders([])[0] as Tender;

/** One booking for each shipment that moves, and a request that waits for its carrier at every fifth award. */
function bookingRows(
  awards: readonly Prisma.AwardCreateManyInput[],
  tenders: readonly Tender[],
  shipments: readonly SeededShipment[],
  beginning: number,
): Prisma.BookingCreateManyInput[] {
  const awardsById = new Map(awards.map((award) => [award.id, award]));
  const linked = shipments.flatMap((shipment) => {
    const award = awardsById.get(awardFor(shipment, tenders) ?? '');
    if (!award || scriptedVoyage(voyageKey(shipment))?.next === null) return [];
    const requestedAt = shipment.createdAt.getTime() - between(2, 20, shipment.id, 'requested') * HOUR;
    return {
      ...bookingOf(award, shipment.containers.length, shipment.plannedDeparture.getTime() - 6 * DAY),
      id: fixedUuid('booking', shipment.id),
      state: 'CONFIRMED' as const,
      carrierBookingReference: shipment.carrierBookingReference,
      shipmentId: shipment.id,
      cargoValue: (
        Math.round(between(18, 140, shipment.id, 'value')) *
        1_000 *
        shipment.containers.length
      ).toFixed(2),
      cargoValueCurrency: 'USD',
      requestedAt: new Date(requestedAt),
      confirmedAt: shipment.createdAt,
    };
  });
  const waiting = awards
    .filter((_, at) => at % 5 === 0)
    .map((award) => ({
      ...bookingOf(award, 2, beginning + 18 * DAY),
      id: fixedUuid('booking', award.id, 'waiting'),
      requestedAt: new Date(beginning - between(2, 30, award.id, 'waiting') * HOUR),
    }));
  return [...linked, ...waiting];
}

/** The carrier invoices a week after it has confirmed, at the booked rate, to be paid within thirty days. */
function invoiceRows(booking: BookingRow): Prisma.InvoiceCreateManyInput[] {
  const { id, tenantId, carrierScac, currency, containerCount, ratePerContainer, confirmedAt } = booking;
  if (!(confirmedAt instanceof Date)) return [];
  const submittedAt = new Date(confirmedAt.getTime() + 7 * DAY);
  return [
    {
      id: fixedUuid('invoice', id),
      tenantId,
      bookingId: id,
      carrierScac,
      number: `${carrierScac}-${fixedUuid('invoice-number', id).slice(0, 8).toUpperCase()}`,
      // Whole dollars: nothing to round.
      amount: (Number(ratePerContainer) * containerCount).toFixed(2),
      currency,
      dueOn: new Date(Math.floor((submittedAt.getTime() + 30 * DAY) / DAY) * DAY),
      submittedBy: `carrier-${carrierScac.toLowerCase()}`,
      submittedAt,
    },
  ];
}

type BookingRow = Prisma.BookingCreateManyInput;

function awardFor(shipment: SeededShipment, tenders: readonly Tender[]): string | undefined {
  for (const tender of tenders) {
    if (tender.tenantId !== shipment.tenantId) continue;
    const at = tender.lanes.findIndex((lane) => isLaneOf(shipment, lane));
    if (at >= 0) return awardId(tenderId(tender), at);
  }
  return undefined;
}

function bookingOf(award: Prisma.AwardCreateManyInput, containerCount: number, cargoReady: number) {
  const { id, tenantId, carrierScac, ratePerContainer, currency, awardedBy } = award;
  const cargoReadyOn = new Date(Math.floor(cargoReady / DAY) * DAY);
  return {
    tenantId,
    awardId: id,
    carrierScac,
    containerCount,
    ratePerContainer,
    currency,
    cargoReadyOn,
    requestedBy: awardedBy,
  };
}
