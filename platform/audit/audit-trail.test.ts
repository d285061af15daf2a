import { generateKeyPairSync, randomUUID } from 'node:crypto';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from '../database/database.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform.ts';
import { anchorLine, readAnchors } from './anchors.ts';
import type { AuditEvent } from './audit-sink.ts';
import { createAuditTrail, type AuditTrail } from './audit-trail.ts';
import { recordChange } from './record-change.ts';
import { RepeatedDenials, THRESHOLD, WINDOW } from './repeated-denials.ts';
import { RequestAudit } from './request-audit.ts';
import { verifyTrail } from './verify-trail.ts';

let platform: TestPlatform;
let owner: pg.Client;
let procurement: Database;
beforeAll(async () => {
  platform = await startTestPlatform();
  procurement = platform.openDatabase('procurement');
  owner = new pg.Client({ connectionString: platform.databaseUrl });
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await procurement.close();
  await platform.close();
});

const origin = { correlationId: 'r-1', service: 'test', address: null };

function denialOf(tenant: string, changes: Partial<AuditEvent> = {}): AuditEvent {
  return {
    kind: 'DENIAL',
    caller: { tenant, subject: 'mallory', organisation: 'SHIPPER', roles: new Set(['viewer']) },
    action: 'Bid.ratePerContainer',
    rule: 'sealed',
    reason: 'bidding is still open',
    facts: { state: 'PUBLISHED' },
    origin,
    ...changes,
  };
}

/** A tenant with a chain of so many entries. */
async function chainOf(count: number): Promise<string> {
  const tenant = randomUUID();
  for (let n = 1; n <= count; n++)
    platform.audit.record(denialOf(tenant, { kind: 'READ', action: `read ${n}` }));
  await platform.audit.flush();
  return tenant;
}

async function contentsOf(tenant: string): Promise<Record<string, unknown>[]> {
  const { rows } = await owner.query<{ content: string }>(
    'SELECT content FROM audit.entry WHERE tenant_id = $1 ORDER BY sequence',
    [tenant],
  );
  return rows.map(({ content }) => JSON.parse(content) as Record<string, unknown>);
}

/** What only somebody with the owner's rights and much intent can do. */
async function tamper(...statements: readonly string[]): Promise<void> {
  await owner.query("SET session_replication_role = 'replica'");
  for (const statement of statements) await owner.query(statement);
  await owner.query("SET session_replication_role = 'origin'");
}

async function problemsOf(tenant: string): Promise<string[]> {
  const { findings } = await verifyTrail(owner, [], tenant);
  return findings.map(({ sequence, problem }) => `${sequence} ${problem.split(':')[0]}`);
}

describe('the trail', () => {
  it('is written in order, off the request path, and verifies', async () => {
    const tenant = await chainOf(7);
    expect((await contentsOf(tenant)).map(({ action }) => action)).toEqual(
      Array.from({ length: 7 }, (_, n) => `read ${n + 1}`),
    );
    expect(await verifyTrail(owner, [], tenant)).toMatchObject({ entries: 7, findings: [] });
  });

  it('counts what happens again before it is written', async () => {
    const tenant = randomUUID();
    for (let n = 0; n < 5; n++) platform.audit.record(denialOf(tenant));
    await platform.audit.flush();
    expect(await contentsOf(tenant)).toMatchObject([{ kind: 'DENIAL', count: 5, subject: 'mallory' }]);
  });

  it('stays whole when many write to the same chains at the same time', async () => {
    const tenants = [randomUUID(), randomUUID(), randomUUID()];
    const { metrics, log } = platform;
    const trails = Array.from({ length: 4 }, () =>
      createAuditTrail({ database: platform.openDatabase('audit'), metrics, log }),
    );
    const write = async (trail: AuditTrail, round: number): Promise<void> => {
      for (const tenant of tenants.toSorted(() => round - 2)) {
        trail.record(denialOf(tenant, { kind: 'READ', action: `${round} ${randomUUID()}` }));
      }
      await trail.flush();
    };
    const decide = (tenant: string): Promise<void> =>
      procurement
        .forCaller({ tenant, organisation: 'SHIPPER', carrier: null, regions: new Set() })
        .prisma.$transaction((tx) => recordChange(tx, denialOf(tenant)));
    await Promise.all([
      ...trails.flatMap((trail, index) => [0, 1, 2].map((round) => write(trail, round + index))),
      ...tenants.flatMap((tenant) => [decide(tenant), decide(tenant)]),
    ]);
    for (const tenant of tenants) {
      expect(await verifyTrail(owner, [], tenant)).toMatchObject({ entries: 14, findings: [] });
    }
    await Promise.all(trails.map((trail) => trail.close()));
  });

  it('has a change if and only if it was made, and in the chain of its own tenant', async () => {
    const tenant = randomUUID();
    const { prisma } = procurement.forCaller({
      tenant,
      organisation: 'SHIPPER',
      carrier: null,
      regions: new Set(),
    });
    await prisma.$transaction((tx) => recordChange(tx, denialOf(tenant, { action: 'awardBid' })));
    const undone = prisma.$transaction(async (tx) => {
      await recordChange(tx, denialOf(tenant, { action: 'undone' }));
      throw new Error('undo');
    });
    await expect(undone).rejects.toThrow('undo');
    const foreign = prisma.$transaction((tx) => recordChange(tx, denialOf(randomUUID())));
    await expect(foreign).rejects.toThrow(/another tenant/);
    expect(await contentsOf(tenant)).toMatchObject([{ kind: 'CHANGE', action: 'awardBid' }]);
  });

  it('keeps what can’t be written yet, counts what doesn’t fit, and records that', async () => {
    const metrics = createMetrics(false);
    const log = pino({ level: 'silent' });
    const away = openDatabase({ url: 'postgres://a:b@127.0.0.1:1/none', subgraph: 'audit', metrics, log });
    const back = platform.openDatabase('audit');
    // The same database, away at first.
    let reachable = false;
    const database = {
      ...back,
      pool: {
        ...back.pool,
        query: ((...given: Parameters<typeof back.pool.query>) =>
          (reachable ? back : away).pool.query(...given)) as typeof back.pool.query,
      },
    };
    const trail = createAuditTrail({ database, metrics, log, capacity: 3 });
    const tenant = randomUUID();
    for (let n = 1; n <= 5; n++) trail.record(denialOf(tenant, { action: `denied ${n}` }));
    await trail.flush();
    expect(await contentsOf(tenant)).toEqual([]);
    reachable = true;
    await trail.flush();
    expect(await contentsOf(tenant)).toMatchObject([1, 2, 3].map((n) => ({ action: `denied ${n}` })));
    const { rows } = await owner.query<{ content: string }>(
      `SELECT content FROM audit.entry WHERE content::jsonb ->> 'kind' = 'GAP'`,
    );
    expect(rows.map(({ content }) => JSON.parse(content) as unknown)).toMatchObject([{ facts: { lost: 2 } }]);
    await trail.close();
    await away.close();
  });

  it('goes to the log alone where there is no database', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
    const trail = createAuditTrail({ database: null, metrics: createMetrics(false), log });
    trail.record(denialOf(randomUUID()));
    await trail.close();
    expect(lines.join()).toContain('"kind":"DENIAL"');
  });

  it('holds no token, price or personal data, whoever hands one in', async () => {
    const tenant = randomUUID();
    const token = await platform.token('aurora-buyer');
    const lines: string[] = [];
    const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
    const trail = createAuditTrail({
      database: platform.openDatabase('audit'),
      metrics: platform.metrics,
      log,
    });
    trail.record(
      denialOf(tenant, {
        reason: `the token ${token} of jane@example.com`,
        facts: {
          ratePerContainer: '1250.55',
          cargo_value: 98_765,
          email: 'jane@example.com',
          note: `see ${token}`,
          list: ['ok', `mail jane@example.com`],
          carrier: 'HLCU',
          long: 'x'.repeat(5_000),
          odd: 'a\u0000b\ud800c',
        },
      }),
    );
    await trail.close();
    const [content] = await contentsOf(tenant);
    for (const text of [JSON.stringify(content), lines.join()]) {
      for (const secret of [token, token.split('.')[1] as string, '1250.55', '98765', 'jane@example.com']) {
        expect(text).not.toContain(secret);
      }
    }
    expect(content).toMatchObject({
      facts: { carrier: 'HLCU', list: ['ok', 'mail [redacted]'], odd: 'a b c' },
    });
    expect((content?.facts as { long: string }).long).toHaveLength(200);
  });
});

describe('append only', () => {
  const STATEMENTS = [
    "UPDATE audit.entry SET content = '{}'",
    'DELETE FROM audit.entry',
    'TRUNCATE audit.entry',
    `TRUNCATE audit.entry_${new Date().getUTCFullYear()}`,
    'DELETE FROM audit.chain',
    'TRUNCATE audit.chain',
    'UPDATE audit.chain SET length = 0',
  ];

  it.each(STATEMENTS)('is the owner’s part, too: %s', async (statement) => {
    await chainOf(1);
    await expect(owner.query(statement)).rejects.toThrow(/only ever added to/);
  });

  it('is all that the login roles may do', async () => {
    const [audit, tracking] = [platform.openDatabase('audit'), platform.openDatabase('tracking')];
    for (const { pool } of [audit, procurement, tracking]) {
      const insert = `INSERT INTO audit.entry VALUES (gen_random_uuid(), 1, now(), '{}', '', '')`;
      for (const statement of [insert, ...STATEMENTS]) {
        await expect(pool.query(statement)).rejects.toThrow(/permission denied/);
      }
    }
    await expect(audit.pool.query('SELECT FROM audit.entry')).rejects.toThrow(/permission denied/);
    const tenant = await chainOf(1);
    expect((await procurement.pool.query('SELECT FROM audit.entry')).rowCount).toBe(0);
    const own = procurement.forCaller({ tenant, organisation: 'SHIPPER', carrier: null, regions: new Set() });
    expect((await own.pool.query('SELECT FROM audit.entry')).rowCount).toBe(1);
    await Promise.all([audit.close(), tracking.close()]);
  });
});

describe('verification', () => {
  const at = (tenant: string, sequence: number): string =>
    `tenant_id = '${tenant}' AND sequence = ${sequence}`;

  it('finds an altered entry', async () => {
    const tenant = await chainOf(5);
    await tamper(
      `UPDATE audit.entry SET content = replace(content, 'read 3', 'read 9') WHERE ${at(tenant, 3)}`,
    );
    expect(await problemsOf(tenant)).toEqual(['3 altered']);
  });

  it('finds an altered time, and an entry that was given another’s hash', async () => {
    const tenant = await chainOf(5);
    await tamper(
      `UPDATE audit.entry SET recorded_at = recorded_at + interval '1 millisecond' WHERE ${at(tenant, 2)}`,
      `UPDATE audit.entry SET hash = previous_hash WHERE ${at(tenant, 4)}`,
    );
    expect(await problemsOf(tenant)).toEqual([
      '2 altered',
      '4 altered',
      '5 does not follow on the entry before',
    ]);
  });

  it('finds a removed entry, wherever it was', async () => {
    for (const sequence of [1, 3]) {
      const tenant = await chainOf(5);
      await tamper(`DELETE FROM audit.entry WHERE ${at(tenant, sequence)}`);
      expect(await problemsOf(tenant)).toEqual([`${sequence} removed`]);
    }
  });

  it('finds a tail that was cut off, with and without its head', async () => {
    const tenant = await chainOf(5);
    const { heads } = await verifyTrail(owner, [], tenant);
    await tamper(`DELETE FROM audit.entry WHERE tenant_id = '${tenant}' AND sequence > 3`);
    expect(await problemsOf(tenant)).toEqual(['4 cut off']);
    await tamper(
      `UPDATE audit.chain SET length = 3, hash = (SELECT hash FROM audit.entry WHERE ${at(tenant, 3)})
       WHERE tenant_id = '${tenant}'`,
    );
    // It agrees with itself. Only who kept the head knows.
    expect(await problemsOf(tenant)).toEqual([]);
    const { findings } = await verifyTrail(owner, heads, tenant);
    expect(findings).toMatchObject([{ sequence: 4, problem: 'cut off: an anchor has entry 5' }]);
    await tamper(`DELETE FROM audit.entry WHERE tenant_id = '${tenant}'`);
    expect(await problemsOf(tenant)).toEqual(['1 cut off']);
    await tamper(`DELETE FROM audit.chain WHERE tenant_id = '${tenant}'`);
    expect((await verifyTrail(owner, heads, tenant)).findings).toMatchObject([{ sequence: 5 }]);
  });

  it('finds entries that were put in each other’s place', async () => {
    const tenant = await chainOf(5);
    await tamper(
      `UPDATE audit.entry SET sequence = 100 WHERE ${at(tenant, 2)}`,
      `UPDATE audit.entry SET sequence = 2 WHERE ${at(tenant, 4)}`,
      `UPDATE audit.entry SET sequence = 4 WHERE ${at(tenant, 100)}`,
    );
    expect(await problemsOf(tenant)).toEqual(expect.arrayContaining(['2 altered', '4 altered']));
  });

  it('finds an inserted entry, within and at the end', async () => {
    const tenant = await chainOf(3);
    const copy = (sequence: number): string =>
      `INSERT INTO audit.entry SELECT tenant_id, ${sequence}, recorded_at + interval '1 second', content, previous_hash, hash
       FROM audit.entry WHERE ${at(tenant, 2)}`;
    await tamper(copy(2), copy(4));
    const problems = await problemsOf(tenant);
    expect(problems).toEqual(expect.arrayContaining(['2 inserted', '4 added past the end of the chain']));
  });

  it('finds a chain that was written anew, when its head was kept elsewhere', async () => {
    const tenant = await chainOf(3);
    const { heads } = await verifyTrail(owner, [], tenant);
    await tamper(
      `DELETE FROM audit.entry WHERE tenant_id = '${tenant}'`,
      `DELETE FROM audit.chain WHERE tenant_id = '${tenant}'`,
    );
    for (let n = 1; n <= 3; n++) platform.audit.record(denialOf(tenant, { action: `invented ${n}` }));
    await platform.audit.flush();
    expect(await problemsOf(tenant)).toEqual([]);
    expect((await verifyTrail(owner, heads, tenant)).findings).toMatchObject([
      { sequence: 3, problem: 'rewritten: an anchor has another hash' },
    ]);
  });

  it('takes a chain whose beginning is no longer kept when an anchor holds the place', async () => {
    const tenant = await chainOf(4);
    const { rows } = await owner.query<{ hash: string }>(
      `SELECT encode(hash, 'hex') AS hash FROM audit.entry WHERE ${at(tenant, 2)}`,
    );
    await tamper(`DELETE FROM audit.entry WHERE tenant_id = '${tenant}' AND sequence <= 2`);
    expect(await problemsOf(tenant)).toEqual(['1 removed']);
    const anchor = { tenant, sequence: 2, hash: rows[0]?.hash ?? '' };
    expect((await verifyTrail(owner, [anchor], tenant)).findings).toEqual([]);
  });
});

describe('anchors', () => {
  const heads = [{ tenant: randomUUID(), sequence: 3, hash: 'ab'.repeat(32) }];
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');

  it('are read back, and only with the signature of their key', () => {
    const text = anchorLine(heads, privateKey) + anchorLine(heads, privateKey);
    expect(readAnchors(text, publicKey)).toEqual([...heads, ...heads]);
    expect(readAnchors(text, privateKey)).toHaveLength(2);
    const forged = text.replace('"sequence":3', '"sequence":2');
    expect(() => readAnchors(forged, publicKey)).toThrow('line 1 of the anchor file is not signed');
    expect(() => readAnchors(anchorLine(heads, null), publicKey)).toThrow('not signed');
    expect(readAnchors(anchorLine(heads, null), null)).toEqual(heads);
    for (const text of ['nonsense', '{}', '{"heads":[{}]}'])
      expect(() => readAnchors(text, null)).toThrow('line 1');
  });
});

describe('repeated denials', () => {
  it('raise one alert for each subject and window', () => {
    const repeated = new RepeatedDenials();
    const add = (now: number, subject = 'mallory'): boolean => repeated.add('t', subject, now);
    const first = Array.from({ length: THRESHOLD * 3 }, (_, n) => add(n));
    expect(first.map((raised, n) => (raised ? n + 1 : 0)).filter(Boolean)).toEqual([THRESHOLD]);
    expect(Array.from({ length: THRESHOLD - 1 }, () => add(0, 'another')).some(Boolean)).toBe(false);
    const next = Array.from({ length: THRESHOLD }, () => add(WINDOW));
    expect(next.filter(Boolean)).toHaveLength(1);
  });

  it('are told to the log, the metrics and the trail', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) });
    const metrics = createMetrics(false);
    const trail = createAuditTrail({ database: platform.openDatabase('audit'), metrics, log });
    const tenant = randomUUID();
    for (let n = 0; n < THRESHOLD + 5; n++) trail.record(denialOf(tenant));
    await trail.close();
    expect(await contentsOf(tenant)).toMatchObject([
      { kind: 'DENIAL', count: 15 },
      { kind: 'ALERT', count: 1 },
    ]);
    expect(lines.filter((line) => line.includes('again and again'))).toHaveLength(1);
    expect(await metrics.registry.getSingleMetricAsString('supercargo_denial_alerts_total')).toContain(' 1');
  });
});

describe('one request', () => {
  it('records each decision once, with the number of objects, and no refusal twice', async () => {
    const recorded: AuditEvent[] = [];
    const caller = await platform.verifier.verify(await platform.token('aurora-buyer'));
    const audit = new RequestAudit({ record: (event) => void recorded.push(event) }, caller, origin);
    const decision = { allowed: true, rule: 'sealed', reason: 'open', attributes: { state: 'CLOSED' } };
    for (let n = 0; n < 100; n++) audit.decided({ decision, place: 'Bid.ratePerContainer' });
    audit.decided({ decision: { ...decision, allowed: false }, place: 'Award.bid' });
    audit.refused('Award.bid');
    audit.refused('Query.rfqs');
    audit.end();
    audit.end();
    expect(recorded).toMatchObject([
      { kind: 'READ', action: 'Bid.ratePerContainer', facts: { objects: 100 } },
      { kind: 'DENIAL', action: 'Award.bid', rule: 'sealed' },
      { kind: 'DENIAL', action: 'Query.rfqs', rule: 'access' },
    ]);
    expect(JSON.stringify(recorded.map(({ caller: _, ...rest }) => rest))).not.toContain(caller.token);
  });
});
