import type { CallerRole, OrganisationKind } from './caller.ts';

/** Someone the development issuer can speak for. */
export interface Persona {
  readonly name: string;
  readonly description: string;
  readonly tenant: string;
  readonly organisation: OrganisationKind;
  readonly roles: readonly CallerRole[];
  readonly scopes: readonly string[];
  /** SCAC; only for people of a carrier. */
  readonly carrier?: string;
  /** Regions whose data it may see. */
  readonly regions?: readonly string[];
  /** How it has logged in (RFC 8176). */
  readonly methods?: readonly string[];
}

/** The tenants of the demo data. */
export const DEMO_TENANTS = {
  aurora: '0a000000-0000-4000-8000-00000000000a',
  borealis: '0b000000-0000-4000-8000-00000000000b',
  hapagLloyd: '0c000000-0000-4000-8000-00000000000c',
  one: '0d000000-0000-4000-8000-00000000000d',
  platform: '0f000000-0000-4000-8000-00000000000f',
} as const;

/** The demo tenants whose data are bound to a region. */
export const DEMO_TENANT_REGIONS: Readonly<Record<string, string>> = { [DEMO_TENANTS.borealis]: 'EU' };

const READ_WRITE = ['graph:read', 'graph:write'];
const SEVERAL_FACTORS = ['pwd', 'otp', 'mfa'];

function shipper(company: 'aurora' | 'borealis', label: string): Persona[] {
  const tenant = DEMO_TENANTS[company];
  const region = DEMO_TENANT_REGIONS[tenant];
  const person = (
    role: CallerRole,
    description: string,
    scopes: readonly string[],
    methods = SEVERAL_FACTORS,
  ): Persona => ({
    name: `${company}-${role}`,
    description: `${description} at ${label}`,
    tenant,
    organisation: 'SHIPPER',
    roles: [role],
    scopes,
    methods,
    ...(region === undefined ? {} : { regions: [region] }),
  });
  return [
    person('admin', 'administrator', READ_WRITE),
    person('buyer', 'procurement', READ_WRITE),
    person('finance', 'reads what was bought at what price, and invoices,', ['graph:read']),
    person('operations', 'watches shipments', READ_WRITE, ['pwd']),
    person('viewer', 'reads only', ['graph:read'], ['pwd']),
  ];
}

function carrier(name: string, label: string, scac: string, tenant: string): Persona {
  return {
    name,
    description: `bids and confirms bookings for ${label} (${scac})`,
    tenant,
    organisation: 'CARRIER',
    roles: ['carrier'],
    scopes: [...READ_WRITE, 'events:write'],
    carrier: scac,
    regions: ['EU'],
    methods: SEVERAL_FACTORS,
  };
}

/** Everyone for whom `npm run -s token -- PERSONA` prints a token. */
export const PERSONAS: readonly Persona[] = [
  ...shipper('aurora', 'Aurora Retail, a shipper'),
  ...shipper('borealis', 'Borealis Foods, another shipper'),
  carrier('carrier-hlcu', 'Hapag-Lloyd', 'HLCU', DEMO_TENANTS.hapagLloyd),
  carrier('carrier-oney', 'Ocean Network Express', 'ONEY', DEMO_TENANTS.one),
  {
    name: 'auditor',
    description: 'reads everything of Aurora Retail, changes nothing',
    tenant: DEMO_TENANTS.aurora,
    organisation: 'SHIPPER',
    roles: ['auditor'],
    scopes: ['graph:read'],
  },
  {
    name: 'integration',
    description: 'a program that reports DCSA events for every carrier and positions of vessels',
    tenant: DEMO_TENANTS.platform,
    organisation: 'PLATFORM',
    roles: ['integration'],
    scopes: ['events:write', 'positions:write'],
  },
  {
    name: 'platform-operator',
    description: 'keeps the platform running: looks into events that could not be applied',
    tenant: DEMO_TENANTS.platform,
    organisation: 'PLATFORM',
    roles: ['admin'],
    scopes: READ_WRITE,
  },
];

/** The claims of a persona's token. */
export function personaClaims(persona: Persona): Record<string, unknown> {
  return {
    sub: persona.name,
    tenant: persona.tenant,
    org_kind: persona.organisation,
    roles: persona.roles,
    scope: persona.scopes.join(' '),
    ...(persona.carrier === undefined ? {} : { carrier: persona.carrier }),
    ...(persona.regions === undefined ? {} : { regions: persona.regions }),
    ...(persona.methods === undefined ? {} : { amr: persona.methods }),
  };
}
