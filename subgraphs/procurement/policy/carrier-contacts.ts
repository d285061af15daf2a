import { anyOf, policy, type Policy } from '#platform/policy/decision.ts';
import type { Resource } from '#platform/policy/resource.ts';
import type { Subject } from '#platform/policy/subject.ts';
import { ofOwnCarrier } from './commercial.ts';

/** Whom to call at a carrier, and whether the caller's tenant deals with it. */
export interface Contacts {
  readonly subject: Subject;
  /** `owner` is the SCAC of the carrier; the invited carriers are those that the tenant has asked or awarded. */
  readonly resource: Pick<Resource, 'tenant' | 'owner' | 'invitedCarriers'>;
}

const dealtWith: Policy<Contacts> = policy({
  rule: 'carrier contacts',
  holds: "the caller's tenant has invited the carrier to bid or has a contract with it",
  test: ({ subject, resource }) =>
    subject.organisation === 'SHIPPER' &&
    subject.tenant === resource.tenant &&
    resource.invitedCarriers.includes(resource.owner),
  attributes: ({ resource }) => ({ owner: resource.owner }),
});

/** The carrier's own people, and the tenants that deal with it. */
export const contactsOfCarrier: Policy<Contacts> = anyOf<Contacts>(ofOwnCarrier, dealtWith);
