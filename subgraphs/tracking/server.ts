import { readFile } from 'node:fs/promises';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { applyMiddleware } from 'graphql-middleware';
import { DateTime } from '#platform/graphql/scalars.ts';
import { createSubgraphService } from '#platform/graphql/subgraph-service.ts';
import type { Platform, Service } from '#platform/service.ts';
import { createContext } from './context.ts';
import { INGESTION_PATH, createDoor } from './ingestion/door.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createAcceptance } from './ingestion/accept-events.ts';
import { createEventStream } from './ingestion/event-stream.ts';
import { createLiveUpdates } from './live-updates.ts';
import { Mutation, outcomes } from './resolvers/mutation.ts';
import { DcsaEvent } from './resolvers/events.ts';
import { parts as shipmentParts } from './resolvers/parts.ts';
import { Query } from './resolvers/query.ts';
import { shipmentResolvers } from './resolvers/shipment.ts';
import { Subscription } from './resolvers/subscription.ts';
import { permissions } from './rules.ts';

/** Following freight: shipments with their containers, calls, milestones and events, and the door for the events. */
export async function startTracking(platform: Platform): Promise<Service> {
  const typeDefs = parse(await readFile(new URL('./schema.graphql', import.meta.url), 'utf8'));
  const resolvers = {
    DateTime,
    DcsaEvent,
    Query,
    Mutation,
    Subscription,
    ...outcomes,
    ...shipmentParts,
    Shipment: shipmentResolvers,
  };
  const schema = applyMiddleware(buildSubgraphSchema([{ typeDefs, resolvers }]), permissions);
  const database = platform.openDatabase('tracking');
  const registration = platform.openDatabase('registration', 'tracking');
  // The door's reports concern whichever tenants' shipments they name.
  const ingestion = platform.openDatabase('ingestion', 'tracking');
  const databases = [database, registration, ingestion];
  const live = createLiveUpdates(platform, ingestion);
  const { config, metrics, log } = platform;
  const limits = { backlog: config.ingestBacklog, memory: config.ingestRedisMemory };
  const redis = platform.redis().requests;
  const acceptance = createAcceptance({
    database: ingestion,
    metrics,
    stream: createEventStream(redis, limits),
  });
  const parts = { database, registration, live, log, acceptance, deadLetters: createDeadLetters(redis) };
  return createSubgraphService({
    name: 'tracking',
    schema,
    platform,
    createContext: (caller, audit) => createContext(parts, caller, audit),
    routes: { [INGESTION_PATH]: createDoor(platform, acceptance) },
    checks: {
      postgres: () => Promise.all(databases.map((each) => each.check())),
      redis: () => platform.redis().check(),
    },
    close: async () => {
      await Promise.all(databases.map((each) => each.close()));
    },
  });
}
