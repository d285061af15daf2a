import { peopleOf } from '#platform/policy/baseline.ts';
import { allOf, anyOf, policy, type Policy } from '#platform/policy/decision.ts';
import type { Resource } from '#platform/policy/resource.ts';
import type { Subject } from '#platform/policy/subject.ts';

/** Something with a price, and who asks for it. */
export interface Priced {
  readonly subject: Subject;
  readonly resource: Pick<Resource, 'tenant'>;
}

/** As `Priced`, made by a carrier: `owner` is its SCAC. */
export interface Offered {
  readonly subject: Subject;
  readonly resource: Pick<Resource, 'tenant' | 'owner'>;
}

/** The tenant that it belongs to. */
export const ofOwnTenant: Policy<Priced> = policy({
  rule: 'own tenant',
  holds: 'it belongs to the tenant of the caller',
  test: ({ subject, resource }) => subject.organisation === 'SHIPPER' && subject.tenant === resource.tenant,
  attributes: ({ resource }) => ({ tenant: resource.tenant }),
});

/** The carrier that made it. */
export const ofOwnCarrier: Policy<Offered> = policy({
  rule: 'own carrier',
  holds: 'it was made by the carrier of the caller',
  test: ({ subject, resource }) => subject.carrier !== null && subject.carrier === resource.owner,
  attributes: ({ resource }) => ({ owner: resource.owner }),
});

const procurement = peopleOf('procurement', 'SHIPPER', 'admin', 'buyer', 'auditor');
const moneyPeople = peopleOf('finance and procurement', 'SHIPPER', 'finance', 'admin', 'buyer', 'auditor');

/** Procurement of the tenant, and its auditors. */
export const procurementOfTenant: Policy<Priced> = allOf(ofOwnTenant, ({ subject }) => procurement(subject));

/** Finance and procurement of the tenant, and its auditors: what cargo is worth, what was invoiced. */
export const moneyOfTenant: Policy<Priced> = allOf(ofOwnTenant, ({ subject }) => moneyPeople(subject));

/** What a lane was awarded at: finance and procurement of the tenant, its auditors, and the carrier that won. */
export const awardedRate: Policy<Offered> = anyOf<Offered>(ofOwnCarrier, moneyOfTenant);
