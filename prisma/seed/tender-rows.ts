import { between, chance, fixedUuid } from '#tools/demo/chance.ts';
import { DAY, HOUR } from '#tools/demo/itinerary.ts';
import type { Prisma } from '#prisma/generated/client.ts';
import type { Tender, TenderLane, TenderStage } from './demo-tenders.ts';

/** The rows of requests for quotation, in the order in which they can be inserted. */
export interface TenderRows {
  readonly rfqs: Prisma.RfqCreateManyInput[];
  readonly invitations: Prisma.InvitationCreateManyInput[];
  readonly lanes: Prisma.LaneCreateManyInput[];
  readonly bids: Prisma.BidCreateManyInput[];
  readonly awards: Prisma.AwardCreateManyInput[];
}

const CURRENCY = 'USD';

/** Days from the demo's beginning; negative is before. */
const CALENDAR: Readonly<
  Record<TenderStage, { created: number; published: number; closes: number; awarded: number; loads: number }>
> = {
  AWARDED: { created: -150, published: -145, closes: -124, awarded: -118, loads: -110 },
  CLOSED: { created: -18, published: -16, closes: -1, awarded: 0, loads: 20 },
  OPEN: { created: -4, published: -2, closes: 14, awarded: 0, loads: 40 },
  DRAFT: { created: -1, published: 0, closes: 28, awarded: 0, loads: 60 },
};
/** Days during which a lane's containers are loaded. */
const LOADING_PERIOD: Readonly<Record<TenderStage, number>> = {
  AWARDED: 365,
  CLOSED: 30,
  OPEN: 60,
  DRAFT: 90,
};

/** The rows of a request for quotation. @param beginning when the demo began; milliseconds since 1970 */
export function tenderRows(tender: Tender, beginning: number): TenderRows {
  const { tenantId, reference, stage, company } = tender;
  const { created, published, closes, awarded, loads } = CALENDAR[stage];
  const onDay = (days: number): Date => new Date(Math.floor((beginning + days * DAY) / HOUR) * HOUR);
  const rfqId = tenderId(tender);
  const sentAt = stage === 'DRAFT' ? null : onDay(published);
  const rfq = {
    id: rfqId,
    tenantId,
    reference,
    title: tender.title,
    state: stateOf(tender),
    incoterm: tender.incoterm,
    currency: CURRENCY,
    bidsCloseAt: onDay(closes),
    createdBy: `${company}-buyer`,
    createdAt: onDay(created),
    publishedAt: sentAt,
  };
  const invitations = tender.invited.map((carrierScac) => ({
    id: fixedUuid('invitation', rfqId, carrierScac),
    tenantId,
    rfqId,
    carrierScac,
    sentAt,
  }));
  const lanes = tender.lanes.map((lane, at) => ({
    id: laneId(rfqId, at),
    tenantId,
    rfqId,
    ordinal: at,
    origin: lane.origin,
    destination: lane.destination,
    isoEquipmentCode: lane.isoEquipmentCode,
    containerCount: lane.containerCount,
    loadFrom: onDay(loads),
    loadUntil: onDay(loads + LOADING_PERIOD[stage]),
  }));
  const biddingEnds = stage === 'OPEN' ? 0 : closes;
  const bids = tender.lanes.flatMap((lane, at) =>
    sentAt === null
      ? []
      : laneBids(tender, lane, at, (share) => onDay(published + (biddingEnds - published) * share)),
  );
  const awards = tender.lanes.flatMap((lane, at) => {
    const bid = bids.find(({ laneId: of, state }) => of === laneId(rfqId, at) && state === 'AWARDED');
    return bid === undefined ? [] : [awardOf(tender, lane, at, bid, onDay(awarded))];
  });
  return { rfqs: [rfq], invitations, lanes, bids, awards };
}

export function tenderId({ tenantId, reference }: Pick<Tender, 'tenantId' | 'reference'>): string {
  return fixedUuid('rfq', tenantId, reference);
}

export function laneId(rfqId: string, at: number): string {
  return fixedUuid('lane', rfqId, at);
}

function stateOf({ stage, lanes }: Tender): Prisma.RfqCreateManyInput['state'] & string {
  if (stage !== 'AWARDED') return stage === 'DRAFT' ? 'DRAFT' : 'PUBLISHED';
  return lanes.every(({ winner }) => winner !== null) ? 'AWARDED' : 'PARTLY_AWARDED';
}

/** Each invited carrier bids for some of the lanes, the winner for its own, now and then twice. */
function laneBids(
  tender: Tender,
  lane: TenderLane,
  at: number,
  during: (share: number) => Date,
): (Prisma.BidCreateManyInput & { id: string })[] {
  const { tenantId, invited } = tender;
  const rfqId = tenderId(tender);
  return invited.flatMap((carrierScac) => {
    const key = `${rfqId} ${at} ${carrierScac}`;
    const wins = lane.winner === carrierScac;
    if (!wins && chance(key, 'bids') < 0.35) return [];
    // Two dollars' steps, as whole dollars: nothing to round.
    const factor = wins ? between(0.94, 0.99, key, 'rate') : between(1.0, 1.14, key, 'rate');
    const dollars = Math.round((lane.rate * factor) / 2) * 2;
    const bid = {
      tenantId,
      rfqId,
      laneId: laneId(rfqId, at),
      carrierScac,
      currency: CURRENCY,
      transitDays: lane.transitDays + Math.floor(between(wins ? 0 : -1, 4, key, 'days')),
      submittedBy: `carrier-${carrierScac.toLowerCase()}`,
    };
    const last = {
      ...bid,
      id: fixedUuid('bid', key, 'last'),
      ratePerContainer: dollars.toFixed(2),
      state: wins ? ('AWARDED' as const) : lane.winner === null ? ('SUBMITTED' as const) : ('LOST' as const),
      submittedAt: during(between(0.6, 0.95, key, 'at')),
    };
    if (chance(key, 'improved') < 0.6) return [last];
    const first = {
      ...bid,
      id: fixedUuid('bid', key, 'first'),
      ratePerContainer: (dollars + 130).toFixed(2),
      state: 'REPLACED' as const,
      submittedAt: during(between(0.1, 0.5, key, 'first-at')),
    };
    return [first, last];
  });
}

function awardOf(
  { tenantId, company }: Tender,
  { containerCount }: TenderLane,
  at: number,
  bid: Prisma.BidCreateManyInput & { id: string },
  awardedAt: Date,
): Prisma.AwardCreateManyInput {
  const { rfqId, laneId: of, carrierScac, ratePerContainer, currency } = bid;
  return {
    id: awardId(rfqId, at),
    tenantId,
    rfqId,
    laneId: of,
    bidId: bid.id,
    carrierScac,
    ratePerContainer,
    currency,
    containerCount,
    state: 'APPROVED',
    awardedBy: `${company}-buyer`,
    awardedAt,
    approvedBy: `${company}-admin`,
    approvedAt: new Date(awardedAt.getTime() + 3 * HOUR),
  };
}

export function awardId(rfqId: string, at: number): string {
  return fixedUuid('award', rfqId, at);
}
