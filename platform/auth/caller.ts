/** What kind of organisation a caller belongs to. */
export const ORGANISATION_KINDS = ['SHIPPER', 'CARRIER', 'PLATFORM'] as const;
export type OrganisationKind = (typeof ORGANISATION_KINDS)[number];

/** What a caller may be within its organisation. */
export const CALLER_ROLES = [
  'admin',
  'buyer',
  'finance',
  'operations',
  'viewer',
  'carrier',
  'auditor',
  'integration',
] as const;
export type CallerRole = (typeof CALLER_ROLES)[number];

/**
 * How sure the issuer is that the caller is who it says: AAL1 one factor or not told, AAL2 several factors, AAL3
 * several with a hardware key (NIST SP 800-63B), in this order.
 */
export const ASSURANCE_LEVELS = ['AAL1', 'AAL2', 'AAL3'] as const;
export type AssuranceLevel = (typeof ASSURANCE_LEVELS)[number];

/** Who is calling, as a verified token says. */
export interface Caller {
  /** The token's `sub`: one person or program. */
  readonly subject: string;
  /** What the person is called, if the token says so. */
  readonly name?: string;
  /** The tenant whose data it works on (UUID); each organisation has its own. */
  readonly tenant: string;
  readonly organisation: OrganisationKind;
  readonly roles: ReadonlySet<string>;
  readonly scopes: ReadonlySet<string>;
  /** SCAC of the carrier it works for; null unless the organisation is a carrier. */
  readonly carrier: string | null;
  /** SCACs of the only carriers that a program of the platform may report for; null: all. */
  readonly carriers: readonly string[] | null;
  /** Regions whose data it may see, such as `EU`; capital letters. */
  readonly regions: ReadonlySet<string>;
  readonly assurance: AssuranceLevel;
  /** The token's `jti`, by which it can be called back; most issuers give one. */
  readonly tokenId?: string;
  /** When the token ends, in milliseconds since 1970. */
  readonly expiresAt: number;
  /** The token itself, to be passed on to subgraphs, never logged. */
  readonly token: string;
}

/** Whether the caller has any of these roles. */
export function hasRole(caller: Caller, ...roles: readonly CallerRole[]): boolean {
  return roles.some((role) => caller.roles.has(role));
}
