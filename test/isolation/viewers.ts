import type { Chance } from './chance.ts';

/** Somebody who asks, as its token says. */
export interface Viewer {
  readonly name: string;
  readonly tenant: string;
  readonly organisation: 'SHIPPER' | 'CARRIER' | 'PLATFORM';
  readonly role: string;
  readonly scopes: readonly string[];
  readonly carrier: string | null;
  readonly regions: readonly string[];
}

export interface Company {
  readonly tenant: string;
  /** SCAC; null for a shipper. */
  readonly carrier: string | null;
  /** That its data are bound to; null: to none. */
  readonly region: string | null;
}

const SHIPPER_ROLES = ['admin', 'buyer', 'finance', 'operations', 'viewer', 'auditor'];
const EVERYTHING = ['graph:read', 'graph:write'];

/** Shippers, of which one is bound to a region, and carriers. */
export function makeCompanies(chance: Chance): Company[] {
  const shippers = Array.from({ length: 3 }, (_, place) => ({
    tenant: chance.uuid(),
    carrier: null,
    region: place === 0 ? 'EU' : null,
  }));
  const carriers = ['HLCU', 'ONEY', 'MAEU'].map((carrier) => ({
    tenant: chance.uuid(),
    carrier,
    region: null,
  }));
  return [...shippers, ...carriers];
}

/** People of every company, programs, and people who reach no region. */
export function makeViewers(chance: Chance, companies: readonly Company[]): Viewer[] {
  const viewers = companies.flatMap(({ tenant, carrier, region }): Viewer[] => {
    const of = (role: string, regions: readonly string[], scopes = EVERYTHING): Viewer => ({
      name: chance.word(),
      tenant,
      organisation: carrier === null ? 'SHIPPER' : 'CARRIER',
      role,
      scopes,
      carrier,
      regions,
    });
    if (carrier !== null) return [of('carrier', ['EU']), of('carrier', [])];
    const home = region === null ? [] : [region];
    return [
      ...SHIPPER_ROLES.map((role) => of(role, home)),
      of('integration', home, [...EVERYTHING, 'events:write']),
      of('admin', []),
    ];
  });
  const platform = { tenant: chance.uuid(), organisation: 'PLATFORM', carrier: null, regions: [] } as const;
  return [
    ...viewers,
    { ...platform, name: chance.word(), role: 'integration', scopes: ['events:write', 'positions:write'] },
    { ...platform, name: chance.word(), role: 'buyer', scopes: EVERYTHING },
  ];
}

/** The claims of its token. */
export function claimsOf(viewer: Viewer): Record<string, unknown> {
  const { name, tenant, organisation, role, scopes, carrier, regions } = viewer;
  return {
    sub: name,
    tenant,
    org_kind: organisation,
    roles: [role],
    scope: scopes.join(' '),
    amr: ['pwd', 'otp', 'mfa'],
    regions,
    carrier: carrier ?? undefined,
  };
}
