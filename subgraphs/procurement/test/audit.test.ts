import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyTrail } from '#platform/audit/verify-trail.ts';
import { awardOf, offer, publishedRfq, rfqInput, startTestProcurement } from './procurement.ts';
import type { Procurement } from './procurement.ts';

let procurement: Procurement;
let owner: pg.Client;
beforeAll(async () => {
  procurement = await startTestProcurement();
  owner = new pg.Client({ connectionString: procurement.platform.databaseUrl });
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await procurement.close();
});

const TRAIL = /* GraphQL */ `
  query ($first: Int = 100, $after: String, $filter: AuditEntryFilter) {
    auditEntries(first: $first, after: $after, filter: $filter) {
      edges {
        node {
          sequence
          kind
          subject
          organisation
          roles
          action
          rule
          reason
          facts {
            name
            values
          }
          service
          correlationId
          count
          hash
          recordedAt
          happenedAt
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

interface Entry {
  readonly sequence: string;
  readonly kind: string;
  readonly subject: string | null;
  readonly action: string;
  readonly facts: readonly { readonly name: string; readonly values: readonly string[] }[];
}

async function trail(persona: string, variables: Record<string, unknown> = {}): Promise<Entry[]> {
  await procurement.platform.audit.flush();
  const { data, errors } = await procurement.ask(persona, TRAIL, variables);
  expect(errors).toBeUndefined();
  const { edges } = (data as unknown as { auditEntries: { edges: { node: Entry }[] } }).auditEntries;
  return edges.map(({ node }) => node);
}

const ofKind = (kinds: readonly string[]) => ({ filter: { kinds } });

test('a decision is in the trail of whoever took it, once for each key, with its outcome', async () => {
  const input = rfqInput();
  const key = randomUUID();
  const { rfq } = await procurement.decide('aurora-buyer', 'createRfq', { input, key });
  await procurement.decide('aurora-buyer', 'createRfq', { input, key });
  const { id } = rfq as { id: string };
  const changes = await trail('auditor', ofKind(['CHANGE']));
  const own = changes.filter(({ facts }) => facts.some(({ values }) => values.includes(id)));
  expect(own).toMatchObject([
    {
      kind: 'CHANGE',
      subject: 'aurora-buyer',
      organisation: 'SHIPPER',
      roles: ['buyer'],
      action: 'createRfq',
      service: 'procurement',
      count: 1,
    },
  ]);
  expect(own[0]?.facts).toEqual(
    expect.arrayContaining([
      { name: 'outcome', values: ['RfqCreated'] },
      { name: 'rfqId', values: [id] },
    ]),
  );
});

test('what is undone leaves no entry', async () => {
  const before = await trail('auditor', ofKind(['CHANGE']));
  expect(await procurement.refusal('aurora-buyer', 'awardBid', { bidId: randomUUID() })).toBe('NOT_FOUND');
  expect(await trail('auditor', ofKind(['CHANGE']))).toHaveLength(before.length);
});

test('a refused field or mutation is in it, by its coordinate, with the request’s id', async () => {
  const query =
    'mutation ($i: ID!, $k: String!) { done: publishRfq(id: $i, idempotencyKey: $k) { __typename } }';
  const { errors } = await procurement.ask('aurora-viewer', query, { i: randomUUID(), k: randomUUID() });
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  const entries = await trail('auditor', { filter: { kinds: ['DENIAL'], subject: 'aurora-viewer' } });
  expect(entries).toMatchObject([{ action: 'Mutation.publishRfq', roles: ['viewer'], count: 1 }]);
});

test('only auditors and administrators read it, their own tenant’s alone, and that is recorded', async () => {
  const award = await awardOf(procurement);
  expect(award).toBeTruthy();
  for (const persona of ['aurora-buyer', 'aurora-viewer', 'carrier-hlcu', 'integration']) {
    const { errors } = await procurement.ask(persona, TRAIL, {});
    expect(errors?.[0]?.extensions.code, persona).toBe('FORBIDDEN');
  }
  const aurora = await trail('aurora-admin');
  const borealis = await trail('borealis-admin');
  expect(aurora.map(({ action }) => action)).toContain('awardBid');
  // Nothing of Aurora's, nor of the carrier's bid.
  expect(borealis.filter(({ subject }) => !subject?.startsWith('borealis'))).toEqual([]);
  expect(aurora.filter(({ subject }) => subject?.startsWith('carrier'))).toEqual([]);
  const [latest] = await trail('auditor', ofKind(['READ']));
  expect(latest).toMatchObject({ action: 'auditEntries' });
});

test('it is read page by page', async () => {
  const all = await trail('aurora-admin', ofKind(['CHANGE']));
  expect(all.length).toBeGreaterThan(2);
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const answer = await procurement.ask('aurora-admin', TRAIL, { first: 2, after, ...ofKind(['CHANGE']) });
    const { auditEntries } = answer.data as unknown as {
      auditEntries: { edges: { node: Entry }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
    };
    seen.push(...auditEntries.edges.map(({ node }) => node.sequence));
    after = auditEntries.pageInfo.hasNextPage ? auditEntries.pageInfo.endCursor : null;
  } while (after !== null);
  expect(seen).toEqual(all.map(({ sequence }) => sequence));
  for (const variables of [{ first: 0 }, { after: 'x' }, { filter: { subject: 'a\u0000' } }]) {
    const { errors } = await procurement.ask('aurora-admin', TRAIL, variables);
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  }
});

test('after a run with secrets, none of them is in the trail, and every chain verifies', async () => {
  const price = '987654.32';
  const { laneIds } = await publishedRfq(procurement);
  await procurement.decide('carrier-hlcu', 'submitBid', offer(laneIds[0], price));
  await procurement.refusal('aurora-viewer', 'submitBid', offer(laneIds[0], price));
  const token = await procurement.platform.token('aurora-buyer');
  await expect(procurement.platform.verifier.verify(`${token}x`)).rejects.toThrow();
  await procurement.platform.audit.flush();
  const { rows } = await owner.query<{ content: string }>('SELECT content FROM audit.entry');
  const text = rows.map(({ content }) => content).join('\n');
  expect(text).toContain('"action":"authenticate"');
  expect(text).toContain('"action":"submitBid"');
  for (const secret of [price, '987654', token, token.slice(0, 40)]) expect(text).not.toContain(secret);
  const { findings, entries } = await verifyTrail(owner);
  expect(findings).toEqual([]);
  expect(entries).toBe(rows.length);
});
