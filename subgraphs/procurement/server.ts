import { readFile } from 'node:fs/promises';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { applyMiddleware } from 'graphql-middleware';
import { parse } from 'graphql';
import { createSubgraphService } from '#platform/graphql/subgraph-service.ts';
import type { Platform, Service } from '#platform/service.ts';
import { createContext } from './context.ts';
import { AuditEntry } from './resolvers/audit-entry.ts';
import { entities } from './resolvers/entities.ts';
import { Mutation } from './resolvers/mutation.ts';
import { outcomes } from './resolvers/outcomes.ts';
import { Query } from './resolvers/query.ts';
import { permissions } from './rules.ts';
import { scalars } from './scalars.ts';

/** Buying freight: requests for quotation, bids, awards and bookings. */
export async function startProcurement(platform: Platform): Promise<Service> {
  const typeDefs = parse(await readFile(new URL('./schema.graphql', import.meta.url), 'utf8'));
  const resolvers = { ...scalars, ...entities, ...outcomes, AuditEntry, Query, Mutation };
  const schema = applyMiddleware(buildSubgraphSchema([{ typeDefs, resolvers }]), permissions);
  const database = platform.openDatabase('procurement');
  return createSubgraphService({
    name: 'procurement',
    schema,
    platform,
    createContext: (caller, audit) => createContext(database, caller, audit),
    checks: { postgres: () => database.check() },
    close: () => database.close(),
  });
}
