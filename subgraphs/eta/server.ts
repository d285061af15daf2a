import { readFile } from 'node:fs/promises';

import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';

import { DateTime } from '#platform/graphql/scalars.ts';
import { createSubgraphService } from '#platform/graphql/subgraph-service.ts';
import { guard } from '#platform/policy/guard.ts';
import type { Platform, Service } from '#platform/service.ts';

import type { EtaContext } from './context.ts';
import { shipmentResolvers } from './resolvers/shipment.ts';
import { rules } from './rules.ts';
import { seaNetwork } from './sea-network.ts';

/** Starts the subgraph that predicts arrivals and tells emissions. It needs neither a database nor Redis. */
export async function startEta(platform: Platform): Promise<Service> {
  const typeDefs = parse(await readFile(new URL('schema.graphql', import.meta.url), 'utf8'));
  const schema = buildSubgraphSchema([{ typeDefs, resolvers: { DateTime, Shipment: shipmentResolvers } }]);
  seaNetwork(); // so that the first request needn't wait for it
  return createSubgraphService<EtaContext>({
    name: 'eta',
    schema: guard(schema, rules),
    platform,
    createContext: (caller, access) => ({ caller, access, now: new Date() }),
  });
}
