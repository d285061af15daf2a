import DataLoader from 'dataloader';
import type { Database } from '#platform/database/database.ts';
import type { Connection } from '#platform/graphql/connection.ts';
import type { Caches } from './caches.ts';
import type { CarrierKey, CarrierRecord } from './carrier-reads.ts';
import type { PortRecord } from './port-reads.ts';
import { readFleetPages, type FleetPage, type VesselRecord } from './vessel-reads.ts';

/** One request's way to what it needs: whatever is asked for at the same time is loaded together, and once. */
export interface Loaders {
  readonly carrier: DataLoader<CarrierKey, CarrierRecord | null>;
  /** By UN/LOCODE or an alias of it; the port comes under its own code, with its aliases. */
  readonly port: DataLoader<string, PortRecord | null>;
  readonly vessel: DataLoader<string, VesselRecord | null>;
  readonly fleet: DataLoader<FleetPage, Connection<VesselRecord>, string>;
}

export function createLoaders(database: Database, caches: Caches): Loaders {
  return {
    carrier: new DataLoader((keys) => caches.carriers.getMany(keys)),
    port: new DataLoader((codes) => caches.ports.getMany(codes)),
    vessel: new DataLoader((imoNumbers) => caches.vessels.getMany(imoNumbers)),
    fleet: new DataLoader((pages) => readFleetPages(database, pages), {
      cacheKeyFn: ({ carrierId, first, after }) => JSON.stringify([carrierId, first, after ?? null]),
    }),
  };
}
