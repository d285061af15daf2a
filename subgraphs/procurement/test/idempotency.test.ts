import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type * as documents from './documents.ts';
import {
  awardOf,
  bidOf,
  bookingInput,
  confirmedBooking,
  invoiceInput,
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

type Mutation = keyof typeof documents.mutations;

interface Case {
  readonly persona: string;
  readonly mutation: Mutation;
  readonly args: Record<string, unknown>;
  /** The same with one argument changed. */
  readonly other: Record<string, unknown>;
  /** The id in the result, and the table whose rows it is one of. */
  readonly idOf: (result: Result) => string;
  readonly count: () => Promise<number>;
}

const idIn =
  (field: string) =>
  (result: Result): string =>
    (result[field] as { id: string }).id;

const cases: Record<Mutation, () => Promise<Case>> = {
  createRfq: () => {
    const input = rfqInput();
    return Promise.resolve({
      persona: 'aurora-buyer',
      mutation: 'createRfq',
      args: { input },
      other: { input: { ...input, title: 'Another title' } },
      idOf: idIn('rfq'),
      count: () => procurement.database.prisma.rfq.count({ where: { reference: input.reference as string } }),
    });
  },
  publishRfq: async () => {
    const { rfq } = await procurement.decide('aurora-buyer', 'createRfq', { input: rfqInput() });
    const { id } = rfq as { id: string };
    return {
      persona: 'aurora-buyer',
      mutation: 'publishRfq',
      args: { id },
      other: { id: randomUUID() },
      idOf: idIn('rfq'),
      count: () => procurement.database.prisma.rfq.count({ where: { id, state: 'PUBLISHED' } }),
    };
  },
  submitBid: async () => {
    const { laneIds } = await publishedRfq(procurement);
    return {
      persona: 'carrier-hlcu',
      mutation: 'submitBid',
      args: offer(laneIds[0]),
      other: offer(laneIds[0], '1250.01'),
      idOf: idIn('bid'),
      count: () => procurement.database.prisma.bid.count({ where: { laneId: laneIds[0] } }),
    };
  },
  awardBid: async () => {
    const { rfqId, laneIds } = await publishedRfq(procurement, { lanes: [laneInput()] });
    const bidId = await bidOf(procurement, 'carrier-hlcu', laneIds[0]);
    await procurement.closeBidding(rfqId);
    return {
      persona: 'aurora-buyer',
      mutation: 'awardBid',
      args: { bidId },
      other: { bidId: randomUUID() },
      idOf: idIn('award'),
      count: () => procurement.database.prisma.award.count({ where: { rfqId } }),
    };
  },
  approveAward: async () => {
    const { rfqId, laneIds } = await publishedRfq(procurement, { lanes: [laneInput()] });
    const bidId = await bidOf(procurement, 'carrier-hlcu', laneIds[0]);
    await procurement.closeBidding(rfqId);
    const { award } = await procurement.decide('aurora-buyer', 'awardBid', { bidId });
    const { id } = award as { id: string };
    return {
      persona: 'aurora-admin',
      mutation: 'approveAward',
      args: { id },
      other: { id: randomUUID() },
      idOf: idIn('award'),
      count: () => procurement.database.prisma.award.count({ where: { id, state: 'APPROVED' } }),
    };
  },
  rejectAward: async () => {
    const { rfqId, laneIds } = await publishedRfq(procurement, { lanes: [laneInput()] });
    const bidId = await bidOf(procurement, 'carrier-hlcu', laneIds[0]);
    await procurement.closeBidding(rfqId);
    const { award } = await procurement.decide('aurora-buyer', 'awardBid', { bidId });
    const { id } = award as { id: string };
    return {
      persona: 'aurora-admin',
      mutation: 'rejectAward',
      args: { id, reason: 'above budget' },
      other: { id, reason: 'too slow' },
      idOf: idIn('award'),
      count: () => procurement.database.prisma.award.count({ where: { id, state: 'REJECTED' } }),
    };
  },
  createBooking: async () => {
    const awardId = await awardOf(procurement);
    return {
      persona: 'aurora-buyer',
      mutation: 'createBooking',
      args: bookingInput(awardId),
      other: bookingInput(awardId, { containerCount: 2 }),
      idOf: idIn('booking'),
      count: () => procurement.database.prisma.booking.count({ where: { awardId } }),
    };
  },
  confirmBooking: async () => {
    const { booking } = await procurement.decide(
      'aurora-buyer',
      'createBooking',
      bookingInput(await awardOf(procurement)),
    );
    const { id } = booking as { id: string };
    return {
      persona: 'carrier-hlcu',
      mutation: 'confirmBooking',
      args: { id, reference: 'HL-1' },
      other: { id, reference: 'HL-2' },
      idOf: idIn('booking'),
      count: () => procurement.database.prisma.booking.count({ where: { id, state: 'CONFIRMED' } }),
    };
  },
  submitInvoice: async () => {
    const bookingId = await confirmedBooking(procurement);
    const { input } = invoiceInput(bookingId);
    return {
      persona: 'carrier-hlcu',
      mutation: 'submitInvoice',
      args: { input },
      other: { input: { ...input, dueOn: '2026-06-01' } },
      idOf: idIn('invoice'),
      count: () => procurement.database.prisma.invoice.count({ where: { bookingId } }),
    };
  },
};

describe.each(Object.keys(cases) as Mutation[])('%s with one key', (name) => {
  test('is done once, and each repetition gets the first result', async () => {
    const { decide } = procurement;
    const { persona, mutation, args, idOf, count } = await cases[name]();
    const key = randomUUID();
    const first = await decide(persona, mutation, { ...args, key });
    const second = await decide(persona, mutation, { ...args, key });
    expect(second.__typename).toBe(first.__typename);
    expect(idOf(second)).toBe(idOf(first));
    expect(await count()).toBe(1);
  });

  test('is done once when ten come at the same time', async () => {
    const { decide } = procurement;
    const { persona, mutation, args, idOf, count } = await cases[name]();
    const key = randomUUID();
    const results = await Promise.all(
      Array.from({ length: 10 }, () => decide(persona, mutation, { ...args, key })),
    );
    expect(new Set(results.map(({ __typename }) => __typename)).size).toBe(1);
    expect(new Set(results.map(idOf)).size).toBe(1);
    expect(await count()).toBe(1);
  });

  test('and other arguments is a conflict', async () => {
    const { decide, refusal } = procurement;
    const { persona, mutation, args, other, count } = await cases[name]();
    const key = randomUUID();
    await decide(persona, mutation, { ...args, key });
    expect(await refusal(persona, mutation, { ...other, key })).toBe('CONFLICT');
    expect(await count()).toBe(1);
  });
});

describe('a key', () => {
  test('belongs to one caller', async () => {
    const { decide } = procurement;
    const key = randomUUID();
    const [buyer, admin, borealis] = [rfqInput(), rfqInput(), rfqInput()];
    const results = [
      await decide('aurora-buyer', 'createRfq', { input: buyer, key }),
      await decide('aurora-admin', 'createRfq', { input: admin, key }),
      await decide('borealis-buyer', 'createRfq', { input: borealis, key }),
    ];
    expect(new Set(results.map(idIn('rfq'))).size).toBe(3);
  });

  test('belongs to one mutation', async () => {
    const { decide, refusal } = procurement;
    const key = randomUUID();
    const { rfq } = await decide('aurora-buyer', 'createRfq', { input: rfqInput(), key });
    expect(await refusal('aurora-buyer', 'publishRfq', { id: (rfq as { id: string }).id, key })).toBe(
      'CONFLICT',
    );
  });

  test('is free again after an error', async () => {
    const { decide, refusal } = procurement;
    const key = randomUUID();
    expect(await refusal('aurora-buyer', 'publishRfq', { id: randomUUID(), key })).toBe('NOT_FOUND');
    const { rfq } = await decide('aurora-buyer', 'createRfq', { input: rfqInput(), key });
    expect(rfq).toBeDefined();
  });

  test('keeps a refusal too', async () => {
    const { decide, closeBidding } = procurement;
    const { rfqId, laneIds } = await publishedRfq(procurement);
    const bidId = await bidOf(procurement, 'carrier-hlcu', laneIds[0]);
    const key = randomUUID();
    const early = await decide('aurora-buyer', 'awardBid', { bidId, key });
    expect(early.__typename).toBe('BiddingStillOpen');
    await closeBidding(rfqId);
    expect(await decide('aurora-buyer', 'awardBid', { bidId, key })).toEqual(early);
    expect(await decide('aurora-buyer', 'awardBid', { bidId })).toMatchObject({ __typename: 'BidAwarded' });
  });

  test('finds the object of the first result as it is now', async () => {
    const { decide } = procurement;
    const key = randomUUID();
    const input = rfqInput();
    const { rfq } = await decide('aurora-buyer', 'createRfq', { input, key });
    expect(rfq).toMatchObject({ state: 'DRAFT' });
    await decide('aurora-buyer', 'publishRfq', { id: (rfq as { id: string }).id });
    expect(await decide('aurora-buyer', 'createRfq', { input, key })).toMatchObject({
      rfq: { state: 'PUBLISHED' },
    });
  });

  test('is stored with a reference, not with a copy', async () => {
    const { decide, database } = procurement;
    const key = randomUUID();
    const { rfq } = await decide('aurora-buyer', 'createRfq', { input: rfqInput(), key });
    const stored = await database.prisma.procurementIdempotencyKey.findFirstOrThrow({ where: { key } });
    expect(stored.result).toEqual({ __typename: 'RfqCreated', rfqId: (rfq as { id: string }).id });
  });

  test.each(['', 'k'.repeat(101), 'a\u0000', '\ud800'])('%j is refused', async (key) => {
    const { refusal } = procurement;
    expect(await refusal('aurora-buyer', 'createRfq', { input: rfqInput(), key })).toBe('BAD_USER_INPUT');
  });
});
