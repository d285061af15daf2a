import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute, parse, type GraphQLSchema } from 'graphql';
import { applyMiddleware } from 'graphql-middleware';
import { shield } from 'graphql-shield';
import { RequestAudit } from '#platform/audit/request-audit.ts';
import type { Caller } from '#platform/auth/caller.ts';
import { DEMO_TENANTS } from '#platform/auth/personas.ts';
import { readConfig } from '#platform/config.ts';
import { openDatabase, type Database, type Rows } from '#platform/database/database.ts';
import { prepareDatabase } from '#platform/database/prepare-database.ts';
import { loginUrl } from '#platform/database/urls.ts';
import { createAccess } from '#platform/policy/access.ts';
import { guard } from '#platform/policy/guard.ts';
import { closed } from '#platform/policy/rules.ts';
import { createLog } from '#platform/telemetry/log.ts';
import { createMetrics } from '#platform/telemetry/metrics.ts';
import { createContext } from '#subgraphs/procurement/context.ts';
import { entities } from '#subgraphs/procurement/resolvers/entities.ts';
import { Query } from '#subgraphs/procurement/resolvers/query.ts';
import { rules } from '#subgraphs/procurement/rules.ts';
import { scalars } from '#subgraphs/procurement/scalars.ts';
import { startPostgres } from '#tools/services/postgres.ts';

const ROWS = 100;
const PAGE = `{ bookings(first: ${ROWS}) { edges { cursor node {
  id containerCount ratePerContainer { amount currency } total { amount currency } cargoReadyOn state
  cargoValue { amount currency } carrierBookingReference requestedAt confirmedAt carrier { scac } shipment { id }
  award { id ratePerContainer { amount currency } containerCount state awardedAt
    bid { id ratePerContainer { amount currency } transitDays state } lane { id isoEquipmentCode loadFrom rfq { id reference } } }
} } pageInfo { hasNextPage endCursor } } }`;

/**
 * What the rules of a page of a hundred bookings with all that hangs on them cost, in the time from the parsed query to
 * the answer: without rules, with them, and with graphql-shield asked for every field. In turns, medians.
 */
export async function runBookingsBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: { type: 'string', default: '200' } },
  });
  const directory = await mkdtemp(join(tmpdir(), 'supercargo-bench-'));
  const postgres = await startPostgres({ directory: join(directory, 'postgres') });
  try {
    await prepareDatabase({ databaseUrl: postgres.url, migrationsDirectory: 'prisma/migrations' });
    const config = readConfig({ DATABASE_URL: postgres.url }, process.cwd());
    const log = createLog('silent');
    const open = (login: 'procurement' | 'seed'): Database =>
      openDatabase({ url: loginUrl(config, login), subgraph: login, metrics: createMetrics(false), log });
    const [database, everything] = [open('procurement'), open('seed')];
    try {
      await insertBookings(everything);
      await compare(database, Number(values.rounds));
    } finally {
      await Promise.all([database.close(), everything.close()]);
    }
  } finally {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function compare(database: Database, rounds: number): Promise<void> {
  const sdl = await readFile('subgraphs/procurement/schema.graphql', 'utf8');
  const resolvers = { ...scalars, ...entities, Query };
  const plain = buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers }]);
  const shielded = applyMiddleware(
    plain,
    shield(rules as unknown as Parameters<typeof shield>[0], {
      fallbackRule: closed,
      allowExternalErrors: true,
    }),
  );
  const contestants: readonly (readonly [string, GraphQLSchema])[] = [
    ['no rules', plain],
    ['rules', guard(plain, rules)],
    ['graphql-shield alone', shielded],
  ];
  const document = parse(PAGE);
  const sink = { record: () => undefined };
  const run = async (schema: GraphQLSchema): Promise<number> => {
    const caller: Caller = { ...AUDITOR };
    const environment = { time: new Date(), clientRegion: null };
    const started = performance.now();
    const audit = new RequestAudit(sink, caller, { correlationId: null, service: 'bench', address: null });
    const access = createAccess(caller, { environment, record: (decision) => audit.decided(decision) });
    const contextValue = createContext(database, caller, access, audit);
    const { data, errors } = await execute({ schema, document, contextValue });
    audit.end();
    const elapsed = performance.now() - started;
    if (errors || !data) throw new Error(`the page failed: ${JSON.stringify(errors?.[0])}`);
    return elapsed;
  };
  const times = new Map<string, number[]>(contestants.map(([name]) => [name, []]));
  for (let round = -30; round < rounds; round += 1) {
    for (const [name, schema] of contestants) {
      const elapsed = await run(schema);
      if (round >= 0) times.get(name)?.push(elapsed);
    }
  }
  const base = median(times.get('no rules') ?? []);
  for (const [name, measured] of times) {
    const middle = median(measured);
    console.log(
      `${name.padEnd(22)} ${middle.toFixed(2).padStart(8)} ms  ${((middle / base - 1) * 100).toFixed(1).padStart(6)} %`,
    );
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

const AUDITOR: Caller = {
  subject: 'auditor',
  tenant: DEMO_TENANTS.aurora,
  organisation: 'SHIPPER',
  roles: new Set(['auditor']),
  scopes: new Set(['graph:read']),
  regions: new Set(),
  assurance: 'AAL1',
  carrier: null,
  carriers: null,
  expiresAt: 0,
  token: '',
};

async function insertBookings({ prisma }: Rows): Promise<void> {
  const tenantId = DEMO_TENANTS.aurora;
  const rfqId = randomUUID();
  const before = new Date(Date.now() - 86_400_000);
  const money = { ratePerContainer: '1250.00', currency: 'USD' };
  const of = { tenantId, rfqId, carrierScac: 'HLCU' };
  const rows = Array.from({ length: ROWS }, (_, ordinal) => ({
    ordinal,
    laneId: randomUUID(),
    bidId: randomUUID(),
    awardId: randomUUID(),
  }));
  await prisma.rfq.create({
    data: {
      id: rfqId,
      tenantId,
      reference: 'BENCH',
      title: 'Bench',
      state: 'AWARDED',
      incoterm: 'FOB',
      currency: 'USD',
      bidsCloseAt: before,
      createdBy: 'bench',
    },
  });
  await prisma.lane.createMany({
    data: rows.map(({ ordinal, laneId }) => ({
      id: laneId,
      tenantId,
      rfqId,
      ordinal,
      origin: 'CNSHA',
      destination: 'NLRTM',
      isoEquipmentCode: '22G1',
      containerCount: 1,
      loadFrom: before,
      loadUntil: before,
    })),
  });
  await prisma.bid.createMany({
    data: rows.map(({ bidId: id, laneId }) => ({
      ...of,
      ...money,
      id,
      laneId,
      transitDays: 30,
      state: 'AWARDED' as const,
      submittedBy: 'bench',
    })),
  });
  await prisma.award.createMany({
    data: rows.map(({ awardId: id, bidId, laneId }) => ({
      ...of,
      ...money,
      id,
      bidId,
      laneId,
      containerCount: 1,
      state: 'APPROVED' as const,
      awardedBy: 'bench',
    })),
  });
  await prisma.booking.createMany({
    data: rows.map(({ awardId }) => ({
      id: randomUUID(),
      tenantId,
      awardId,
      carrierScac: 'HLCU',
      ...money,
      containerCount: 1,
      cargoReadyOn: before,
      cargoValue: '98000.00',
      cargoValueCurrency: 'USD',
      shipmentId: randomUUID(),
      requestedBy: 'bench',
    })),
  });
}
