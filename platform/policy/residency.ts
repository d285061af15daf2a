import { policy, type Policy } from './decision.ts';
import type { Environment, Resource } from './resource.ts';
import type { Actor } from './subject.ts';

/** Which tenants' data are bound to a region, at one moment. */
export interface Residency {
  /** The region that a tenant's data are bound to; null when to none. */
  regionOf(tenant: string): string | null;
  /** The tenants bound to a region other than these. */
  beyond(regions: ReadonlySet<string>): readonly string[];
}

/** @param regions by tenant's UUID, of those that are bound to one */
export function residencyOf(regions: ReadonlyMap<string, string>): Residency {
  return {
    regionOf: (tenant) => regions.get(tenant) ?? null,
    beyond: (reached) => [...regions].flatMap(([tenant, region]) => (reached.has(region) ? [] : [tenant])),
  };
}

/** For a service that keeps no tenant's data. */
export const UNBOUND: Residency = residencyOf(new Map());

/** Something that belongs to a tenant, and the regions that a caller reaches. */
export interface Reach {
  readonly regions: ReadonlySet<string>;
  readonly resource: Pick<Resource, 'tenant' | 'region'>;
}

/** Data that are bound to a region are for callers with that region alone. */
export const withinRegion: Policy<Reach> = policy({
  rule: 'residency',
  holds: "the region of the tenant's data is among the caller's",
  test: ({ regions, resource }) => resource.region === null || regions.has(resource.region),
  attributes: ({ regions, resource }) => ({
    tenant: resource.tenant,
    region: resource.region,
    regions: [...regions],
  }),
});

/** The regions that a change may reach: the caller's, of which only the one that it calls from where that is told. */
export function regionsOfChange({
  actor,
  environment: { clientRegion },
}: {
  readonly actor: Actor;
  readonly environment: Environment;
}): ReadonlySet<string> {
  if (clientRegion === null) return actor.regions;
  return new Set(actor.regions.has(clientRegion) ? [clientRegion] : []);
}
