import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as documents from './documents.ts';
import {
  awardOf,
  bookingInput,
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

describe('an input that breaks rules', () => {
  test('is answered with every fault: field, value and expectation', async () => {
    const { ask, database } = procurement;
    const input = rfqInput({ reference: ' x', currency: 'XXX', lanes: [laneInput({ origin: 'cnsha' })] });
    const answer = await ask('aurora-buyer', documents.mutations.createRfq, { input, key: randomUUID() });
    expect(answer.data).toBeNull();
    expect(answer.errors).toHaveLength(1);
    expect(answer.errors?.[0]?.extensions).toEqual({
      code: 'BAD_USER_INPUT',
      faults: [
        { field: 'reference', value: '" x"', reason: 'expected no space at its start or end' },
        { field: 'currency', value: '"XXX"', reason: expect.stringContaining('ISO 4217') as string },
        {
          field: 'lanes[0].origin',
          value: '"cnsha"',
          reason: expect.stringContaining('UN/LOCODE') as string,
        },
      ],
    });
    expect(await database.prisma.rfq.count({ where: { reference: ' x' } })).toBe(0);
  });

  test('is refused when bidding would close in the past, by the clock of the database', async () => {
    const { ask } = procurement;
    const input = rfqInput({ bidsCloseAt: '2020-01-01T00:00:00Z' });
    const answer = await ask('aurora-buyer', documents.mutations.createRfq, { input, key: randomUUID() });
    expect(answer.errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      faults: [{ field: 'bidsCloseAt' }],
    });
  });

  test('keeps instants in UTC whatever offset they are given in', async () => {
    const { decide } = procurement;
    const input = rfqInput({ bidsCloseAt: '2099-06-01T02:30:00+05:30' });
    expect(await decide('aurora-buyer', 'createRfq', { input })).toMatchObject({
      rfq: { bidsCloseAt: '2099-05-31T21:00:00.000Z' },
    });
  });

  test.each([
    ['an amount that is a number', { ratePerContainer: { amount: 1250.1, currency: 'USD' } }],
    ['an amount with an exponent', { ratePerContainer: { amount: '1e3', currency: 'USD' } }],
    ['an amount of nothing', { ratePerContainer: { amount: 'NaN', currency: 'USD' } }],
    ['a currency of nowhere', { ratePerContainer: { amount: '1250', currency: 'ABC' } }],
    ['too many days', { transitDays: 4_000_000_000 }],
  ])('does not reach the trade with %s', async (_, changes) => {
    const { ask, database } = procurement;
    const { rfqId, laneIds } = await publishedRfq(procurement);
    const { input } = offer(laneIds[0]) as { input: object };
    const answer = await ask('carrier-hlcu', documents.mutations.submitBid, {
      input: { ...input, ...changes },
      key: randomUUID(),
    });
    expect(answer.errors).toHaveLength(1);
    expect(answer.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(await database.prisma.bid.count({ where: { rfqId } })).toBe(0);
  });

  test.each([
    ['0.00', 'USD'],
    ['-1.00', 'USD'],
    ['1.001', 'USD'],
    ['12345678.9012', 'USD'],
    ['1.5', 'JPY'],
    ['1000000000000000', 'USD'],
  ])('has the amount %s %s refused', async (amount, currency) => {
    const { ask } = procurement;
    const { laneIds } = await publishedRfq(procurement, { currency });
    const variables = { ...offer(laneIds[0], amount, currency), key: randomUUID() };
    const answer = await ask('carrier-hlcu', documents.mutations.submitBid, variables);
    expect(answer.errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      faults: [{ field: 'ratePerContainer.amount', value: `"${amount}"` }],
    });
  });

  test('tells of a booking which fields are wrong', async () => {
    const { ask } = procurement;
    const { input } = bookingInput(await awardOf(procurement), { containerCount: -1, shipmentId: 'S1' });
    const answer = await ask('aurora-buyer', documents.mutations.createBooking, { input, key: randomUUID() });
    expect(answer.errors?.[0]?.extensions.faults?.map(({ field }) => field)).toEqual([
      'containerCount',
      'shipmentId',
    ]);
  });

  test.each(['', 'x'.repeat(36), 'a\u0000'])('has the booking reference %j refused', async (reference) => {
    const { decide, refusal } = procurement;
    const { booking } = await decide(
      'aurora-buyer',
      'createBooking',
      bookingInput(await awardOf(procurement)),
    );
    const { id } = booking as { id: string };
    expect(await refusal('carrier-hlcu', 'confirmBooking', { id, reference })).toBe('BAD_USER_INPUT');
  });
});
