import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as documents from './documents.ts';
import {
  awarded,
  awardOf,
  bidOf,
  bookingInput,
  confirmedBooking,
  laneInput,
  offer,
  publishedRfq,
  rfqInput,
  startTestProcurement,
} from './procurement.ts';
import type { Procurement } from './procurement.ts';

let procurement: Procurement;
beforeAll(async () => {
  procurement = await startTestProcurement();
});
afterAll(() => procurement.close());

describe('buying freight', () => {
  test('goes from draft to a confirmed booking', async () => {
    const { ask, decide, closeBidding } = procurement;
    const input = rfqInput();

    const created = await decide('aurora-buyer', 'createRfq', { input });
    expect(created).toMatchObject({
      __typename: 'RfqCreated',
      rfq: {
        reference: input.reference,
        state: 'DRAFT',
        incoterm: 'FOB',
        currency: 'USD',
        bidsCloseAt: input.bidsCloseAt,
        publishedAt: null,
        lanes: [
          { origin: { unlocode: 'CNSHA' }, destination: { unlocode: 'NLRTM' }, containerCount: 10 },
          { destination: { unlocode: 'DEHAM' }, loadFrom: '2026-03-01', loadUntil: '2026-03-31' },
        ],
        invitations: [
          { carrier: { scac: 'HLCU' }, sentAt: null },
          { carrier: { scac: 'ONEY' }, sentAt: null },
        ],
      },
    });
    const { id, lanes } = created.rfq as { id: string; lanes: [{ id: string }, { id: string }] };
    const [first, second] = lanes;

    const published = await decide('aurora-admin', 'publishRfq', { id });
    expect(published).toMatchObject({ __typename: 'RfqPublished', rfq: { state: 'PUBLISHED' } });
    const { publishedAt, invitations } = published.rfq as {
      publishedAt: string;
      invitations: { sentAt: string }[];
    };
    expect(invitations.map((invitation) => invitation.sentAt)).toEqual([publishedAt, publishedAt]);

    const bid = await decide('carrier-hlcu', 'submitBid', offer(first.id, '1300'));
    expect(bid).toMatchObject({
      __typename: 'BidSubmitted',
      bid: {
        lane: { id: first.id },
        carrier: { scac: 'HLCU' },
        ratePerContainer: { amount: '1300.00', currency: 'USD' },
        transitDays: 30,
        state: 'SUBMITTED',
      },
    });
    const replaced = (bid.bid as { id: string }).id;
    const winner = await bidOf(procurement, 'carrier-hlcu', first.id, '1250.10');
    const loser = await bidOf(procurement, 'carrier-oney', first.id, '1249.99');
    const other = await bidOf(procurement, 'carrier-oney', second.id, '2100.00');

    await closeBidding(id);
    const proposed = await decide('aurora-buyer', 'awardBid', { bidId: winner });
    expect(proposed).toMatchObject({
      __typename: 'BidAwarded',
      award: { bid: { id: winner, state: 'SUBMITTED' }, state: 'PROPOSED', approvedAt: null },
    });
    const awardId = (proposed.award as { id: string }).id;
    expect(await decide('aurora-buyer', 'createBooking', bookingInput(awardId))).toEqual({
      __typename: 'AwardNotApproved',
      state: 'PROPOSED',
    });
    const award = await decide('aurora-admin', 'approveAward', { id: awardId });
    expect(award).toMatchObject({
      __typename: 'AwardApproved',
      award: {
        lane: { id: first.id },
        bid: { id: winner, state: 'AWARDED' },
        state: 'APPROVED',
        approvedAt: expect.any(String) as string,
        carrier: { scac: 'HLCU' },
        ratePerContainer: { amount: '1250.10', currency: 'USD' },
        containerCount: 10,
        bookedContainerCount: 0,
      },
    });
    const partly = await ask('auditor', documents.rfq, { id });
    expect(partly.data).toMatchObject({ rfq: { state: 'PARTLY_AWARDED' } });

    await awarded(procurement, other);
    const all = await ask('aurora-buyer', documents.rfq, { id });
    const { rfq } = all.data as unknown as {
      rfq: { state: string; awards: unknown[]; bids: { edges: { node: { id: string; state: string } }[] } };
    };
    expect(rfq.state).toBe('AWARDED');
    expect(rfq.awards).toHaveLength(2);
    expect(rfq.bids.edges.map(({ node }) => [node.id, node.state])).toEqual([
      [other, 'AWARDED'],
      [loser, 'LOST'],
      [winner, 'AWARDED'],
      [replaced, 'REPLACED'],
    ]);

    const shipmentId = randomUUID();
    const requested = await decide(
      'aurora-buyer',
      'createBooking',
      bookingInput(awardId, { containerCount: 3, shipmentId }),
    );
    expect(requested).toMatchObject({
      __typename: 'BookingRequested',
      booking: {
        award: { id: awardId },
        carrier: { scac: 'HLCU' },
        containerCount: 3,
        ratePerContainer: { amount: '1250.10', currency: 'USD' },
        total: { amount: '3750.30', currency: 'USD' },
        cargoReadyOn: '2026-03-05',
        state: 'REQUESTED',
        carrierBookingReference: null,
        shipment: { id: shipmentId },
        confirmedAt: null,
      },
    });

    const bookingId = (requested.booking as { id: string }).id;
    const confirmed = await decide('carrier-hlcu', 'confirmBooking', { id: bookingId, reference: 'HL-4711' });
    expect(confirmed).toMatchObject({
      __typename: 'BookingConfirmed',
      booking: { state: 'CONFIRMED', carrierBookingReference: 'HL-4711' },
    });
    const seen = await ask('aurora-operations', documents.booking, { id: bookingId });
    expect(seen.data).toMatchObject({ booking: { state: 'CONFIRMED', carrierBookingReference: 'HL-4711' } });
    const after = await ask('carrier-hlcu', documents.rfq, { id });
    expect(after.data).toMatchObject({ rfq: { awards: [{ id: awardId, bookedContainerCount: 3 }] } });
  });

  test('a proposal that is turned down makes room for another, and no carrier learns of it', async () => {
    const { ask, decide, refusal, database } = procurement;
    const { rfqId, laneIds } = await publishedRfq(procurement, { lanes: [laneInput()] });
    const first = await bidOf(procurement, 'carrier-hlcu', laneIds[0]);
    const second = await bidOf(procurement, 'carrier-oney', laneIds[0]);
    await procurement.closeBidding(rfqId);
    const proposed = await decide('aurora-buyer', 'awardBid', { bidId: first });
    const { id } = proposed.award as { id: string };
    for (const [persona, code] of [
      ['aurora-finance', 'FORBIDDEN'],
      ['auditor', 'FORBIDDEN'],
      ['carrier-hlcu', 'FORBIDDEN'],
      ['borealis-admin', 'NOT_FOUND'],
    ] as const) {
      expect(await refusal(persona, 'rejectAward', { id, reason: 'no' })).toBe(code);
    }
    const alone = { id, reason: 'no', key: randomUUID() };
    const weak = await procurement.askWith(
      { amr: ['pwd'] },
      'aurora-admin',
      documents.mutations.rejectAward,
      alone,
    );
    expect(weak.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    for (const reason of ['', 'x'.repeat(501)]) {
      expect(await refusal('aurora-admin', 'rejectAward', { id, reason })).toBe('BAD_USER_INPUT');
    }

    const reason = 'Thirty days are too long';
    expect(await decide('aurora-admin', 'rejectAward', { id, reason })).toMatchObject({
      __typename: 'AwardRejected',
      award: {
        state: 'REJECTED',
        bid: { id: first, state: 'SUBMITTED' },
        approvedAt: null,
        rejectedAt: expect.any(String) as string,
        rejectionReason: reason,
      },
    });
    const standing = { __typename: 'AwardNotProposed', state: 'REJECTED' };
    expect(await decide('aurora-admin', 'rejectAward', { id, reason })).toEqual(standing);
    expect(await decide('aurora-admin', 'approveAward', { id })).toEqual(standing);
    expect(await decide('aurora-buyer', 'createBooking', bookingInput(id))).toEqual({
      __typename: 'AwardNotApproved',
      state: 'REJECTED',
    });

    // The same bid again, withdrawn by whoever proposed it; then another, which wins.
    const again = await decide('aurora-buyer', 'awardBid', { bidId: first });
    await decide('aurora-buyer', 'rejectAward', {
      id: (again.award as { id: string }).id,
      reason: 'Withdrawn',
    });
    const awardId = await awarded(procurement, second);
    const { data } = await ask('auditor', documents.rfq, { id: rfqId });
    expect(data).toMatchObject({
      rfq: {
        state: 'AWARDED',
        awards: [{ id: awardId, state: 'APPROVED' }],
        rejectedAwards: [{ rejectionReason: 'Withdrawn' }, { id, rejectionReason: reason }],
      },
    });
    const seen = await ask('carrier-hlcu', documents.rfq, { id: rfqId });
    expect(seen.data).toMatchObject({ rfq: { awards: [], rejectedAwards: [] } });
    // The database refuses a second award that counts, and a rejection without a reason.
    const revive =
      "UPDATE award SET state = 'PROPOSED', rejected_by = NULL, rejected_at = NULL, rejection_reason = NULL";
    await expect(database.pool.query(`${revive} WHERE id = $1`, [id])).rejects.toThrow(/award_lane_id_key/);
    const silent = "UPDATE award SET state = 'REJECTED' WHERE id = $1";
    await expect(database.pool.query(silent, [awardId])).rejects.toThrow(/award_rejected_with_reason/);
  });

  test('keeps amounts exact in currencies of every number of decimals', async () => {
    const { decide, closeBidding } = procurement;
    for (const [currency, rate, shownRate, total] of [
      ['JPY', '999999999999999', '999999999999999', '99999999999999900000'],
      ['KWD', '0.001', '0.001', '100.000'],
      ['USD', '0.1', '0.10', '10000.00'],
    ] as const) {
      const lanes = [laneInput({ containerCount: 100_000 })];
      const { rfqId, laneIds } = await publishedRfq(procurement, { currency, lanes });
      const bid = await decide('carrier-hlcu', 'submitBid', offer(laneIds[0], rate, currency));
      await closeBidding(rfqId);
      const awardId = await awarded(procurement, (bid.bid as { id: string }).id);
      const booking = await decide(
        'aurora-buyer',
        'createBooking',
        bookingInput(awardId, { containerCount: 100_000 }),
      );
      expect(booking).toMatchObject({
        booking: { ratePerContainer: { amount: shownRate, currency }, total: { amount: total, currency } },
      });
    }
  });

  test('shows all decimals of an amount that came another way, such as by an import', async () => {
    const { ask, database } = procurement;
    const id = await confirmedBooking(procurement);
    const imported = { ratePerContainer: '12345678.9012', containerCount: 7 };
    await database.prisma.booking.update({ where: { id }, data: imported });
    const answer = await ask('aurora-buyer', documents.booking, { id });
    expect(answer).toMatchObject({
      data: {
        booking: {
          ratePerContainer: { amount: '12345678.9012', currency: 'USD' },
          total: { amount: '86419752.3084', currency: 'USD' },
        },
      },
    });
  });

  test('several steps in one operation see each other', async () => {
    const { ask } = procurement;
    const key = randomUUID();
    const draft = { input: rfqInput(), key };
    const { rfq } = await procurement.decide('aurora-buyer', 'createRfq', draft);
    const { id } = rfq as { id: string };
    const answer = await ask(
      'aurora-buyer',
      `mutation ($input: CreateRfqInput!, $key: String!, $id: ID!) {
        draft: createRfq(input: $input, idempotencyKey: $key) { ... on RfqCreated { rfq { state } } }
        publish: publishRfq(id: $id, idempotencyKey: "${randomUUID()}") { ... on RfqPublished { rfq { state } } }
        again: publishRfq(id: $id, idempotencyKey: "${randomUUID()}") { ... on RfqNotInState { state } }
      }`,
      { ...draft, id },
    );
    expect(answer).toEqual({
      data: {
        draft: { rfq: { state: 'DRAFT' } },
        publish: { rfq: { state: 'PUBLISHED' } },
        again: { state: 'PUBLISHED' },
      },
    });
  });
});

describe('a wrong step', () => {
  test('a reference is used once in a tenant', async () => {
    const { decide } = procurement;
    const input = rfqInput();
    const { rfq } = await decide('aurora-buyer', 'createRfq', { input });
    const { id } = rfq as { id: string };
    expect(await decide('aurora-buyer', 'createRfq', { input })).toEqual({
      __typename: 'RfqReferenceTaken',
      reference: input.reference,
      rfq: { id },
    });
    expect(await decide('borealis-buyer', 'createRfq', { input })).toMatchObject({
      __typename: 'RfqCreated',
    });
  });

  test('a request is published once, and not after its bidding would have closed', async () => {
    const { decide, closeBidding } = procurement;
    const { rfqId } = await publishedRfq(procurement);
    expect(await decide('aurora-buyer', 'publishRfq', { id: rfqId })).toEqual({
      __typename: 'RfqNotInState',
      state: 'PUBLISHED',
      expected: ['DRAFT'],
    });
    const { rfq } = await decide('aurora-buyer', 'createRfq', { input: rfqInput() });
    const { id } = rfq as { id: string };
    await closeBidding(id);
    expect(await decide('aurora-buyer', 'publishRfq', { id })).toMatchObject({ __typename: 'BiddingClosed' });
  });

  test('a draft takes no bids', async () => {
    const { decide, refusal } = procurement;
    const { rfq } = await decide('aurora-buyer', 'createRfq', { input: rfqInput() });
    const { lanes } = rfq as { lanes: [{ id: string }] };
    expect(await refusal('carrier-hlcu', 'submitBid', offer(lanes[0].id))).toBe('NOT_FOUND');
  });

  test('after the close nobody bids', async () => {
    const { decide, closeBidding } = procurement;
    const { rfqId, laneIds } = await publishedRfq(procurement);
    const bidId = await bidOf(procurement, 'carrier-hlcu', laneIds[0]);
    await closeBidding(rfqId);
    expect(await decide('carrier-oney', 'submitBid', offer(laneIds[0]))).toMatchObject({
      __typename: 'BiddingClosed',
    });
    await decide('aurora-buyer', 'awardBid', { bidId });
    expect(await decide('carrier-oney', 'submitBid', offer(laneIds[1] as string))).toMatchObject({
      __typename: 'BiddingClosed',
    });
  });

  test('bids are in the currency of the request', async () => {
    const { ask } = procurement;
    const { laneIds } = await publishedRfq(procurement);
    const answer = await ask('carrier-hlcu', documents.mutations.submitBid, {
      ...offer(laneIds[0], '1250.00', 'EUR'),
      key: randomUUID(),
    });
    expect(answer.errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      faults: [
        {
          field: 'ratePerContainer.currency',
          value: '"EUR"',
          reason: expect.stringContaining('USD') as string,
        },
      ],
    });
  });

  test('nothing is awarded before the close', async () => {
    const { decide } = procurement;
    const { laneIds } = await publishedRfq(procurement);
    const bidId = await bidOf(procurement, 'carrier-hlcu', laneIds[0]);
    expect(await decide('aurora-buyer', 'awardBid', { bidId })).toMatchObject({
      __typename: 'BiddingStillOpen',
    });
  });

  test('a replaced bid wins nothing, and a lane is awarded once', async () => {
    const { decide, closeBidding } = procurement;
    const { rfqId, laneIds } = await publishedRfq(procurement);
    const replaced = await bidOf(procurement, 'carrier-hlcu', laneIds[0], '1300.00');
    const counting = await bidOf(procurement, 'carrier-hlcu', laneIds[0], '1200.00');
    const rival = await bidOf(procurement, 'carrier-oney', laneIds[0]);
    await closeBidding(rfqId);
    expect(await decide('aurora-buyer', 'awardBid', { bidId: replaced })).toEqual({
      __typename: 'BidReplaced',
      bid: { id: counting, state: 'SUBMITTED' },
    });
    const { award } = await decide('aurora-buyer', 'awardBid', { bidId: rival });
    for (const bidId of [replaced, counting, rival]) {
      expect(await decide('aurora-buyer', 'awardBid', { bidId })).toEqual({
        __typename: 'LaneAlreadyAwarded',
        award: { id: (award as { id: string }).id },
      });
    }
  });

  test('no more is booked than was awarded, and a shipment moves under one booking', async () => {
    const { decide } = procurement;
    const awardId = await awardOf(procurement);
    const shipmentId = randomUUID();
    const { booking } = await decide(
      'aurora-buyer',
      'createBooking',
      bookingInput(awardId, { containerCount: 8, shipmentId }),
    );
    expect(
      await decide(
        'aurora-buyer',
        'createBooking',
        bookingInput(awardId, { shipmentId: shipmentId.toUpperCase() }),
      ),
    ).toEqual({ __typename: 'ShipmentAlreadyBooked', booking: { id: (booking as { id: string }).id } });
    expect(
      await decide('aurora-buyer', 'createBooking', bookingInput(awardId, { containerCount: 3 })),
    ).toEqual({
      __typename: 'AwardExhausted',
      remainingContainerCount: 2,
    });
    expect(
      await decide('aurora-buyer', 'createBooking', bookingInput(awardId, { containerCount: 2 })),
    ).toMatchObject({
      __typename: 'BookingRequested',
    });
  });

  test('a booking is confirmed once', async () => {
    const { decide } = procurement;
    const { booking } = await decide(
      'aurora-buyer',
      'createBooking',
      bookingInput(await awardOf(procurement)),
    );
    const { id } = booking as { id: string };
    await decide('carrier-hlcu', 'confirmBooking', { id, reference: 'FIRST' });
    expect(await decide('carrier-hlcu', 'confirmBooking', { id, reference: 'SECOND' })).toEqual({
      __typename: 'BookingNotRequested',
      state: 'CONFIRMED',
    });
  });
});
