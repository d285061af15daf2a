import type { Actor, Subject } from '#platform/policy/subject.ts';
import type { BidRow } from '../bid-reads.ts';
import type { Contacts } from './carrier-contacts.ts';
import type { Offered, Priced } from './commercial.ts';
import type { SealedBid } from './sealed-bid.ts';
import type { Proposal } from './separation-of-duties.ts';

/*
 * Rows as decisions see them.
 */

/** A bid with its seal. */
export function sealed(subject: Subject, bid: BidRow): SealedBid {
  return {
    subject,
    resource: { tenant: bid.tenantId, owner: bid.carrierScac, sealedUntil: bid.opensAt },
    moment: { time: bid.readAt },
  };
}

/** What a carrier offered a tenant. */
export function offered(
  subject: Subject,
  row: { readonly tenantId: string; readonly carrierScac: string },
): Offered {
  return { subject, resource: { tenant: row.tenantId, owner: row.carrierScac } };
}

/** What a tenant pays for. */
export function priced(subject: Subject, row: { readonly tenantId: string }): Priced {
  return { subject, resource: { tenant: row.tenantId } };
}

/** A carrier's contacts. @param engaged whether the caller's tenant has asked or awarded it */
export function dealing(subject: Subject, scac: string, engaged: boolean): Contacts {
  const invitedCarriers = engaged ? [scac] : [];
  return { subject, resource: { tenant: subject.tenant, owner: scac, invitedCarriers } };
}

/** An award that waits for its approval; one that isn't there was proposed by nobody. */
export function proposal(actor: Actor, award: { readonly awardedBy: string } | null): Proposal {
  return { actor, award: { owner: award?.awardedBy ?? '' } };
}
