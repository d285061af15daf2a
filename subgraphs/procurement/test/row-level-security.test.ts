import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Caller } from '#platform/auth/caller.ts';
import { PERSONAS } from '#platform/auth/personas.ts';
import type { Database, Rows } from '#platform/database/database.ts';
import { UNBOUND } from '#platform/policy/residency.ts';
import { subjectOf } from '#platform/policy/subject.ts';
import { seedProcurement } from '#prisma/seed/seed-procurement.ts';
import { startTestPlatform } from '#test/harness/platform.ts';
import type { TestPlatform } from '#test/harness/platform.ts';
import { readBidPages, readBids } from '../bid-reads.ts';
import { createLoaders } from '../loaders.ts';
import { visibleTo } from '../visibility.ts';
import type { Viewer } from '../visibility.ts';

let platform: TestPlatform;
let subgraph: Database;
let everything: Database;
beforeAll(async () => {
  platform = await startTestPlatform();
  subgraph = platform.openDatabase('procurement');
  everything = platform.openDatabase('seed');
  await seedProcurement(everything, Date.now());
});
afterAll(async () => {
  await Promise.all([subgraph.close(), everything.close()]);
  await platform.close();
});

async function callerOf(persona: string, claims: Readonly<Record<string, unknown>> = {}): Promise<Caller> {
  return platform.verifier.verify(await platform.token(persona, claims));
}

const TABLES = ['rfq', 'lane', 'invitation', 'award', 'booking', 'invoice', 'bid'] as const;
type Table = (typeof TABLES)[number];

/** No condition at all, in place of what visibility.ts says. */
const ALL_BIDS = { condition: '$1::text IS NOT NULL AND $3::uuid[] IS NOT NULL', value: '', beyond: [] };

/** The ids that a handle shows to a query that says nothing of who is asking. */
async function shown({ pool }: Rows, table: Table): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(`SELECT id FROM ${table} ORDER BY id`);
  return rows.map(({ id }) => id);
}

/** The caller as visibility.ts sees it, of tenants that are bound to no region. */
const viewerOf = (caller: Caller): Viewer => ({ subject: subjectOf(caller), residency: UNBOUND });

/** The ids that visibility.ts says the caller may see. */
async function visible(caller: Caller, table: Table): Promise<string[]> {
  const { prisma, pool } = everything;
  const { rfqs, lanes, invitations, awards, bookings, invoices, bids } = visibleTo(viewerOf(caller));
  const select = { id: true } as const;
  const found = {
    rfq: () => prisma.rfq.findMany({ where: rfqs, select }),
    lane: () => prisma.lane.findMany({ where: lanes, select }),
    invitation: () => prisma.invitation.findMany({ where: invitations, select }),
    award: () => prisma.award.findMany({ where: awards, select }),
    booking: () => prisma.booking.findMany({ where: bookings, select }),
    invoice: () => prisma.invoice.findMany({ where: invoices, select }),
    bid: async () => readBids(pool, bids, await shown(everything, 'bid')),
  };
  return (await found[table]()).map(({ id }) => id).sort();
}

describe('a query that forgets to say whose rows it wants', () => {
  test.each(PERSONAS.map(({ name }) => name))(
    'shows %s what visibility.ts does, and no more',
    async (persona) => {
      const caller = await callerOf(persona);
      for (const table of TABLES) {
        expect(await shown(subgraph.forCaller(caller), table), table).toEqual(await visible(caller, table));
      }
    },
  );

  test('has something to hide from everybody, and to show to some', async () => {
    const counts = await Promise.all(
      ['aurora-buyer', 'carrier-hlcu'].map(async (persona) => {
        const rows = subgraph.forCaller(await callerOf(persona));
        return Promise.all(TABLES.map(async (table) => (await shown(rows, table)).length));
      }),
    );
    const all = await Promise.all(TABLES.map(async (table) => (await shown(everything, table)).length));
    for (const seen of counts) {
      for (const [place, count] of seen.entries()) {
        expect(count, TABLES[place]).toBeGreaterThan(0);
        expect(count, TABLES[place]).toBeLessThan(all[place] as number);
      }
    }
  });

  test('is what the loaders send when the filter of the resolvers is taken out', async () => {
    const caller = await callerOf('borealis-buyer');
    const rows = subgraph.forCaller(caller);
    const [bids, rfqs] = [await shown(everything, 'bid'), await shown(everything, 'rfq')];
    const own = await visible(caller, 'bid');
    expect((await readBids(rows.pool, ALL_BIDS, bids)).map(({ id }) => id).sort()).toEqual(own);
    const pages = rfqs.map((rfqId) => ({ rfqId, first: 100, after: null }));
    const paged = await readBidPages(rows.pool, ALL_BIDS, pages);
    expect(
      paged
        .flat()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(own);
    // The loaders believe to be asked by Aurora; the database knows better.
    const loaders = createLoaders(rows, viewerOf(await callerOf('aurora-buyer')));
    const asked = await visible(await callerOf('aurora-buyer'), 'rfq');
    expect(await loaders.rfq.loadMany(asked)).toEqual(asked.map(() => null));
    expect((await loaders.lanesOfRfq.loadMany(asked)).flat()).toEqual([]);
  });

  test('shows nothing to a carrier without a code, to another organisation, and to nobody', async () => {
    const carrier = await callerOf('carrier-hlcu');
    const nobodies = [
      { ...carrier, carrier: null },
      { ...carrier, carrier: '' },
      { ...carrier, organisation: 'PLATFORM' as const },
      { ...(await callerOf('aurora-buyer')), organisation: 'PLATFORM' as const },
    ];
    for (const rows of [subgraph, ...nobodies.map((each) => subgraph.forCaller(each))]) {
      for (const table of TABLES) expect(await shown(rows, table), table).toEqual([]);
    }
  });
});

describe('what may be written', () => {
  const OFFER = `INSERT INTO bid (id, tenant_id, rfq_id, lane_id, carrier_scac, rate_per_container, currency,
      transit_days, submitted_by, submitted_at)
    SELECT $1, lane.tenant_id, lane.rfq_id, lane.id, $2, 1, 'USD', 1, 'somebody',
      coalesce($4, date_trunc('milliseconds', clock_timestamp()))
    FROM lane WHERE lane.id = $3`;
  const refused = /row-level security/;

  async function laneOf(state: 'open' | 'closed' | 'draft', scac: string, invited = true): Promise<string> {
    const { rows } = await everything.pool.query<{ id: string }>(
      `SELECT lane.id FROM lane JOIN rfq ON rfq.id = rfq_id
       WHERE (CASE WHEN rfq.state = 'DRAFT' THEN 'draft' WHEN bids_close_at > now() THEN 'open' ELSE 'closed' END) = $1
         AND $3 = EXISTS (SELECT FROM invitation WHERE invitation.rfq_id = rfq.id AND carrier_scac = $2)
       ORDER BY rfq.tenant_id, lane.id LIMIT 1`,
      [state, scac, invited],
    );
    return (rows[0] as { id: string }).id;
  }

  test('a bid: by its carrier, for an open request, now', async () => {
    const { pool } = subgraph.forCaller(await callerOf('carrier-hlcu'));
    const open = await laneOf('open', 'HLCU');
    await expect(pool.query(OFFER, [randomUUID(), 'ONEY', open, null])).rejects.toThrow(refused);
    await expect(
      pool.query(OFFER, [randomUUID(), 'HLCU', open, new Date(Date.now() - 86_400_000)]),
    ).rejects.toThrow(refused);
    await expect(
      pool.query(OFFER, [randomUUID(), 'HLCU', await laneOf('closed', 'HLCU'), null]),
    ).rejects.toThrow(refused);
    // A request that the carrier doesn't see has no lanes for it.
    expect(
      (await pool.query(OFFER, [randomUUID(), 'HLCU', await laneOf('draft', 'HLCU'), null])).rowCount,
    ).toBe(0);
    expect((await pool.query(OFFER, [randomUUID(), 'HLCU', open, null])).rowCount).toBe(1);
    const { pool: buyer } = subgraph.forCaller(await callerOf('aurora-buyer'));
    await expect(buyer.query(OFFER, [randomUUID(), 'HLCU', open, null])).rejects.toThrow(refused);
  });

  test('by a carrier: nothing but bids and its answers to bookings', async () => {
    const { pool } = subgraph.forCaller(await callerOf('carrier-hlcu'));
    for (const table of ['rfq', 'invitation']) {
      await expect(pool.query(`UPDATE ${table} SET tenant_id = tenant_id`), table).rejects.toThrow(refused);
    }
    for (const table of ['lane', 'award']) {
      expect((await pool.query(`UPDATE ${table} SET tenant_id = tenant_id`)).rowCount, table).toBe(0);
    }
    for (const table of TABLES) expect((await pool.query(`DELETE FROM ${table}`)).rowCount, table).toBe(0);
    const given = "UPDATE booking SET carrier_scac = 'ONEY'";
    await expect(pool.query(given)).rejects.toThrow(refused);
    expect((await pool.query('UPDATE booking SET confirmed_at = now()')).rowCount).toBeGreaterThan(0);
  });

  test('by a shipper: sealed bids stay as they are, and nobody else’s rows change', async () => {
    const caller = await callerOf('aurora-buyer');
    const { pool } = subgraph.forCaller(caller);
    const { rows } = await pool.query<{ id: string }>(
      'UPDATE bid SET transit_days = transit_days RETURNING id',
    );
    expect(rows.map(({ id }) => id).sort()).toEqual(await visible(caller, 'bid'));
    await expect(pool.query('UPDATE rfq SET tenant_id = $1', [randomUUID()])).rejects.toThrow(refused);
    const sealed = await everything.pool.query<{ id: string; rfqId: string }>(
      `SELECT bid.id, rfq_id AS "rfqId" FROM bid JOIN rfq ON rfq.id = rfq_id
       WHERE bids_close_at > now() AND bid.tenant_id = $1 LIMIT 1`,
      [caller.tenant],
    );
    const [bid] = sealed.rows;
    // Enough to be told when bidding closes.
    const found = await pool.query('SELECT rfq_of_bid($1) AS id', [bid?.id]);
    expect(found.rows).toEqual([{ id: bid?.rfqId }]);
    const { pool: other } = subgraph.forCaller(await callerOf('borealis-buyer'));
    expect((await other.query('SELECT rfq_of_bid($1) AS id', [bid?.id])).rows).toEqual([{ id: null }]);
  });
});
