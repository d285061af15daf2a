import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Prisma } from '#prisma/generated/client.ts';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform.ts';
import { DATABASE_LOGINS } from '../config.ts';
import type { CallerScope } from './caller-scope.ts';
import { openDatabase, type Database, type Rows } from './database.ts';
import { ensureLoginRoles } from './login-roles.ts';
import { loginRole } from './urls.ts';

const TENANTS = Array.from({ length: 4 }, () => randomUUID());
const SHIPMENTS_EACH = 3;

let platform: TestPlatform;
let tracking: Database;
let owner: pg.Client;
beforeAll(async () => {
  platform = await startTestPlatform();
  tracking = platform.openDatabase('tracking');
  owner = new pg.Client({ connectionString: platform.databaseUrl });
  await owner.connect();
  for (const tenant of TENANTS) {
    await owner.query(
      `INSERT INTO tracking.shipment (id, tenant_id, reference, carrier_scac, origin, destination)
       SELECT gen_random_uuid(), $1, 'PO-' || n, 'HLCU', 'CNSHA', 'NLRTM' FROM generate_series(1, $2) AS n`,
      [tenant, SHIPMENTS_EACH],
    );
  }
});
afterAll(async () => {
  await owner.end();
  await tracking.close();
  await platform.close();
});

const shipper = (tenant: string): CallerScope => ({
  tenant,
  organisation: 'SHIPPER',
  carrier: null,
  regions: new Set(),
});
const rowsOf = (tenant: string): Rows => tracking.forCaller(shipper(tenant));

describe('the tables', () => {
  it('with a tenant_id all have row-level security, for their owner too, and a policy', async () => {
    const { rows } = await owner.query<{ name: string; guarded: boolean }>(`
      SELECT attrelid::regclass::text AS name, relrowsecurity AND relforcerowsecurity
        AND EXISTS (SELECT FROM pg_policy WHERE polrelid = attrelid) AS guarded
      FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
      WHERE attname = 'tenant_id' AND relkind IN ('r', 'p') AND NOT attisdropped
        AND relnamespace <> 'partitions'::regnamespace ORDER BY 1`);
    expect(rows.length).toBeGreaterThanOrEqual(22);
    expect(rows.filter(({ guarded }) => !guarded)).toEqual([]);
  });

  it('that others are parts of are the only way to those', async () => {
    const names = DATABASE_LOGINS.map((login) => loginRole(platform.databaseUrl, login).name);
    const { rows } = await owner.query(
      `SELECT rolname, pg_class.oid::regclass FROM pg_roles CROSS JOIN pg_class
       WHERE rolname = ANY ($1) AND relnamespace = 'partitions'::regnamespace AND relkind IN ('r', 'p')
         AND has_schema_privilege(rolname, 'partitions', 'USAGE')
         AND has_table_privilege(rolname, pg_class.oid, 'SELECT, INSERT, UPDATE, DELETE')`,
      [names],
    );
    expect(rows).toEqual([]);
  });

  it('take what is to be told of the caller’s own tenant, and show nothing of it', async () => {
    const [own = '', other = ''] = TENANTS;
    const keep = (...told: readonly string[]): Promise<unknown> =>
      rowsOf(own).pool.query('INSERT INTO live_outbox (batch, shipments, bundles) VALUES ($1, $2, $3)', [
        randomUUID(),
        [],
        [[own], told].map((tenants) => JSON.stringify(tenants.map((tenant) => ({ topic: 't', tenant })))),
      ]);
    await keep(own, own);
    await expect(keep(own, other)).rejects.toThrow(/row-level security/);
    await expect(rowsOf(own).pool.query('SELECT FROM live_outbox')).rejects.toThrow(/permission denied/);
  });

  it('let nobody see or add a row of a tenant', async () => {
    const { rows: tables } = await owner.query<{ schema: string; name: string }>(`
      SELECT nspname AS schema, relname AS name FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE relrowsecurity AND nspname = 'tracking' AND relname NOT IN ('unmatched_event', 'live_outbox')`);
    for (const { schema, name } of tables) {
      expect((await tracking.pool.query(`SELECT FROM ${schema}.${name}`)).rowCount).toBe(0);
    }
    expect(await tracking.prisma.shipment.count()).toBe(0);
    expect(await tracking.prisma.shipment.findMany()).toEqual([]);
    await expect(tracking.pool.query(INSERT, [TENANTS[0]])).rejects.toThrow(/row-level security/);
  });
});

describe('the login roles', () => {
  it('are no superusers, bypass nothing, own nothing and can become nobody else', async () => {
    const names = DATABASE_LOGINS.map((login) => loginRole(platform.databaseUrl, login).name);
    const { rows } = await owner.query<{ rolname: string; safe: boolean }>(
      `SELECT rolname, NOT (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)
         AND NOT EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid)
         AND NOT EXISTS (SELECT FROM pg_proc WHERE proowner = pg_roles.oid)
         AND NOT EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid) AS safe
       FROM pg_roles WHERE rolname = ANY ($1) ORDER BY 1`,
      [names],
    );
    expect(rows).toEqual(names.toSorted().map((rolname) => ({ rolname, safe: true })));
  });

  it('that answer callers have no policy that shows all tenants', async () => {
    const { rows } = await owner.query<{ login: string }>(`
      SELECT DISTINCT policyname AS login FROM pg_policies WHERE qual = 'true' ORDER BY 1`);
    expect(rows.map(({ login }) => login)).toEqual(['ingestion', 'registration', 'seed']);
  });

  it('cannot become the one that sees all tenants', async () => {
    const { name } = loginRole(platform.databaseUrl, 'ingestion');
    for (const statement of [
      `SET ROLE ${name}`,
      `SET SESSION AUTHORIZATION ${name}`,
      'RESET ROLE; SET ROLE postgres',
    ]) {
      await expect(tracking.pool.query(statement)).rejects.toThrow(/permission denied/);
    }
    await expect(tracking.pool.query('SELECT FROM unmatched_event')).rejects.toThrow(/permission denied/);
    await expect(tracking.pool.query('SELECT bundles FROM live_outbox')).rejects.toThrow(/permission denied/);
  });

  it('are refused when row-level security does not hold for them', async () => {
    const { metrics, log, databaseUrl: url } = platform;
    const exempt = openDatabase({ url, subgraph: 'exempt', metrics, log });
    await expect(exempt.check()).rejects.toThrow('the database login can bypass row-level security');
    await expect(exempt.prisma.shipment.count()).rejects.toThrow('bypass row-level security');
    await exempt.close();
  });
});

/** Whose rows these are; fails when there are none. */
function ownersOf(rows: readonly { readonly tenantId: string }[]): string[] {
  expect(rows.length).toBeGreaterThan(0);
  return [...new Set(rows.map(({ tenantId }) => tenantId))];
}

const ALL = 'SELECT id, tenant_id AS "tenantId" FROM shipment';
const INSERT = `INSERT INTO shipment (id, tenant_id, reference, carrier_scac, origin, destination)
  VALUES (gen_random_uuid(), $1, gen_random_uuid(), 'HLCU', 'CNSHA', 'NLRTM')`;

/** Ways to ask for shipments without saying whose, and what else a connection may be put through. */
const STEPS: Readonly<Record<string, (rows: Rows, tenant: string) => Promise<readonly string[]>>> = {
  prisma: async ({ prisma }) => ownersOf(await prisma.shipment.findMany()),
  relation: async ({ prisma }) => ownersOf(await prisma.shipment.findMany({ include: { containers: true } })),
  'raw Prisma': async ({ prisma }) =>
    ownersOf(await prisma.$queryRaw<{ tenantId: string }[]>(Prisma.raw(ALL))),
  pool: async ({ pool }) => ownersOf((await pool.query<{ tenantId: string }>(ALL)).rows),
  'by a unique key': async ({ prisma }, tenant) => {
    const keys = TENANTS.map((tenantId) => ({ tenantId_reference: { tenantId, reference: 'PO-1' } }));
    const found = await Promise.all(keys.map((where) => prisma.shipment.findUnique({ where })));
    const own = found.flatMap((row) => row ?? []);
    expect(own).toHaveLength(1);
    await prisma.shipment.findUniqueOrThrow({ where: { id: own[0]?.id ?? '' } });
    expect(own[0]?.tenantId).toBe(tenant);
    return ownersOf(own);
  },
  'a connection of its own': async ({ pool }) => {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('SAVEPOINT before');
      await client.query('SELECT nonsense').catch(() => undefined);
      await client.query('ROLLBACK TO SAVEPOINT before');
      const found = ownersOf((await client.query<{ tenantId: string }>(ALL)).rows);
      await client.query('COMMIT');
      return [...found, ...ownersOf((await client.query<{ tenantId: string }>(ALL)).rows)];
    } finally {
      client.release();
    }
  },
  transaction: async ({ prisma }, tenant) =>
    prisma.$transaction(async (tx) => {
      await tx.shipment.updateMany({ data: { updatedAt: new Date() } });
      const before = await tx.shipment.findUnique({
        where: { tenantId_reference: { tenantId: tenant, reference: 'PO-2' } },
      });
      return [before?.tenantId ?? 'nobody', ...ownersOf(await tx.shipment.findMany())];
    }),
  isolated: async ({ prisma }) =>
    prisma.$transaction(async (tx) => ownersOf(await tx.shipment.findMany()), {
      isolationLevel: 'RepeatableRead',
    }),
  rollback: async ({ prisma }) => {
    const work = prisma.$transaction(async (tx) => {
      await tx.shipment.findMany();
      throw new Error('undo');
    });
    await expect(work).rejects.toThrow('undo');
    return [];
  },
  'failed statement': async ({ prisma, pool }) => {
    await expect(pool.query('SELECT 1 / $1::int', [0])).rejects.toThrow('division by zero');
    await expect(prisma.$queryRaw`SELECT nonsense`).rejects.toThrow('nonsense');
    return [];
  },
  'failed transaction': async ({ prisma }) => {
    await expect(prisma.$transaction((tx) => tx.$executeRaw`SELECT nonsense`)).rejects.toThrow('nonsense');
    return [];
  },
  'broken connection': async ({ prisma }) => {
    const work = prisma.$transaction((tx) => tx.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())`);
    await expect(work).rejects.toThrow();
    return [];
  },
  'late answer': async ({ pool }) => {
    const late = { text: 'SELECT pg_sleep(0.2)', query_timeout: 5 };
    await expect(pool.query(late)).rejects.toThrow('Query read timeout');
    return [];
  },
  "another's row": async ({ prisma, pool }, tenant) => {
    const other = TENANTS.find((each) => each !== tenant) as string;
    await expect(pool.query(INSERT, [other])).rejects.toThrow(/row-level security/);
    const moved = prisma.shipment.updateMany({ data: { tenantId: other } });
    await expect(moved).rejects.toThrow(/row-level security/);
    expect((await pool.query('DELETE FROM shipment WHERE tenant_id = $1', [other])).rowCount).toBe(0);
    return [];
  },
  nobody: async () => {
    const [raw, count] = await Promise.all([tracking.pool.query(ALL), tracking.prisma.shipment.count()]);
    return [raw.rowCount, count].map(() => (raw.rowCount === 0 && count === 0 ? [] : ['somebody'])).flat();
  },
};

describe("a caller's handle", () => {
  it.each(Object.keys(STEPS))('shows nothing but its own tenant’s rows: %s', async (name) => {
    const tenant = TENANTS[0] as string;
    const seen = await STEPS[name]?.(rowsOf(tenant), tenant);
    expect(seen?.filter((each) => each !== tenant)).toEqual([]);
  });

  it('keeps tenants apart whatever they do on the same ten connections at the same time', async () => {
    const step = fc.record({
      tenant: fc.constantFrom(...TENANTS),
      name: fc.constantFrom(...Object.keys(STEPS)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        const seen = await Promise.all(
          steps.map(async ({ tenant, name }) => {
            const found = (await STEPS[name]?.(rowsOf(tenant), tenant)) ?? ['no such step'];
            return found.filter((each) => each !== tenant);
          }),
        );
        expect(seen.flat()).toEqual([]);
        // Nothing is left on any connection.
        const settings = await Promise.all(
          Array.from({ length: 10 }, () =>
            tracking.pool.query<{ tenant: string | null }>(
              "SELECT current_setting('app.tenant', true) AS tenant",
            ),
          ),
        );
        expect(settings.filter(({ rows }) => rows[0]?.tenant)).toEqual([]);
      }),
      { numRuns: Number(process.env.RLS_RUNS ?? 12) },
    );
  });

  it('shows what is bound to a region to callers with that region alone', async () => {
    const tenant = randomUUID();
    await owner.query("INSERT INTO tenancy.tenant VALUES ($1, 'EU')", [tenant]);
    const within = (...regions: string[]): Rows =>
      tracking.forCaller({ ...shipper(tenant), regions: new Set(regions) });
    for (const rows of [within(), within('US', 'DE'), tracking]) {
      await expect(rows.pool.query(INSERT, [tenant])).rejects.toThrow(/row-level security/);
    }
    await within('US', 'EU').pool.query(INSERT, [tenant]);
    expect((await within('EU').pool.query(ALL)).rowCount).toBe(1);
    expect((await within('US', 'DE').pool.query(ALL)).rowCount).toBe(0);
    expect(await within().prisma.$transaction((tx) => tx.shipment.count())).toBe(0);
    // Whoever works for all tenants does so.
    const worker = platform.openDatabase('ingestion');
    expect(await worker.prisma.shipment.count({ where: { tenantId: tenant } })).toBe(1);
    await worker.close();
    // That somebody was refused can still be told to the tenant's own audit trail, and to no other.
    const append = (to: string): Promise<unknown> =>
      within().pool.query("SELECT audit.append(ARRAY[$1]::uuid[], ARRAY['{}'])", [to]);
    await append(tenant);
    await expect(append(randomUUID())).rejects.toThrow('for another tenant');
  });

  it('costs no statement of its own', async () => {
    const { prisma, pool } = rowsOf(TENANTS[0] as string);
    const before = await platform.sqlStatements('tracking');
    await prisma.shipment.findMany();
    await pool.query(ALL);
    await prisma.$transaction((tx) => tx.shipment.findMany());
    // BEGIN and COMMIT count.
    expect(await platform.sqlStatements('tracking')).toBe(before + 5);
  });

  it('refuses what it could not keep apart: statements that send themselves, several in one, lists', async () => {
    const { pool, prisma } = rowsOf(TENANTS[0] as string);
    const client = await pool.connect();
    expect(() => client.query(new pg.Query(ALL))).toThrow('expected a text');
    client.release();
    expect(() => prisma.$transaction([prisma.shipment.count()])).toThrow('expected a function');
    await expect(pool.query('SELECT 1; SELECT 2')).rejects.toThrow(/multiple commands/);
  });

  it('takes a caller whose claims hold what SQL would read', async () => {
    const hostile = { ...shipper(TENANTS[0] as string), carrier: `'; SET app.tenant = '${TENANTS[1]}'; --` };
    expect(ownersOf(await tracking.forCaller(hostile).prisma.shipment.findMany())).toEqual([TENANTS[0]]);
  });
});

describe('an owner that is no superuser', () => {
  it('is given a policy that lets it migrate rows, and no login role is', async () => {
    const name = `owner_${randomUUID().replaceAll('-', '')}`;
    await owner.query(`CREATE ROLE ${name} LOGIN CREATEROLE PASSWORD 'secret'`);
    await owner.query(`CREATE DATABASE ${name} TEMPLATE supercargo_template OWNER ${name}`);
    const url = new URL(platform.databaseUrl);
    url.pathname = `/${name}`;
    const admin = new pg.Client({ connectionString: url.href });
    await admin.connect();
    const { rows } = await admin.query<{ nspname: string }>(
      "SELECT nspname FROM pg_namespace WHERE nspname IN ('tracking', 'procurement', 'carriers', 'caller', 'audit')",
    );
    for (const { nspname } of rows) {
      await admin.query(`ALTER SCHEMA ${nspname} OWNER TO ${name}`);
      await admin.query(`DO $$ DECLARE t regclass; BEGIN
        FOR t IN SELECT oid FROM pg_class WHERE relnamespace = '${nspname}'::regnamespace AND relkind IN ('r', 'p')
        LOOP EXECUTE format('ALTER TABLE %s OWNER TO ${name}', t); END LOOP; END $$`);
      await admin.query(`DO $$ DECLARE f regprocedure; BEGIN
        FOR f IN SELECT oid FROM pg_proc WHERE pronamespace = '${nspname}'::regnamespace
        LOOP EXECUTE format('ALTER FUNCTION %s OWNER TO ${name}', f); END LOOP; END $$`);
    }
    await admin.query(`ALTER SCHEMA public OWNER TO ${name}`);
    await admin.end();
    url.username = name;
    url.password = 'secret';
    await ensureLoginRoles(url.href);
    await ensureLoginRoles(url.href);
    const own = new pg.Client({ connectionString: url.href });
    await own.connect();
    await own.query(INSERT.replace('INTO shipment', 'INTO tracking.shipment'), [TENANTS[0]]);
    expect((await own.query('SELECT FROM tracking.shipment')).rowCount).toBe(1);
    await own.end();
    await owner.query(`DROP DATABASE ${name} WITH (FORCE)`);
  });
});
