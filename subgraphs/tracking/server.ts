import { readFile } from 'node:fs/promises';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { DateTime } from '#platform/graphql/scalars.ts';
import { createSubgraphService } from '#platform/graphql/subgraph-service.ts';
import { guard } from '#platform/policy/guard.ts';
import { createTenantRegions } from '#platform/policy/tenant-regions.ts';
import type { Platform, Service } from '#platform/service.ts';
import { createContext } from './context.ts';
import { INGESTION_PATH, createDoor } from './ingestion/door.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createAcceptance } from './ingestion/accept-events.ts';
import { createEventStream } from './ingestion/event-stream.ts';
import { watchCallers } from './alerts/watch.ts';
import { createCallersUpdates } from './live-updates.ts';
import { createPositionAcceptance } from './positions/accept-reports.ts';
import { createLatestPositions } from './positions/latest-positions.ts';
import { createPositionsDoor, POSITIONS_PATH } from './positions/door.ts';
import { createPositionWriter } from './positions/position-writer.ts';
import { Mutation, outcomes } from './resolvers/mutation.ts';
import { DcsaEvent } from './resolvers/events.ts';
import { PositionReport } from './resolvers/positions.ts';
import { parts as shipmentParts } from './resolvers/parts.ts';
import { Query } from './resolvers/query.ts';
import { shipmentResolvers } from './resolvers/shipment.ts';
import { Subscription } from './resolvers/subscription.ts';
import { rules } from './rules.ts';

/** Following freight: shipments with their containers, calls, milestones and events, and the door for the events. */
export async function startTracking(platform: Platform): Promise<Service> {
  const typeDefs = parse(await readFile(new URL('./schema.graphql', import.meta.url), 'utf8'));
  const resolvers = {
    DateTime,
    DcsaEvent,
    PositionReport,
    Query,
    Mutation,
    Subscription,
    ...outcomes,
    ...shipmentParts,
    Shipment: shipmentResolvers,
  };
  const schema = guard(buildSubgraphSchema([{ typeDefs, resolvers }]), rules);
  const database = platform.openDatabase('tracking');
  const registration = platform.openDatabase('registration', 'tracking');
  // The doors' reports concern whichever tenants' shipments they name, and vessels, which are nobody's.
  const ingestion = platform.openDatabase('ingestion', 'tracking');
  const tenancy = platform.openDatabase('tracking', 'tenancy');
  const databases = [database, registration, ingestion];
  const regions = createTenantRegions(tenancy.pool);
  const { config, metrics, log } = platform;
  const limits = { backlog: config.ingestBacklog, memory: config.ingestRedisMemory };
  const redis = platform.redis().requests;
  const live = watchCallers(createCallersUpdates(platform, ingestion, redis));
  const acceptance = createAcceptance({
    database: ingestion,
    metrics,
    stream: createEventStream(redis, limits),
  });
  const latestPositions = createLatestPositions(redis, database, log);
  const writer = createPositionWriter(ingestion, config.positionBacklog, latestPositions.remember);
  const acceptPositions = createPositionAcceptance(writer, metrics, config.positionRetentionDays);
  const deadLetters = createDeadLetters(redis);
  const parts = {
    database,
    registration,
    live,
    log,
    redis,
    acceptance,
    deadLetters,
    latestPositions,
    acceptPositions,
  };
  return createSubgraphService({
    name: 'tracking',
    schema,
    platform,
    createContext: (caller, access, audit) => createContext(parts, caller, access, audit),
    residency: () => regions.current(),
    routes: {
      [INGESTION_PATH]: createDoor(platform, acceptance),
      [POSITIONS_PATH]: createPositionsDoor(platform, acceptPositions),
    },
    checks: {
      postgres: () => Promise.all(databases.map((each) => each.check())),
      redis: () => platform.redis().check(),
    },
    close: async () => {
      await Promise.all([...databases, tenancy].map((each) => each.close()));
    },
  });
}
