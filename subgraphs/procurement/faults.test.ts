import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draftFaults } from './draft-rfq.ts';
import type { LaneDraft, RfqDraft } from './draft-rfq.ts';
import { requestFaults } from './request-booking.ts';
import { offerFaults } from './submit-bid.ts';
import { textFault } from './value-faults.ts';

const lane = (changes: Partial<LaneDraft> = {}): LaneDraft => ({
  origin: 'CNSHA',
  destination: 'NLRTM',
  isoEquipmentCode: '22G1',
  containerCount: 1,
  loadFrom: '2026-03-01',
  loadUntil: '2026-03-01',
  ...changes,
});

const draft = (changes: Partial<RfqDraft> = {}): RfqDraft => ({
  reference: 'RFQ-1',
  title: 'Asia to Europe',
  incoterm: 'FOB',
  currency: 'USD',
  bidsCloseAt: new Date(),
  lanes: [lane()],
  invitedCarriers: ['HLCU'],
  ...changes,
});

const fields = (faults: readonly { field: string }[]) => faults.map(({ field }) => field);

describe('a draft', () => {
  test('without faults has none, at its limits too', () => {
    expect(draftFaults(draft())).toEqual([]);
    const scacs = Array.from(
      { length: 50 },
      (_, index) => `AB${String.fromCharCode(65 + index / 26, 65 + (index % 26))}`,
    );
    const lanes = Array.from({ length: 100 }, () => lane({ containerCount: 100_000 }));
    expect(
      draftFaults(
        draft({ reference: 'r'.repeat(50), title: '船'.repeat(200), lanes, invitedCarriers: scacs }),
      ),
    ).toEqual([]);
  });

  test('has all of its faults told at once', () => {
    const faults = draftFaults({
      reference: '',
      title: 't'.repeat(201),
      incoterm: 'FOB',
      currency: 'usd',
      bidsCloseAt: new Date(),
      lanes: [
        lane(),
        {
          origin: 'Shanghai',
          destination: 'CN',
          isoEquipmentCode: '40HC',
          containerCount: 0,
          loadFrom: '2026-03-02',
          loadUntil: '2026-03-01',
        },
        lane({ destination: 'CNSHA', containerCount: 100_001, loadFrom: '0000-01-01' }),
      ],
      invitedCarriers: ['HLCU', 'x', 'HLCU'],
    });
    expect(fields(faults)).toEqual([
      'reference',
      'title',
      'currency',
      'lanes[1].origin',
      'lanes[1].destination',
      'lanes[1].isoEquipmentCode',
      'lanes[1].containerCount',
      'lanes[1].loadUntil',
      'lanes[2].destination',
      'lanes[2].containerCount',
      'lanes[2].loadFrom',
      'invitedCarriers[1]',
      'invitedCarriers[2]',
    ]);
    expect(faults[3]).toEqual({
      field: 'lanes[1].origin',
      value: '"Shanghai"',
      reason: expect.stringContaining('UN/LOCODE') as string,
    });
  });

  test('needs lanes and carriers, and not too many', () => {
    expect(fields(draftFaults(draft({ lanes: [], invitedCarriers: [] })))).toEqual([
      'lanes',
      'invitedCarriers',
    ]);
    const lanes = Array.from({ length: 101 }, () => lane());
    expect(fields(draftFaults(draft({ lanes })))).toEqual(['lanes']);
    const many = Array.from({ length: 1_000 }, () => 'bad');
    expect(fields(draftFaults(draft({ invitedCarriers: many }))).length).toBe(51);
  });
});

test('an offer has all of its faults told at once', () => {
  const rate = (amount: string, currency: string) => ({
    laneId: 'x',
    ratePerContainer: { amount, currency },
  });
  expect(fields(offerFaults({ ...rate('0', 'USD'), transitDays: 0 }))).toEqual([
    'ratePerContainer.amount',
    'transitDays',
  ]);
  expect(fields(offerFaults({ ...rate('0', 'XXX'), transitDays: 366 }))).toEqual([
    'ratePerContainer.currency',
    'transitDays',
  ]);
  expect(offerFaults({ ...rate('0.01', 'USD'), transitDays: 365 })).toEqual([]);
});

test('a booking request has all of its faults told at once', () => {
  const request = { awardId: 'x', containerCount: 0, cargoReadyOn: '2200-01-01', shipmentId: 'y' };
  expect(fields(requestFaults(request))).toEqual(['containerCount', 'cargoReadyOn', 'shipmentId']);
  expect(
    requestFaults({ awardId: 'x', containerCount: 1, cargoReadyOn: '2026-01-01', shipmentId: null }),
  ).toEqual([]);
});

describe('a line of text', () => {
  test.each(['a', 'A-1/b', 'ü', '船', '👩‍🚀', 'a b'])('%j passes', (text) => {
    expect(textFault(text, 50)).toBeNull();
  });
  test.each(['', ' ', ' a', 'a ', 'a\u0000b', 'a\nb', '\ud800', 'x'.repeat(51)])('%j fails', (text) => {
    expect(textFault(text, 50)).toMatch(/^expected/);
  });
  test('is counted in characters, not in their parts', () => {
    expect(textFault('👍'.repeat(50), 50)).toBeNull();
    expect(textFault('👍'.repeat(51), 50)).toMatch(/it has 51/);
  });
  test('that passes can be stored', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        fc.pre(textFault(text, 50) === null);
        expect(Buffer.from(text).toString()).toBe(text);
        expect(text).not.toContain('\0');
      }),
    );
  });
});
