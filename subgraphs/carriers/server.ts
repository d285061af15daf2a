import { readFile } from 'node:fs/promises';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { createSubgraphService } from '#platform/graphql/subgraph-service.ts';
import { guard } from '#platform/policy/guard.ts';
import type { Platform, Service } from '#platform/service.ts';
import { createCaches } from './caches.ts';
import { createLoaders } from './loaders.ts';
import { seedCarriers } from './reference-data/seed.ts';
import { entities } from './resolvers/entities.ts';
import { Query } from './resolvers/query.ts';
import { rules } from './rules.ts';
import { scalars } from './scalars.ts';

/** Who carries, on which vessels, between which ports: reference data, brought up to date on every start. */
export async function startCarriers(platform: Platform): Promise<Service> {
  const typeDefs = parse(await readFile(new URL('./schema.graphql', import.meta.url), 'utf8'));
  const resolvers = { ...scalars, ...entities, Query };
  const schema = guard(buildSubgraphSchema([{ typeDefs, resolvers }]), rules);
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
    createContext: (caller, access) => ({
      caller,
      access,
      database,
      loaders: createLoaders(database, caches),
    }),
    checks: { postgres: () => database.check() },
    close: () => database.close(),
  });
}
