import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEMO_TENANTS } from '#platform/auth/personas.ts';
import * as documents from './documents.ts';
import {
  awarded,
  awardOf,
  bidOf,
  bookingInput,
  invoiceInput,
  offer,
  publishedRfq,
  rfqInput,
  startTestProcurement,
} from './procurement.ts';
import type { Answer, Procurement } from './procurement.ts';

let procurement: Procurement;
beforeAll(async () => {
  procurement = await startTestProcurement();
  const owner = new pg.Client({ connectionString: procurement.platform.databaseUrl });
  await owner.connect();
  await owner.query(`INSERT INTO tenancy.tenant VALUES ($1, 'EU')`, [DEMO_TENANTS.borealis]);
  await owner.end();
});
afterAll(() => procurement.close());

/** The data of an answer without errors. */
function data(answer: Answer): unknown {
  expect(answer.errors).toBeUndefined();
  return answer.data;
}

/** Where the ids of Aurora's whole purchase are: Hapag-Lloyd and ONE bid, Hapag-Lloyd won the first lane and is booked. */
interface Purchase {
  readonly rfqId: string;
  readonly laneIds: readonly [string, ...string[]];
  readonly hlcuBid: string;
  readonly oneyBid: string;
  readonly awardId: string;
  readonly bookingId: string;
  readonly shipmentId: string;
  readonly invitationIds: Readonly<Record<string, string>>;
}

let bought: Promise<Purchase> | undefined;
/** The same one for all tests: none changes it. */
const purchase = (): Promise<Purchase> => (bought ??= buy());

async function buy(): Promise<Purchase> {
  const { decide, closeBidding, database } = procurement;
  const { rfqId, laneIds } = await publishedRfq(procurement);
  const hlcuBid = await bidOf(procurement, 'carrier-hlcu', laneIds[0]);
  const oneyBid = await bidOf(procurement, 'carrier-oney', laneIds[0]);
  await closeBidding(rfqId);
  const awardId = await awarded(procurement, hlcuBid);
  const shipmentId = randomUUID();
  const { booking } = await decide('aurora-buyer', 'createBooking', bookingInput(awardId, { shipmentId }));
  const invitations = await database.prisma.invitation.findMany({ where: { rfqId } });
  return {
    rfqId,
    laneIds,
    hlcuBid,
    oneyBid,
    awardId,
    bookingId: (booking as { id: string }).id,
    shipmentId,
    invitationIds: Object.fromEntries(invitations.map(({ carrierScac, id }) => [carrierScac, id])),
  };
}

const representationsOf = (it: Purchase) => [
  { __typename: 'Rfq', id: it.rfqId },
  { __typename: 'Lane', id: it.laneIds[0] },
  { __typename: 'Invitation', id: it.invitationIds.HLCU },
  { __typename: 'Invitation', id: it.invitationIds.ONEY },
  { __typename: 'Bid', id: it.hlcuBid },
  { __typename: 'Bid', id: it.oneyBid },
  { __typename: 'Award', id: it.awardId },
  { __typename: 'Booking', id: it.bookingId },
  { __typename: 'Shipment', id: it.shipmentId },
];

/** Which of a purchase's objects `_entities` gives to a persona, in the order of `representationsOf`. */
async function seen(persona: string, it: Purchase): Promise<boolean[]> {
  const representations = representationsOf(it);
  const answer = await procurement.ask(persona, documents.entities, { representations });
  const { _entities } = data(answer) as { _entities: ({ __typename: string; booking?: unknown } | null)[] };
  return _entities.map((entity) =>
    entity?.__typename === 'Shipment' ? entity.booking !== null : entity !== null,
  );
}

describe('the gateway asks for', () => {
  test('everything of its own tenant with a shipper’s eyes', async () => {
    const it = await purchase();
    for (const persona of ['aurora-admin', 'aurora-buyer', 'aurora-operations', 'aurora-viewer', 'auditor']) {
      expect(await seen(persona, it)).toEqual([true, true, true, true, true, true, true, true, true]);
    }
  });

  test('nothing with another shipper’s eyes', async () => {
    const it = await purchase();
    for (const persona of ['borealis-admin', 'borealis-buyer', 'borealis-viewer']) {
      expect(await seen(persona, it)).toEqual(Array(9).fill(false));
    }
  });

  test('only its own with a carrier’s eyes', async () => {
    const it = await purchase();
    expect(await seen('carrier-hlcu', it)).toEqual([true, true, true, false, true, false, true, true, true]);
    expect(await seen('carrier-oney', it)).toEqual([
      true,
      true,
      false,
      true,
      false,
      true,
      false,
      false,
      false,
    ]);
  });

  test('nothing with the eyes of a carrier that is not invited', async () => {
    const it = await purchase();
    const answer = await procurement.askWith({ carrier: 'MSCU' }, 'carrier-oney', documents.entities, {
      representations: representationsOf(it).slice(0, 8),
    });
    expect((data(answer) as { _entities: unknown[] })._entities).toEqual(Array(8).fill(null));
  });

  test('what is made up or malformed: it is missing', async () => {
    const ids = [randomUUID(), 'not-a-uuid', '', "'; DROP TABLE rfq; --", '\u0000'];
    const names = ['Rfq', 'Lane', 'Invitation', 'Bid', 'Award', 'Booking'];
    const representations = names.flatMap((__typename) => ids.map((id) => ({ __typename, id })));
    const answer = await procurement.ask('aurora-admin', documents.entities, { representations });
    expect((data(answer) as { _entities: unknown[] })._entities).toEqual(representations.map(() => null));
  });
});

describe('queries', () => {
  test('answer null for what another tenant or carrier owns', async () => {
    const it = await purchase();
    for (const persona of ['borealis-admin', 'borealis-viewer']) {
      expect(await procurement.ask(persona, documents.rfq, { id: it.rfqId })).toEqual({
        data: { rfq: null },
      });
    }
    for (const persona of ['borealis-admin', 'carrier-oney']) {
      const answer = await procurement.ask(persona, documents.booking, { id: it.bookingId });
      expect(answer).toEqual({ data: { booking: null } });
    }
  });

  test('show a carrier its own part of a request and nothing of its rivals', async () => {
    const it = await purchase();
    interface Seen {
      rfq: {
        invitations: { carrier: { scac: string } }[];
        awards: unknown[];
        bids: { edges: { node: { id: string; state: string } }[] };
      };
    }
    const { rfq } = data(await procurement.ask('carrier-oney', documents.rfq, { id: it.rfqId })) as Seen;
    expect(rfq.invitations.map(({ carrier }) => carrier.scac)).toEqual(['ONEY']);
    expect(rfq.awards).toEqual([]);
    expect(rfq.bids.edges.map(({ node }) => [node.id, node.state])).toEqual([[it.oneyBid, 'LOST']]);
  });

  test('hide a draft from the carriers it names', async () => {
    const { ask, decide } = procurement;
    const { rfq } = await decide('aurora-buyer', 'createRfq', { input: rfqInput() });
    const { id, lanes, invitations } = rfq as {
      id: string;
      lanes: [{ id: string }];
      invitations: [{ id: string }];
    };
    expect(await ask('carrier-hlcu', documents.rfq, { id })).toEqual({ data: { rfq: null } });
    const representations = [
      { __typename: 'Rfq', id },
      { __typename: 'Lane', id: lanes[0].id },
      { __typename: 'Invitation', id: invitations[0].id },
    ];
    const answer = await ask('carrier-hlcu', documents.entities, { representations });
    expect((data(answer) as { _entities: unknown[] })._entities).toEqual([null, null, null]);
    const listed = data(await ask('carrier-hlcu', documents.rfqs, { first: 100 })) as {
      rfqs: { edges: { node: { id: string } }[] };
    };
    expect(listed.rfqs.edges.map(({ node }) => node.id)).not.toContain(id);
  });

  test('show a shipper its bids the moment bidding closes, and not before', async () => {
    const { ask, database } = procurement;
    const { rfqId, laneIds } = await publishedRfq(procurement);
    const bidId = await bidOf(procurement, 'carrier-hlcu', laneIds[0]);
    const bids = async (persona: string) => {
      const answer = await ask(persona, documents.rfq, { id: rfqId });
      const { rfq } = data(answer) as { rfq: { bids: { edges: { node: { id: string } }[] } } };
      return rfq.bids.edges.map(({ node }) => node.id);
    };
    const entity = async () => {
      const representations = [{ __typename: 'Bid', id: bidId }];
      const answer = await ask('aurora-admin', documents.entities, { representations });
      return (data(answer) as { _entities: unknown[] })._entities[0];
    };
    expect(await bids('carrier-hlcu')).toEqual([bidId]);
    expect(await bids('aurora-admin')).toEqual([]);
    expect(await entity()).toBeNull();
    await database.pool.query(
      `UPDATE rfq SET bids_close_at = clock_timestamp() + interval '300 milliseconds' WHERE id = $1`,
      [rfqId],
    );
    await expect.poll(() => bids('aurora-admin'), { timeout: 5_000, interval: 25 }).toEqual([bidId]);
    expect(await entity()).not.toBeNull();
    const { rows } = await database.pool.query('SELECT 1 FROM rfq WHERE id = $1 AND bids_close_at <= now()', [
      rfqId,
    ]);
    expect(rows).toHaveLength(1);
  });

  test('list to each what is its own, newest first', async () => {
    const { ask } = procurement;
    const aurora = await purchase();
    const own = await procurement.decide('borealis-buyer', 'createRfq', {
      input: rfqInput({ invitedCarriers: ['ONEY'] }),
    });
    const { id } = own.rfq as { id: string };
    const listed = async (persona: string) => {
      interface Lists {
        rfqs: { edges: { node: { id: string; createdAt: string } }[] };
      }
      const answer = await ask(persona, documents.rfqs, { first: 100 });
      const nodes = (data(answer) as Lists).rfqs.edges.map(({ node }) => node);
      expect(nodes.map(({ createdAt }) => createdAt)).toEqual(
        nodes
          .map(({ createdAt }) => createdAt)
          .toSorted()
          .toReversed(),
      );
      return nodes.map((node) => node.id);
    };
    expect(await listed('aurora-buyer')).toContain(aurora.rfqId);
    expect(await listed('aurora-buyer')).not.toContain(id);
    expect(await listed('borealis-buyer')).toEqual([id]);
    expect(await listed('carrier-oney')).toContain(aurora.rfqId);
    expect(await listed('carrier-oney')).not.toContain(id);
    for (const [persona, seesIt] of [
      ['aurora-buyer', true],
      ['carrier-hlcu', true],
      ['carrier-oney', false],
      ['borealis-admin', false],
    ] as const) {
      const answer = await ask(persona, documents.bookings, { first: 100 });
      const { bookings } = data(answer) as { bookings: { edges: { node: { id: string } }[] } };
      expect(bookings.edges.some(({ node }) => node.id === aurora.bookingId)).toBe(seesIt);
    }
  });
});

describe('mutations', () => {
  test('find nothing of another tenant or carrier', async () => {
    const { refusal } = procurement;
    const it = await purchase();
    const { rfq } = await procurement.decide('aurora-buyer', 'createRfq', { input: rfqInput() });
    const draft = (rfq as { id: string }).id;
    expect(await refusal('borealis-buyer', 'publishRfq', { id: draft })).toBe('NOT_FOUND');
    expect(await refusal('borealis-buyer', 'awardBid', { bidId: it.oneyBid })).toBe('NOT_FOUND');
    expect(await refusal('borealis-buyer', 'createBooking', bookingInput(it.awardId))).toBe('NOT_FOUND');
    expect(await refusal('carrier-oney', 'confirmBooking', { id: it.bookingId, reference: 'X' })).toBe(
      'NOT_FOUND',
    );
    const { laneIds } = await publishedRfq(procurement, { invitedCarriers: ['ONEY'] });
    expect(await refusal('carrier-hlcu', 'submitBid', offer(laneIds[0]))).toBe('NOT_FOUND');
  });

  test('say of what is hidden exactly what they say of what is missing', async () => {
    const { ask } = procurement;
    const { rfq } = await procurement.decide('aurora-buyer', 'createRfq', { input: rfqInput() });
    const hidden = (rfq as { id: string }).id;
    const missing = randomUUID();
    const publish = async (id: string) =>
      JSON.stringify(
        await ask('borealis-buyer', documents.mutations.publishRfq, { id, key: randomUUID() }),
      ).replaceAll(id, 'ID');
    expect(await publish(hidden)).toBe(await publish(missing));
  });

  test('take as many statements for what is hidden as for what is missing, and so do queries', async () => {
    const { askWith, platform } = procurement;
    const it = await purchase();
    const { laneIds } = await publishedRfq(procurement, { invitedCarriers: ['HLCU'] });
    const entity = (type: string) => (id: string) => ({ representations: [{ __typename: type, id }] });
    const key = (): string => randomUUID();
    const uninvited = { carrier: 'MSCU' };
    const asked: [Record<string, unknown>, string, string, string, (id: string) => object][] = [
      [uninvited, 'carrier-oney', documents.rfq, it.rfqId, (id) => ({ id })],
      [uninvited, 'carrier-oney', documents.booking, it.bookingId, (id) => ({ id })],
      [{}, 'borealis-buyer', documents.rfq, it.rfqId, (id) => ({ id })],
      [uninvited, 'carrier-oney', documents.entities, it.hlcuBid, entity('Bid')],
      [uninvited, 'carrier-oney', documents.entities, it.awardId, entity('Award')],
      [{}, 'borealis-buyer', documents.entities, it.shipmentId, entity('Shipment')],
      [{}, 'carrier-oney', documents.mutations.submitBid, laneIds[0], (id) => ({ ...offer(id), key: key() })],
      [{}, 'borealis-buyer', documents.mutations.awardBid, it.hlcuBid, (id) => ({ bidId: id, key: key() })],
      [{}, 'borealis-admin', documents.mutations.approveAward, it.awardId, (id) => ({ id, key: key() })],
    ];
    for (const [claims, persona, document, hidden, variables] of asked) {
      const taken = async (id: string): Promise<number> => {
        const before = await platform.sqlStatements('procurement');
        await askWith(claims, persona, document, variables(id));
        return (await platform.sqlStatements('procurement')) - before;
      };
      expect(await taken(hidden), `${persona} ${document}`).toBe(await taken(randomUUID()));
    }
  });

  test.each(['x', '', '\u0000', '\ud800', "'; --"])('find no object with the id %j', async (id) => {
    const { refusal } = procurement;
    expect(await refusal('aurora-buyer', 'publishRfq', { id })).toBe('NOT_FOUND');
    expect(await refusal('aurora-buyer', 'awardBid', { bidId: id })).toBe('NOT_FOUND');
    expect(await refusal('aurora-buyer', 'createBooking', bookingInput(id))).toBe('NOT_FOUND');
    expect(await refusal('carrier-hlcu', 'submitBid', offer(id))).toBe('NOT_FOUND');
    expect(await refusal('carrier-hlcu', 'confirmBooking', { id, reference: 'X' })).toBe('NOT_FOUND');
  });

  test.each(['aurora-operations', 'aurora-viewer', 'auditor', 'carrier-hlcu', 'integration'])(
    'of a buyer are forbidden to %s',
    async (persona) => {
      const { refusal } = procurement;
      expect(await refusal(persona, 'createRfq', { input: rfqInput() })).toBe('FORBIDDEN');
      expect(await refusal(persona, 'publishRfq', { id: randomUUID() })).toBe('FORBIDDEN');
      expect(await refusal(persona, 'awardBid', { bidId: randomUUID() })).toBe('FORBIDDEN');
      expect(await refusal(persona, 'createBooking', bookingInput(randomUUID()))).toBe('FORBIDDEN');
    },
  );

  test.each(['aurora-admin', 'aurora-buyer', 'auditor', 'integration'])(
    'of a carrier are forbidden to %s',
    async (persona) => {
      const { refusal } = procurement;
      expect(await refusal(persona, 'submitBid', offer(randomUUID()))).toBe('FORBIDDEN');
      expect(await refusal(persona, 'confirmBooking', { id: randomUUID(), reference: 'X' })).toBe(
        'FORBIDDEN',
      );
    },
  );

  test('need the scope to write', async () => {
    const answer = await procurement.askWith(
      { scope: 'graph:read' },
      'aurora-admin',
      documents.mutations.createRfq,
      {
        input: rfqInput(),
        key: randomUUID(),
      },
    );
    expect(answer.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  });
});

describe('whoever may not read', () => {
  const claims: [string, string, Record<string, unknown>][] = [
    ['reports events only', 'integration', {}],
    ['has no role', 'aurora-admin', { roles: [] }],
    ['has a role of nobody here', 'aurora-admin', { roles: ['carrier'] }],
    ['has no scope', 'aurora-admin', { scope: '' }],
    ['is a shipper’s role at a carrier', 'carrier-hlcu', { roles: ['admin'] }],
    ['belongs to the platform', 'aurora-admin', { org_kind: 'PLATFORM' }],
    ['reports events, though it has all other roles', 'aurora-admin', { roles: ['admin', 'integration'] }],
  ];

  test.each(claims)('and %s gets FORBIDDEN at every door', async (_, persona, changes) => {
    const it = await purchase();
    const codes = async (document: string, variables: object) => {
      // With the path of a field that a client asked for, so that it knows what is missing.
      const answer = await procurement.askWith(changes, persona, document, variables);
      expect(JSON.stringify(answer.data)).not.toMatch(/1250|HLCU|NLRTM|RFQ-/);
      expect(answer.errors?.map(({ path }) => path?.length)).toEqual([1]);
      return new Set(answer.errors?.map(({ extensions }) => extensions.code));
    };
    expect(await codes(documents.rfq, { id: it.rfqId })).toEqual(new Set(['FORBIDDEN']));
    expect(await codes(documents.rfqs, {})).toEqual(new Set(['FORBIDDEN']));
    expect(await codes(documents.booking, { id: it.bookingId })).toEqual(new Set(['FORBIDDEN']));
    expect(await codes(documents.bookings, {})).toEqual(new Set(['FORBIDDEN']));
    for (const representation of representationsOf(it)) {
      const variables = { representations: [representation] };
      const answer = await procurement.askWith(changes, persona, documents.entities, variables);
      // Not even whether it is there.
      expect(answer.data).toBeNull();
      expect(answer.errors).toMatchObject([{ path: ['_entities'], extensions: { code: 'FORBIDDEN' } }]);
    }
  });

  test('and has an expired token gets nothing', async () => {
    const { ask } = procurement;
    const answer = await procurement.askWith({ exp: 1 }, 'aurora-admin', '{ rfqs { edges { cursor } } }');
    expect(answer.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    expect(answer.data).toBeUndefined();
    const schema = await ask('integration', '{ _service { sdl } }');
    expect((data(schema) as { _service: { sdl: string } })._service.sdl).toContain('type Rfq');
  });
});

describe('by attribute', () => {
  const PRICE = '{ amount currency }';
  const entity = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
    ... on Bid { bid: ratePerContainer ${PRICE} } ... on Award { award: ratePerContainer ${PRICE} }
    ... on Booking { total ${PRICE} cargoValue ${PRICE} invoices { number amount ${PRICE} } }
    ... on Invoice { amount ${PRICE} booking { id } } ... on Carrier { contacts { email } }
  } }`;

  /** What a persona sees of an object, and the fields that it is forbidden. */
  async function look(
    persona: string,
    representation: object,
    claims: Record<string, unknown> = {},
  ): Promise<{ seen: Record<string, unknown> | null; forbidden: string[] }> {
    const variables = { representations: [representation] };
    const { data: found, errors = [] } = await procurement.askWith(claims, persona, entity, variables);
    expect(errors.every(({ extensions }) => extensions.code === 'FORBIDDEN')).toBe(true);
    const [seen = null] = (found as { _entities: Record<string, unknown>[] } | null)?._entities ?? [];
    return { seen, forbidden: errors.map(({ path = [] }) => path.slice(2).join('.')) };
  }

  test('a bid has a price for its bidder, then for procurement and auditors of the tenant', async () => {
    const { rfqId, laneIds } = await publishedRfq(procurement);
    const bid = { __typename: 'Bid', id: await bidOf(procurement, 'carrier-hlcu', laneIds[0]) };
    const price = { bid: { amount: '1250.00', currency: 'USD' } };
    const missing = { seen: null, forbidden: [] };
    expect(await look('carrier-hlcu', bid)).toEqual({ seen: price, forbidden: [] });
    for (const persona of ['aurora-admin', 'aurora-buyer', 'auditor', 'aurora-finance', 'carrier-oney']) {
      expect(await look(persona, bid)).toEqual(missing);
    }
    await procurement.closeBidding(rfqId);
    for (const persona of ['carrier-hlcu', 'aurora-admin', 'aurora-buyer', 'auditor']) {
      expect(await look(persona, bid)).toEqual({ seen: price, forbidden: [] });
    }
    for (const persona of ['aurora-finance', 'aurora-operations', 'aurora-viewer']) {
      expect(await look(persona, bid)).toEqual({ seen: { bid: null }, forbidden: ['bid'] });
    }
    for (const persona of ['carrier-oney', 'borealis-admin'])
      expect(await look(persona, bid)).toEqual(missing);
  });

  test('the award that a bid has won shows its price to no more people than that', async () => {
    const award = { __typename: 'Award', id: (await purchase()).awardId };
    const rate = { award: { amount: '1250.00', currency: 'USD' } };
    for (const persona of ['carrier-hlcu', 'aurora-buyer', 'aurora-finance', 'auditor']) {
      expect(await look(persona, award)).toEqual({ seen: rate, forbidden: [] });
    }
    for (const persona of ['aurora-operations', 'aurora-viewer']) {
      expect(await look(persona, award)).toEqual({ seen: { award: null }, forbidden: ['award'] });
    }
  });

  test('cargo value and invoices are for finance, procurement and auditors of the tenant', async () => {
    const { decide, refusal } = procurement;
    const cargoValue = { amount: '98000.00', currency: 'EUR' };
    const awardId = await awardOf(procurement);
    const requested = await decide('aurora-buyer', 'createBooking', bookingInput(awardId, { cargoValue }));
    const { id } = requested.booking as { id: string };
    const invoice = invoiceInput(id, { number: 'HL-77' });
    expect(await decide('carrier-hlcu', 'submitInvoice', invoice)).toEqual({
      __typename: 'BookingNotConfirmed',
      state: 'REQUESTED',
    });
    await decide('carrier-hlcu', 'confirmBooking', { id, reference: 'HL-1' });
    expect(await refusal('carrier-oney', 'submitInvoice', invoice)).toBe('NOT_FOUND');
    expect(await refusal('aurora-finance', 'submitInvoice', invoice)).toBe('FORBIDDEN');
    const submitted = await decide('carrier-hlcu', 'submitInvoice', invoice);
    expect(submitted).toMatchObject({
      __typename: 'InvoiceSubmitted',
      invoice: { number: 'HL-77', booking: { id }, carrier: { scac: 'HLCU' }, dueOn: '2026-05-01' },
    });
    const invoiceId = (submitted.invoice as { id: string }).id;
    expect(await decide('carrier-hlcu', 'submitInvoice', invoice)).toEqual({
      __typename: 'InvoiceNumberTaken',
      invoice: { id: invoiceId },
    });

    const booking = { __typename: 'Booking', id };
    const total = { amount: '1250.00', currency: 'USD' };
    const of = { __typename: 'Invoice', id: invoiceId };
    for (const persona of ['aurora-admin', 'aurora-buyer', 'aurora-finance', 'auditor']) {
      const seen = { total, cargoValue, invoices: [{ number: 'HL-77', amount: total }] };
      expect(await look(persona, booking)).toEqual({ seen, forbidden: [] });
      expect(await look(persona, of)).toEqual({ seen: { amount: total, booking: { id } }, forbidden: [] });
    }
    for (const persona of ['aurora-operations', 'aurora-viewer', 'carrier-hlcu']) {
      const seen = { total, cargoValue: null, invoices: [{ number: 'HL-77', amount: null }] };
      expect(await look(persona, booking)).toEqual({ seen, forbidden: ['cargoValue', 'invoices.0.amount'] });
      const { seen: alone, forbidden } = await look(persona, of);
      expect([alone, forbidden]).toEqual([{ amount: null, booking: { id } }, ['amount']]);
    }
    for (const persona of ['carrier-oney', 'borealis-finance']) {
      for (const hidden of [booking, of]) {
        expect(await look(persona, hidden)).toEqual({ seen: null, forbidden: [] });
      }
    }
  });

  test('contacts of a carrier are for those who deal with it', async () => {
    const { decide } = procurement;
    const carrier = { __typename: 'Carrier', scac: 'YMLU' };
    const none = { seen: { contacts: null }, forbidden: ['contacts'] };
    const { rfq } = await decide('aurora-buyer', 'createRfq', {
      input: rfqInput({ invitedCarriers: ['YMLU'] }),
    });
    // A draft asks nobody: it would open any carrier to whoever writes one.
    expect(await look('aurora-buyer', carrier)).toEqual(none);
    await decide('aurora-buyer', 'publishRfq', { id: (rfq as { id: string }).id });
    const contacts = ['booking', 'service', 'sales'].map((box) => ({ email: `${box}@ymlu.example` }));
    for (const persona of ['aurora-buyer', 'aurora-operations', 'auditor']) {
      expect(await look(persona, carrier)).toEqual({ seen: { contacts }, forbidden: [] });
    }
    expect(await look('borealis-buyer', carrier)).toEqual(none);
    expect(await look('carrier-hlcu', carrier)).toEqual(none);
    expect(await look('carrier-hlcu', carrier, { carrier: 'YMLU' })).toEqual({
      seen: { contacts },
      forbidden: [],
    });
  });

  test('data bound to a region are for callers with that region', async () => {
    const { decide, askWith, refusal, platform } = procurement;
    const { rfq } = await decide('borealis-buyer', 'createRfq', { input: rfqInput() });
    const { id, lanes } = rfq as { id: string; lanes: [{ id: string }] };
    await decide('borealis-buyer', 'publishRfq', { id });
    const listed = async (persona: string, regions: unknown): Promise<boolean> => {
      const answer = await askWith({ regions }, persona, documents.rfqs, { first: 100 });
      const { rfqs } = data(answer) as { rfqs: { edges: { node: { id: string } }[] } };
      return rfqs.edges.some(({ node }) => node.id === id);
    };
    const found = { data: { rfq: { id } } };
    const one = '{ rfq(id: $id) { id } }';
    const ask = (persona: string, regions: unknown) =>
      askWith({ regions }, persona, `query ($id: ID!) ${one}`, { id });

    // For a carrier, what it doesn't reach isn't there.
    expect(await ask('carrier-oney', ['EU'])).toEqual(found);
    expect(await listed('carrier-oney', ['EU'])).toBe(true);
    for (const regions of [undefined, [], ['US'], 'EU']) {
      expect(await ask('carrier-oney', regions)).toEqual({ data: { rfq: null } });
      expect(await listed('carrier-oney', regions)).toBe(false);
      const bid = { ...offer(lanes[0].id), key: randomUUID() };
      const answer = await askWith({ regions }, 'carrier-oney', documents.mutations.submitBid, bid);
      expect(answer.errors?.[0]?.extensions.code).toBe('NOT_FOUND');
    }
    // A caller knows its own tenant: it is told.
    expect(await ask('borealis-buyer', ['EU'])).toEqual(found);
    const refused = await ask('borealis-buyer', ['US']);
    expect(refused).toMatchObject({ data: { rfq: null }, errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    expect(await ask('aurora-buyer', [])).toEqual({ data: { rfq: null } });

    // Where a proxy tells it, a change comes from that region too. Nothing that is read depends on it.
    const from = async (region: string): Promise<unknown> => {
      const { __typename } = await decide('borealis-buyer', 'createRfq', { input: rfqInput() }, region);
      return __typename;
    };
    expect(await from('EU')).toBe('RfqCreated');
    expect(await refusal('borealis-buyer', 'createRfq', { input: rfqInput() }, 'US')).toBe('FORBIDDEN');
    expect(await refusal('carrier-oney', 'submitBid', offer(lanes[0].id), 'US')).toBe('NOT_FOUND');
    expect(platform.config.trustedProxy).toBeNull();
  });

  test('whoever proposed an award cannot approve it, nor a login of one factor', async () => {
    const { decide, refusal, database, askWith } = procurement;
    const { rfqId, laneIds } = await publishedRfq(procurement);
    const bidId = await bidOf(procurement, 'carrier-hlcu', laneIds[0]);
    await procurement.closeBidding(rfqId);
    const { award } = await decide('aurora-buyer', 'awardBid', { bidId });
    const { id } = award as { id: string };
    const hidden = { seen: null, forbidden: [] };

    // The carriers learn of it when it is approved.
    expect(await look('carrier-hlcu', { __typename: 'Award', id })).toEqual(hidden);
    expect(await refusal('aurora-buyer', 'approveAward', { id })).toBe('FORBIDDEN');
    const alone = { id, key: randomUUID() };
    const approve = documents.mutations.approveAward;
    for (const claims of [{ amr: ['pwd'] }, { amr: undefined }, { roles: ['buyer', 'auditor'] }]) {
      const answer = await askWith(claims, 'aurora-admin', approve, alone);
      expect(answer.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    }
    for (const persona of ['aurora-finance', 'aurora-operations', 'auditor', 'carrier-hlcu']) {
      expect(await refusal(persona, 'approveAward', { id })).toBe('FORBIDDEN');
    }
    expect(await refusal('borealis-admin', 'approveAward', { id })).toBe('NOT_FOUND');
    expect(await refusal('aurora-admin', 'approveAward', { id: 'x' })).toBe('NOT_FOUND');
    // The database refuses it whatever the program says.
    const sql = `UPDATE award SET state = 'APPROVED', approved_by = awarded_by WHERE id = $1`;
    await expect(database.pool.query(sql, [id])).rejects.toThrow(/award_approved_by_another/);
    expect(await database.prisma.award.findUnique({ where: { id } })).toMatchObject({ state: 'PROPOSED' });

    expect(await decide('aurora-admin', 'approveAward', { id })).toMatchObject({
      __typename: 'AwardApproved',
    });
    expect(await decide('aurora-admin', 'approveAward', { id })).toEqual({
      __typename: 'AwardNotProposed',
      state: 'APPROVED',
    });
    const { seen } = await look('carrier-hlcu', { __typename: 'Award', id });
    expect(seen).toEqual({ award: { amount: '1250.00', currency: 'USD' } });
  });
});
