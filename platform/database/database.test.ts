import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '#platform/auth/caller.ts';
import { isUnavailable } from '#platform/graphql/mask-error.ts';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform.ts';
import { openDatabase, type Database } from './database.ts';
import { once } from './idempotency.ts';
import { ensureLoginRoles } from './login-roles.ts';
import { loginRole, loginUrl } from './urls.ts';

let platform: TestPlatform;
let procurement: Database;
beforeAll(async () => {
  platform = await startTestPlatform();
  procurement = platform.openDatabase('procurement');
});
afterAll(async () => {
  await procurement.close();
  await platform.close();
});

describe('login roles', () => {
  it.each(['tracking.shipment', 'carriers.port', 'public._prisma_migrations'])(
    'keep procurement from %s',
    async (table) => {
      await expect(procurement.pool.query(`SELECT * FROM ${table}`)).rejects.toThrow(/permission denied/);
    },
  );

  it('can neither make tables nor bypass row-level security', async () => {
    for (const place of ['procurement.loot', 'public.loot']) {
      await expect(procurement.pool.query(`CREATE TABLE ${place} ()`)).rejects.toThrow(/permission denied/);
    }
    const { rows } = await procurement.pool.query<{ safe: boolean }>(
      'SELECT NOT (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb) AS safe FROM pg_roles WHERE rolname = current_user',
    );
    expect(rows).toEqual([{ safe: true }]);
  });

  it('stay as they are when made sure of again, also at the same time', async () => {
    await Promise.all([1, 2, 3].map(() => ensureLoginRoles(platform.databaseUrl)));
    await expect(procurement.prisma.rfq.count()).resolves.toBe(0);
  });

  it("follow from the owner's password", () => {
    const role = loginRole('postgres://owner:one@db/freight', 'tracking');
    expect(role.name).toBe('freight_tracking');
    expect(role.password).toBe(loginRole('postgres://owner:one@elsewhere/freight', 'tracking').password);
    expect(role.password).not.toBe(loginRole('postgres://owner:two@db/freight', 'tracking').password);
    expect(() => loginRole('postgres://owner@db/freight', 'tracking')).toThrow(
      'DATABASE_URL has no password',
    );
  });
});

describe('a database', () => {
  it('counts each statement once, whichever way it is sent', async () => {
    const before = await platform.sqlStatements('procurement');
    await procurement.prisma.rfq.findMany();
    await procurement.pool.query('SELECT 1');
    expect(await platform.sqlStatements('procurement')).toBe(before + 2);
  });

  it('that accepts connections and never answers is unavailable within seconds', async () => {
    const frozen = createServer(() => {});
    await new Promise<void>((resolve) => frozen.listen(0, '127.0.0.1', resolve));
    const url = `postgres://user:pass@127.0.0.1:${(frozen.address() as AddressInfo).port}/frozen`;
    const database = openDatabase({ url, subgraph: 'frozen', metrics: platform.metrics, log: platform.log });
    const error: unknown = await database.prisma.rfq.count().catch((reason: unknown) => reason);
    expect(isUnavailable(error)).toBe(true);
    await expect(database.check()).rejects.toThrow(/timeout/);
    await database.close();
    frozen.close();
  });

  it('is closed in time though a statement is never answered', async () => {
    const url = loginUrl(platform.config, 'procurement');
    const database = openDatabase({ url, subgraph: 'closing', metrics: platform.metrics, log: platform.log });
    const statement = database.pool.query('SELECT pg_sleep(7)');
    const refused = expect(statement).rejects.toThrow(/Connection terminated/);
    await database.check();
    const begun = performance.now();
    await database.close();
    expect(performance.now() - begun).toBeLessThan(3_000);
    await refused;
  });

  it('that is not there is unavailable at once', async () => {
    const url = 'postgres://user:pass@127.0.0.1:1/none';
    const database = openDatabase({ url, subgraph: 'none', metrics: platform.metrics, log: platform.log });
    const error: unknown = await database.prisma.rfq.count().catch((reason: unknown) => reason);
    expect(isUnavailable(error)).toBe(true);
    await database.close();
  });
});

describe('once', () => {
  const caller: Caller = {
    subject: 'aurora-buyer',
    tenant: randomUUID(),
    organisation: 'SHIPPER',
    roles: new Set(),
    scopes: new Set(),
    carrier: null,
    carriers: null,
    regions: new Set(),
    assurance: 'AAL1',
    expiresAt: 0,
    token: '',
  };
  let runs = 0;
  const attempt = (key: string, input: unknown, who = caller, fail = false): Promise<{ id: string }> =>
    procurement.forCaller(who).prisma.$transaction((tx) =>
      once(tx, { caller: who, key, mutation: 'test', input }, () => {
        runs += 1;
        return fail ? Promise.reject(new Error('the work failed')) : Promise.resolve({ id: randomUUID() });
      }),
    );

  it('does the work once for simultaneous repetitions, and gives all the same result', async () => {
    runs = 0;
    const results = await Promise.all(Array.from({ length: 8 }, () => attempt('same', { a: 1, b: 2 })));
    expect(runs).toBe(1);
    expect(new Set(results.map(({ id }) => id)).size).toBe(1);
    await expect(attempt('same', { b: 2, a: 1 })).resolves.toEqual(results[0]);
  });

  it('is a CONFLICT with other arguments', async () => {
    await attempt('other', { a: 1 });
    await expect(attempt('other', { a: 2 })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it("keeps callers' keys apart", async () => {
    runs = 0;
    await attempt('mine', {});
    await attempt('mine', { different: true }, { ...caller, subject: 'someone-else' });
    await attempt('mine', { different: true }, { ...caller, tenant: randomUUID() });
    expect(runs).toBe(3);
  });

  it('forgets a key whose work failed', async () => {
    await expect(attempt('fails', {}, caller, true)).rejects.toThrow('the work failed');
    await expect(attempt('fails', {})).resolves.toHaveProperty('id');
  });

  it.each(['', 'k'.repeat(101)])('refuses a key of the wrong length', async (key) => {
    await expect(attempt(key, {})).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

describe('the connection count of one pool', () => {
  it('stays at ten however many ask', async () => {
    await Promise.all(Array.from({ length: 50 }, () => procurement.pool.query('SELECT pg_sleep(0.01)')));
    const owner = new pg.Client({ connectionString: platform.databaseUrl });
    await owner.connect();
    const { rows } = await owner.query<{ count: string }>(
      "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'supercargo-procurement' AND datname = current_database()",
    );
    await owner.end();
    expect(Number(rows[0]?.count)).toBeLessThanOrEqual(10);
  });
});
