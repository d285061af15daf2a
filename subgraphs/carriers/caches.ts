import type { Cache, CacheNamespace } from '#platform/cache.ts';
import type { Database } from '#platform/database/database.ts';
import { readCarriers, type CarrierKey, type CarrierRecord } from './carrier-reads.ts';
import { readPorts, type PortRecord } from './port-reads.ts';
import { readVessels, type VesselRecord } from './vessel-reads.ts';

/** Reference data changes with a release, so it may be this old (seconds); "there is none" is forgotten sooner. */
const AGE = { ttl: 600, absentTtl: 30 };

/** What is cached in Redis for every process; the number in a name changes with the shape of its values. */
export interface Caches {
  /** By CarrierKey. */
  readonly carriers: CacheNamespace<CarrierRecord>;
  /** By UN/LOCODE or an alias of it. */
  readonly ports: CacheNamespace<PortRecord>;
  /** By IMO number. */
  readonly vessels: CacheNamespace<VesselRecord>;
}

export function createCaches(cache: Cache, database: Database): Caches {
  return {
    carriers: cache.namespace<CarrierRecord>({
      ...AGE,
      name: 'carrier:1',
      load: (keys) => readCarriers(database, keys as readonly CarrierKey[]),
    }),
    ports: cache.namespace<PortRecord>({
      ...AGE,
      name: 'port:1',
      load: (codes) => readPorts(database, codes),
    }),
    vessels: cache.namespace<VesselRecord>({
      ...AGE,
      name: 'vessel:1',
      load: (imos) => readVessels(database, imos),
    }),
  };
}
