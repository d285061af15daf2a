import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CALLER_ROLES, ORGANISATION_KINDS } from '#platform/auth/caller.ts';
import type { Actor, Subject } from '#platform/policy/subject.ts';
import { contactsOfCarrier } from './carrier-contacts.ts';
import { awardedRate, moneyOfTenant } from './commercial.ts';
import { approving, buying, carrying, reading } from './people.ts';
import { dealing, proposal } from './resources.ts';
import { bidPrice } from './sealed-bid.ts';
import { byAnother } from './separation-of-duties.ts';

const OPENS = new Date('2026-05-01T12:00:00.000Z');
const BEFORE = new Date(OPENS.getTime() - 1);

/** Anybody at all: of any organisation, with any roles and scopes. */
const anybody = fc.record<Subject>({
  tenant: fc.constantFrom('asker', 'other'),
  organisation: fc.constantFrom(...ORGANISATION_KINDS),
  roles: fc.subarray([...CALLER_ROLES, 'root']).map((roles) => new Set(roles)),
  scopes: fc.subarray(['graph:read', 'graph:write', 'events:write']).map((scopes) => new Set(scopes)),
  regions: fc.constant(new Set<string>()),
  carrier: fc.constantFrom(null, 'BIDS', 'RIVL'),
  assurance: fc.constantFrom('AAL1', 'AAL2', 'AAL3'),
});
const hasOne = ({ roles }: Subject, ...wanted: string[]): boolean => wanted.some((role) => roles.has(role));
const ofAsker = ({ organisation, tenant }: Subject): boolean =>
  organisation === 'SHIPPER' && tenant === 'asker';

describe('a bid’s price', () => {
  const resource = { tenant: 'asker', owner: 'BIDS', sealedUntil: OPENS };
  const at = (time: Date, subject: Subject) => bidPrice({ subject, resource, moment: { time } }).allowed;

  it('is its bidder’s alone before it is opened, whoever asks', () => {
    fc.assert(
      fc.property(anybody, (subject) => {
        expect(at(BEFORE, subject)).toBe(subject.carrier === 'BIDS');
      }),
    );
  });

  it('is procurement’s and the auditors’ of the tenant too from the very moment, and no rival’s', () => {
    fc.assert(
      fc.property(anybody, (subject) => {
        const opened = ofAsker(subject) && hasOne(subject, 'admin', 'buyer', 'auditor');
        expect(at(OPENS, subject)).toBe(subject.carrier === 'BIDS' || opened);
      }),
    );
  });

  it('says by which rule and attributes it is kept, without the price', () => {
    const buyer: Subject = {
      ...(fc.sample(anybody, 1)[0] as Subject),
      organisation: 'SHIPPER',
      tenant: 'asker',
      roles: new Set(['buyer']),
      carrier: null,
    };
    expect(bidPrice({ subject: buyer, resource, moment: { time: BEFORE } })).toEqual({
      allowed: false,
      rule: 'sealed bid',
      reason: 'not: bidding has closed',
      attributes: { sealedUntil: OPENS.toISOString(), time: BEFORE.toISOString() },
    });
  });
});

it('money of a tenant is for its finance, procurement and auditors; an awarded rate also for who won it', () => {
  fc.assert(
    fc.property(anybody, (subject) => {
      const insider = ofAsker(subject) && hasOne(subject, 'finance', 'admin', 'buyer', 'auditor');
      const resource = { tenant: 'asker', owner: 'BIDS' };
      expect(moneyOfTenant({ subject, resource }).allowed).toBe(insider);
      expect(awardedRate({ subject, resource }).allowed).toBe(insider || subject.carrier === 'BIDS');
    }),
  );
});

it('contacts are for the carrier itself and for shippers that deal with it', () => {
  fc.assert(
    fc.property(anybody, fc.boolean(), (subject, engaged) => {
      const { allowed } = contactsOfCarrier(dealing(subject, 'BIDS', engaged));
      expect(allowed).toBe(subject.carrier === 'BIDS' || (engaged && subject.organisation === 'SHIPPER'));
    }),
  );
});

it('nobody approves what it has proposed', () => {
  fc.assert(
    fc.property(anybody, fc.constantFrom('a', 'b'), fc.constantFrom('a', 'b'), (subject, id, awardedBy) => {
      const actor: Actor = { ...subject, id };
      expect(byAnother(proposal(actor, { awardedBy })).allowed).toBe(id !== awardedBy);
      expect(byAnother(proposal(actor, null)).allowed).toBe(true);
    }),
  );
});

it('auditors change nothing and programs not even read, whatever else they are', () => {
  fc.assert(
    fc.property(anybody, (subject) => {
      const changes = [buying, approving, carrying].some((decide) => decide(subject).allowed);
      if (hasOne(subject, 'auditor', 'integration') || !subject.scopes.has('graph:write')) {
        expect(changes).toBe(false);
      }
      if (hasOne(subject, 'integration') || !subject.scopes.has('graph:read') || subject.roles.size === 0) {
        expect(reading(subject).allowed).toBe(false);
      }
      expect(approving(subject).allowed).toBe(buying(subject).allowed && subject.assurance !== 'AAL1');
      expect(buying(subject).allowed && carrying(subject).allowed).toBe(false);
      if (subject.organisation === 'PLATFORM')
        expect([changes, reading(subject).allowed]).toEqual([false, false]);
    }),
  );
});
