import { readFile } from 'node:fs/promises';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { createSubgraphService } from '#platform/graphql/subgraph-service.ts';
import { guard } from '#platform/policy/guard.ts';
import { createTenantRegions } from '#platform/policy/tenant-regions.ts';
import type { Platform, Service } from '#platform/service.ts';
import { seedContacts } from './carrier-contacts.ts';
import { createContext } from './context.ts';
import { AuditEntry } from './resolvers/audit-entry.ts';
import { entities } from './resolvers/entities.ts';
import { Mutation } from './resolvers/mutation.ts';
import { outcomes } from './resolvers/outcomes.ts';
import { Query } from './resolvers/query.ts';
import { rules } from './rules.ts';
import { scalars } from './scalars.ts';

/** Buying freight: requests for quotation, bids, awards and bookings. */
export async function startProcurement(platform: Platform): Promise<Service> {
  const typeDefs = parse(await readFile(new URL('./schema.graphql', import.meta.url), 'utf8'));
  const resolvers = { ...scalars, ...entities, ...outcomes, AuditEntry, Query, Mutation };
  const schema = guard(buildSubgraphSchema([{ typeDefs, resolvers }]), rules);
  const database = platform.openDatabase('procurement');
  const tenancy = platform.openDatabase('procurement', 'tenancy');
  const close = async (): Promise<void> => {
    await Promise.all([database.close(), tenancy.close()]);
  };
  try {
    await seedContacts(database);
  } catch (error) {
    await close();
    throw error;
  }
  const regions = createTenantRegions(tenancy.pool);
  return createSubgraphService({
    name: 'procurement',
    schema,
    platform,
    createContext: (caller, access, audit) => createContext(database, caller, access, audit),
    residency: () => regions.current(),
    checks: { postgres: () => database.check() },
    close,
  });
}
