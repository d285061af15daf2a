import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  awarded,
  awardOf,
  bidOf,
  bookingInput,
  laneInput,
  offer,
  publishedRfq,
  rfqInput,
  startTestProcurement,
} from './procurement.ts';
import type { Procurement, Result } from './procurement.ts';

let procurement: Procurement;
beforeAll(async () => {
  procurement = await startTestProcurement();
});
afterAll(() => procurement.close());

const count = (results: readonly Result[], typename: string) =>
  results.filter(({ __typename }) => __typename === typename).length;

const times = <T>(length: number, act: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length }, (_, index) => act(index)));

describe('at the same time', () => {
  test('twenty awards of one lane: one wins', async () => {
    const { decide, closeBidding, database } = procurement;
    const { rfqId, laneIds } = await publishedRfq(procurement);
    const bids = [
      await bidOf(procurement, 'carrier-hlcu', laneIds[0]),
      await bidOf(procurement, 'carrier-oney', laneIds[0]),
    ] as const;
    await closeBidding(rfqId);
    const results = await times(20, (index) =>
      decide(index % 3 === 0 ? 'aurora-admin' : 'aurora-buyer', 'awardBid', { bidId: bids[index % 2] }),
    );
    expect(count(results, 'BidAwarded')).toBe(1);
    expect(count(results, 'LaneAlreadyAwarded')).toBe(19);
    expect(new Set(results.map(({ award }) => (award as { id: string }).id)).size).toBe(1);
    const [id] = results.map(({ award }) => (award as { id: string }).id);
    // Whoever did not propose it: every third request was the other one's.
    const { awardedBy } = await database.prisma.award.findUniqueOrThrow({ where: { id: id ?? '' } });
    const another = awardedBy === 'aurora-admin' ? 'aurora-buyer' : 'aurora-admin';
    const approvals = await times(10, () => decide(another, 'approveAward', { id }));
    expect(count(approvals, 'AwardApproved')).toBe(1);
    expect(count(approvals, 'AwardNotProposed')).toBe(9);
    const states = await database.prisma.bid.findMany({ where: { rfqId }, select: { state: true } });
    expect(states.map(({ state }) => state).toSorted()).toEqual(['AWARDED', 'LOST']);
    expect(await database.prisma.rfq.findUnique({ where: { id: rfqId } })).toMatchObject({
      state: 'PARTLY_AWARDED',
    });
  });

  test('awards of every lane: the request ends up awarded', async () => {
    const { closeBidding, database } = procurement;
    const lanes = Array.from({ length: 8 }, () => laneInput());
    const { rfqId, laneIds } = await publishedRfq(procurement, { lanes });
    const bids = await Promise.all(laneIds.map((laneId) => bidOf(procurement, 'carrier-hlcu', laneId)));
    await closeBidding(rfqId);
    await Promise.all(bids.map((bidId) => awarded(procurement, bidId)));
    expect(await database.prisma.rfq.findUnique({ where: { id: rfqId } })).toMatchObject({
      state: 'AWARDED',
    });
  });

  test('bookings never exceed the award', async () => {
    const { decide, database } = procurement;
    const awardId = await awardOf(procurement);
    const results = await times(20, (index) =>
      decide('aurora-buyer', 'createBooking', bookingInput(awardId, { containerCount: 1 + (index % 3) })),
    );
    const { _sum } = await database.prisma.booking.aggregate({
      where: { awardId },
      _sum: { containerCount: true },
    });
    expect(_sum.containerCount).toBe(10);
    expect(count(results, 'BookingRequested') + count(results, 'AwardExhausted')).toBe(20);
    expect(count(results, 'AwardExhausted')).toBeGreaterThanOrEqual(10);
  });

  test('bookings of one shipment under several awards: one is made', async () => {
    const { decide } = procurement;
    const awards = [await awardOf(procurement), await awardOf(procurement)] as const;
    const shipmentId = randomUUID();
    const results = await times(10, (index) =>
      decide('aurora-buyer', 'createBooking', bookingInput(awards[index % 2] as string, { shipmentId })),
    );
    expect(count(results, 'BookingRequested')).toBe(1);
    expect(count(results, 'ShipmentAlreadyBooked')).toBe(9);
    expect(new Set(results.map(({ booking }) => (booking as { id: string }).id)).size).toBe(1);
  });

  test('confirmations of one booking: one counts', async () => {
    const { decide, database } = procurement;
    const { booking } = await decide(
      'aurora-buyer',
      'createBooking',
      bookingInput(await awardOf(procurement)),
    );
    const { id } = booking as { id: string };
    const results = await times(10, (index) =>
      decide('carrier-hlcu', 'confirmBooking', { id, reference: `HL-${index}` }),
    );
    expect(count(results, 'BookingConfirmed')).toBe(1);
    expect(count(results, 'BookingNotRequested')).toBe(9);
    const winner = results.findIndex(({ __typename }) => __typename === 'BookingConfirmed');
    expect(await database.prisma.booking.findUnique({ where: { id } })).toMatchObject({
      carrierBookingReference: `HL-${winner}`,
    });
  });

  test('publications of one draft: one counts', async () => {
    const { decide } = procurement;
    const { rfq } = await decide('aurora-buyer', 'createRfq', { input: rfqInput() });
    const results = await times(10, () =>
      decide('aurora-buyer', 'publishRfq', { id: (rfq as { id: string }).id }),
    );
    expect(count(results, 'RfqPublished')).toBe(1);
    expect(count(results, 'RfqNotInState')).toBe(9);
  });

  test('drafts with one reference: one is made', async () => {
    const { decide } = procurement;
    const input = rfqInput();
    const results = await times(10, () => decide('aurora-buyer', 'createRfq', { input }));
    expect(count(results, 'RfqCreated')).toBe(1);
    expect(count(results, 'RfqReferenceTaken')).toBe(9);
    expect(new Set(results.map(({ rfq }) => (rfq as { id: string }).id)).size).toBe(1);
  });

  test('bids of one carrier for one lane: the last one counts', async () => {
    const { decide, database } = procurement;
    const { laneIds } = await publishedRfq(procurement);
    const results = await times(10, (index) =>
      decide('carrier-hlcu', 'submitBid', offer(laneIds[0], `${1_000 + index}`)),
    );
    expect(count(results, 'BidSubmitted')).toBe(10);
    const bids = await database.prisma.bid.findMany({ where: { laneId: laneIds[0] } });
    expect(bids).toHaveLength(10);
    const counting = bids.filter(({ state }) => state === 'SUBMITTED');
    expect(counting).toHaveLength(1);
    expect(counting[0]?.submittedAt.getTime()).toBe(
      Math.max(...bids.map(({ submittedAt }) => submittedAt.getTime())),
    );
  });

  test('bids and the deadline: what is taken was made before it', async () => {
    const { decide, database } = procurement;
    const { rfqId, laneIds } = await publishedRfq(procurement);
    const results: Result[] = [];
    const bidUntilClosed = async (persona: string): Promise<void> => {
      let result: Result;
      do {
        result = await decide(persona, 'submitBid', offer(laneIds[0]));
        results.push(result);
      } while (result.__typename === 'BidSubmitted');
    };
    const closeAmidBids = async (): Promise<void> => {
      await expect.poll(() => results.length, { timeout: 10_000, interval: 10 }).toBeGreaterThan(4);
      // The lock first: an UPDATE reads the clock before it waits for bids that hold the row.
      await database.prisma.$transaction(async (tx) => {
        await tx.$queryRaw`SELECT 1 FROM rfq WHERE id = ${rfqId}::uuid FOR UPDATE`;
        await tx.$executeRaw`
          UPDATE rfq SET bids_close_at = clock_timestamp() + interval '50 milliseconds' WHERE id = ${rfqId}::uuid`;
      });
    };
    const bidders = ['carrier-hlcu', 'carrier-hlcu', 'carrier-oney', 'carrier-oney'];
    await Promise.all([...bidders.map(bidUntilClosed), closeAmidBids()]);
    expect(count(results, 'BidSubmitted')).toBeGreaterThan(0);
    expect(count(results, 'BiddingClosed')).toBe(4);
    const rfq = await database.prisma.rfq.findUniqueOrThrow({ where: { id: rfqId } });
    const bids = await database.prisma.bid.findMany({ where: { rfqId } });
    expect(bids).toHaveLength(count(results, 'BidSubmitted'));
    expect(bids.every(({ submittedAt }) => submittedAt < rfq.bidsCloseAt)).toBe(true);
  });
});

describe('a decision that had to wait', () => {
  interface Holder {
    query(sql: string, values: unknown[]): Promise<pg.QueryResult>;
    /** How many transactions wait for a lock. */
    waiting(): Promise<number>;
    release(): Promise<void>;
  }

  /** Holds rows until `release`, as another process' transaction would. */
  async function hold(sql: string, id: string): Promise<Holder> {
    const client = new pg.Client({ connectionString: procurement.platform.databaseUrl });
    await client.connect();
    await client.query('BEGIN');
    await client.query(sql, [id]);
    return {
      query: (text, values) => client.query(text, values),
      waiting: async () => {
        const { rows } = await client.query<{ waiting: number }>(
          `SELECT count(*)::int AS waiting FROM pg_locks
           WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())`,
        );
        return rows[0]?.waiting ?? 0;
      },
      release: async () => {
        await client.query('COMMIT');
        await client.end();
      },
    };
  }

  test('is judged by the time when it is taken: a bid held up over the deadline is late', async () => {
    const { decide } = procurement;
    const { rfqId, laneIds } = await publishedRfq(procurement);
    const holder = await hold('SELECT 1 FROM procurement.rfq WHERE id = $1 FOR UPDATE', rfqId);
    const bid = decide('carrier-hlcu', 'submitBid', offer(laneIds[0]));
    await expect.poll(holder.waiting, { timeout: 10_000, interval: 10 }).toBe(1);
    // After the bid's transaction began, before it decides.
    await holder.query(
      `UPDATE procurement.rfq SET bids_close_at = clock_timestamp() + interval '10 milliseconds' WHERE id = $1`,
      [rfqId],
    );
    const passed = async (): Promise<unknown> => {
      const sql = 'SELECT clock_timestamp() > bids_close_at AS passed FROM procurement.rfq WHERE id = $1';
      return (await holder.query(sql, [rfqId])).rows;
    };
    await expect.poll(passed, { timeout: 10_000, interval: 10 }).toEqual([{ passed: true }]);
    await holder.release();
    expect(await bid).toMatchObject({ __typename: 'BiddingClosed' });
  });

  test('sees what was decided meanwhile: an award waits for a bid that is being taken', async () => {
    const { decide, closeBidding, database } = procurement;
    const { rfqId, laneIds } = await publishedRfq(procurement);
    const earlier = await bidOf(procurement, 'carrier-hlcu', laneIds[0]);
    await closeBidding(rfqId);
    // Another process is in the middle of taking a better bid of the same carrier, having judged it to be in time.
    const { release, waiting } = await hold(
      `WITH request AS (SELECT id FROM procurement.rfq WHERE id = $1 FOR SHARE),
         replaced AS (UPDATE procurement.bid SET state = 'REPLACED' WHERE rfq_id = $1 RETURNING *)
       INSERT INTO procurement.bid SELECT gen_random_uuid(), tenant_id, rfq_id, lane_id, carrier_scac,
         rate_per_container - 1, currency, transit_days, 'SUBMITTED', submitted_by, submitted_at
       FROM replaced, request`,
      rfqId,
    );
    const award = decide('aurora-buyer', 'awardBid', { bidId: earlier });
    await expect.poll(waiting, { timeout: 10_000, interval: 10 }).toBe(1);
    await release();
    const counting = await database.prisma.bid.findFirstOrThrow({ where: { rfqId, state: 'SUBMITTED' } });
    expect(await award).toMatchObject({ __typename: 'BidReplaced', bid: { id: counting.id } });
  });
});
