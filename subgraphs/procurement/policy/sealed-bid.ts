import { allOf, anyOf, policy, type Policy } from '#platform/policy/decision.ts';
import type { Moment, Resource } from '#platform/policy/resource.ts';
import type { Subject } from '#platform/policy/subject.ts';
import { ofOwnCarrier, procurementOfTenant } from './commercial.ts';

/** A bid, who asks for its price, and when. */
export interface SealedBid {
  readonly subject: Subject;
  /** `owner` is the SCAC of the bidder; sealed until bidding closes. */
  readonly resource: Pick<Resource, 'tenant' | 'owner' | 'sealedUntil'>;
  /** By the database's clock, by which bidding closes. */
  readonly moment: Moment;
}

const opened: Policy<SealedBid> = policy({
  rule: 'sealed bid',
  holds: 'bidding has closed',
  test: ({ resource, moment }) => moment.time >= resource.sealedUntil,
  attributes: ({ resource, moment }) => ({
    sealedUntil: resource.sealedUntil.toISOString(),
    time: moment.time.toISOString(),
  }),
});

/**
 * The price of a bid is its bidder's until bidding closes, and then also procurement's of the tenant that asked, and
 * of its auditors. Never a rival's.
 */
export const bidPrice: Policy<SealedBid> = anyOf<SealedBid>(
  ofOwnCarrier,
  allOf<SealedBid>(opened, procurementOfTenant),
);
