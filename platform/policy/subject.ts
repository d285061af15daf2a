import type { AssuranceLevel, Caller, OrganisationKind } from '../auth/caller.ts';

/**
 * Who asks, as far as reading goes. There is no person in it: people of equal access see the same, so that one answer
 * may be sent to all of them.
 */
export interface Subject {
  /** UUID of the tenant whose data it works on. */
  readonly tenant: string;
  readonly organisation: OrganisationKind;
  readonly roles: ReadonlySet<string>;
  readonly scopes: ReadonlySet<string>;
  /** Regions whose data it may see. */
  readonly regions: ReadonlySet<string>;
  /** SCAC; null unless the organisation is a carrier. */
  readonly carrier: string | null;
  readonly assurance: AssuranceLevel;
}

/** Who acts. Only a decision about a change may depend on the person. */
export interface Actor extends Subject {
  /** The token's `sub`. */
  readonly id: string;
}

/** The caller without its person; the very same object for the same caller. */
export function subjectOf(caller: Caller): Subject {
  let subject = subjects.get(caller);
  if (subject === undefined) {
    const { tenant, organisation, roles, scopes, regions, carrier, assurance } = caller;
    subject = Object.freeze({ tenant, organisation, roles, scopes, regions, carrier, assurance });
    subjects.set(caller, subject);
  }
  return subject;
}

const subjects = new WeakMap<Caller, Subject>();

export function actorOf(caller: Caller): Actor {
  return Object.freeze({ ...subjectOf(caller), id: caller.subject });
}
