import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Caller } from '#platform/auth/caller.ts';
import { DEMO_TENANT_REGIONS, DEMO_TENANTS, PERSONAS } from '#platform/auth/personas.ts';
import type { Database, Rows } from '#platform/database/database.ts';
import { residencyOf, UNBOUND } from '#platform/policy/residency.ts';
import { subjectOf } from '#platform/policy/subject.ts';
import { seedProcurement } from '#prisma/seed/seed-procurement.ts';
import { seedTenancy } from '#prisma/seed/seed-tenancy.ts';
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
  await Promise.all([seedProcurement(everything, Date.now()), seedTenancy(platform.databaseUrl)]);
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

const RESIDENCY = residencyOf(new Map(Object.entries(DEMO_TENANT_REGIONS)));
/** The caller as visibility.ts sees it. */
const viewerOf = (caller: Caller): Viewer => ({ subject: subjectOf(caller), residency: RESIDENCY });

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

describe('what belongs to a tenant that is bound to a region', () => {
  const ofBound = async (table: Table): Promise<string[]> => {
    const bound = await everything.pool.query<{ id: string }>(
      `SELECT id FROM ${table} WHERE tenant_id = $1 ORDER BY id`,
      [DEMO_TENANTS.borealis],
    );
    return bound.rows.map(({ id }) => id);
  };

  test.each(['borealis-buyer', 'carrier-hlcu', 'aurora-buyer'])(
    'isn’t shown to %s without the region, whatever the query forgets',
    async (persona) => {
      for (const regions of [[], ['US'], ['US', 'CN']]) {
        const caller = await callerOf(persona, { regions });
        const rows = subgraph.forCaller(caller);
        for (const table of TABLES) {
          const seen = await shown(rows, table);
          expect(seen, table).toEqual(await visible(caller, table));
          expect(
            (await ofBound(table)).filter((id) => seen.includes(id)),
            table,
          ).toEqual([]);
        }
      }
    },
  );

  test('isn’t found by the loaders when the resolvers know of no region', async () => {
    const asked = await ofBound('rfq');
    for (const persona of ['borealis-buyer', 'carrier-hlcu']) {
      const [within, without] = await Promise.all([callerOf(persona), callerOf(persona, { regions: [] })]);
      const found = async (caller: Caller): Promise<number> => {
        const viewer = { subject: subjectOf(caller), residency: UNBOUND };
        const loaders = createLoaders(subgraph.forCaller(caller), viewer);
        const [rfqs, lanes, invitations] = await Promise.all([
          loaders.rfq.loadMany(asked),
          loaders.lanesOfRfq.loadMany(asked),
          loaders.invitationsOfRfq.loadMany(asked),
        ]);
        return [...rfqs, ...lanes.flat(), ...invitations.flat()].filter((row) => row !== null).length;
      };
      expect(await found(within), persona).toBeGreaterThan(0);
      expect(await found(without), persona).toBe(0);
    }
  });

  test('isn’t changed without the region, and nothing is added to it', async () => {
    const buyer = subgraph.forCaller(await callerOf('borealis-buyer', { regions: ['US'] }));
    for (const table of TABLES.filter((each) => each !== 'invoice')) {
      const { rowCount } = await buyer.pool.query(`UPDATE ${table} SET tenant_id = tenant_id`);
      expect(rowCount, table).toBe(0);
    }
    const added = buyer.pool.query(
      `INSERT INTO rfq (id, tenant_id, reference, title, incoterm, currency, bids_close_at, created_by)
       VALUES ($1, $2, 'X', 'X', 'FOB', 'USD', now(), 'somebody')`,
      [randomUUID(), DEMO_TENANTS.borealis],
    );
    await expect(added).rejects.toThrow(/row-level security/);
    const carrier = subgraph.forCaller(await callerOf('carrier-hlcu', { regions: [] }));
    const { rows } = await carrier.pool.query<{ tenant: string }>(
      'UPDATE booking SET confirmed_at = confirmed_at RETURNING tenant_id AS tenant',
    );
    expect(new Set(rows.map(({ tenant }) => tenant))).toEqual(new Set([DEMO_TENANTS.aurora]));
  });
});

describe('to whom a request is sent', () => {
  test('stands beside it and its lanes, whatever becomes of its invitations', async () => {
    const owner = new pg.Client({ connectionString: platform.databaseUrl });
    await owner.connect();
    const sent =
      'ARRAY(SELECT carrier_scac FROM invitation WHERE rfq_id = known.id AND sent_at IS NOT NULL ORDER BY 1)';
    const amiss = async (): Promise<unknown[]> => {
      const { rows } = await owner.query<object>(
        `SELECT known.id FROM rfq AS known LEFT JOIN lane ON lane.rfq_id = known.id
         WHERE known.sent_to <> ${sent} OR lane.sent_to <> known.sent_to`,
      );
      return rows;
    };
    await owner.query('SET search_path = procurement');
    await owner.query('BEGIN');
    for (const change of [
      'UPDATE invitation SET sent_at = now() WHERE sent_at IS NULL',
      "UPDATE invitation SET sent_at = NULL WHERE carrier_scac = 'HLCU'",
      "UPDATE invitation SET carrier_scac = 'ZZZZ' WHERE carrier_scac = 'ONEY'",
      'DELETE FROM invitation WHERE carrier_scac = (SELECT min(carrier_scac) FROM invitation)',
      `INSERT INTO lane (id, tenant_id, rfq_id, ordinal, origin, destination, iso_equipment_code, container_count,
         load_from, load_until) SELECT gen_random_uuid(), tenant_id, id, 99, 'CNSHA', 'NLRTM', '22G1', 1, now(), now() FROM rfq`,
    ]) {
      expect(await amiss(), change).toEqual([]);
      expect((await owner.query(change)).rowCount, change).toBeGreaterThan(0);
    }
    expect(await amiss()).toEqual([]);
    await owner.query('ROLLBACK');
    await owner.end();
  });

  test('is read and written by no login', async () => {
    const { pool } = subgraph.forCaller(await callerOf('carrier-hlcu'));
    for (const statement of [
      'SELECT * FROM rfq',
      'SELECT sent_to FROM lane',
      "UPDATE rfq SET sent_to = '{HLCU}'",
      "INSERT INTO lane (id, sent_to) VALUES (gen_random_uuid(), '{HLCU}')",
    ]) {
      await expect(pool.query(statement), statement).rejects.toThrow(/permission denied/);
    }
    await expect(everything.pool.query('SELECT * FROM lane')).rejects.toThrow(/permission denied/);
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
