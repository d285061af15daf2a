import type { Caller, OrganisationKind } from '#platform/auth/caller.ts';

/** Who reports an event, and which shipments it may affect. */
export interface Reporter {
  /** The organisation: its tenant's id. */
  readonly producerId: string;
  readonly kind: OrganisationKind;
  /** The only tenant whose shipments it may affect; null: any. */
  readonly tenantId: string | null;
  /** The only carriers (SCACs, with commas between them) whose shipments it may affect; null: any. */
  readonly carrierScac: string | null;
}

/**
 * A shipper reports for its own shipments, a carrier for those that it carries, the platform for all, or for those of
 * the carriers that its token is bound to.
 */
export function reporterOf({ organisation, tenant, carrier, carriers }: Caller): Reporter {
  switch (organisation) {
    case 'SHIPPER':
      return { producerId: tenant, kind: organisation, tenantId: tenant, carrierScac: null };
    case 'CARRIER':
      // A carrier without a code carries nothing: no shipment has the empty SCAC.
      return { producerId: tenant, kind: organisation, tenantId: null, carrierScac: carrier ?? '' };
    case 'PLATFORM':
      return {
        producerId: tenant,
        kind: organisation,
        tenantId: null,
        carrierScac: carriers?.join(',') ?? null,
      };
  }
}

/** Whether a reporter's events may be applied to a shipment. */
export function mayAffect(
  reporter: Pick<Reporter, 'tenantId' | 'carrierScac'>,
  shipment: { readonly tenantId: string; readonly carrierScac: string },
): boolean {
  const tenantFits = reporter.tenantId === null || reporter.tenantId === shipment.tenantId;
  const carrierFits =
    reporter.carrierScac === null || reporter.carrierScac.split(',').includes(shipment.carrierScac);
  return tenantFits && carrierFits;
}
