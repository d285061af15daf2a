import { readFile } from 'node:fs/promises';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { applyMiddleware } from 'graphql-middleware';
import { createSubgraphService } from '#platform/graphql/subgraph-service.ts';
import type { Platform, Service } from '#platform/service.ts';
import { createCaches } from './caches.ts';
import { createLoaders } from './loaders.ts';
import { seedCarriers } from './reference-data/seed.ts';
import { entities } from './resolvers/entities.ts';
import { Query } from './resolvers/query.ts';
import { permissions } from './rules.ts';
import { scalars } from './scalars.ts';

/** Who carries, on which vessels, between which ports: reference data, brought up to date on every start. */
export async function startCarriers(platform: Platform): Promise<Service> {
  const typeDefs = parse(await readFile(new URL('./schema.graphql', import.meta.url), 'utf8'));
  const resolvers = { ...scalars, ...entities, Query };
  const schema = applyMiddleware(buildSubgraphSchema([{ typeDefs, resolvers }]), permissions);
  const database = platform.openDatabase('carriers');
  try {
    await seedCarriers(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  const caches = createCaches(platform.cache(), database);
  return createSubgraphService({
    name: 'carriers',
    schema,
    platform,
    createContext: (caller) => ({ caller, database, loaders: createLoaders(database, caches) }),
    checks: { postgres: () => database.check() },
    close: () => database.close(),
  });
}
