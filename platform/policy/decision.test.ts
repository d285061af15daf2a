import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assuredBy, changers, mayChange, mayRead, peopleOf, readers } from './baseline.ts';
import { allOf, anyOf, policy, type Policy } from './decision.ts';
import { regionsOfChange, residencyOf, withinRegion } from './residency.ts';
import type { Actor, Subject } from './subject.ts';

const subject = (changes: Partial<Subject> = {}): Subject => ({
  tenant: 't',
  organisation: 'SHIPPER',
  roles: new Set(['buyer']),
  scopes: new Set(['graph:read', 'graph:write']),
  regions: new Set(),
  carrier: null,
  assurance: 'AAL1',
  ...changes,
});
const actor = (changes: Partial<Subject> = {}): Actor => ({ ...subject(changes), id: 'someone' });

const says = (rule: string, allowed: boolean): Policy<unknown> =>
  policy({ rule, holds: 'it is said so', test: () => allowed, attributes: () => ({ said: allowed }) });

describe('a decision', () => {
  it('names its rule, its reason and what it looked at', () => {
    const attributes = { said: true };
    expect(says('a', true)(null)).toEqual({ allowed: true, rule: 'a', reason: 'it is said so', attributes });
    expect(says('b', false)(null)).toEqual({
      allowed: false,
      rule: 'b',
      reason: 'not: it is said so',
      attributes: { said: false },
    });
  });

  it('denies where the rule fails', () => {
    const broken = policy<{ roles: Set<string> }>({
      rule: 'broken',
      holds: 'x',
      test: ({ roles }) => !roles.has('x'),
    });
    expect(broken({} as never)).toMatchObject({ allowed: false, rule: 'broken' });
  });

  it('denies by default', () => {
    expect(allOf()(null)).toMatchObject({ allowed: false, rule: 'deny by default' });
    expect(anyOf()(null)).toMatchObject({ allowed: false, rule: 'deny by default' });
  });

  it('of all is that of the first that denies, of any that of the first that allows', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }), (said) => {
        const parts = said.map((allowed, index) => says(String(index), allowed));
        const all = allOf(...parts)(null);
        expect(all.allowed).toBe(said.every(Boolean));
        expect(all.rule).toBe(String(all.allowed ? said.length - 1 : said.indexOf(false)));
        const any = anyOf(...parts)(null);
        expect(any.allowed).toBe(said.some(Boolean));
        expect(any.rule).toBe(String(any.allowed ? said.indexOf(true) : said.length - 1));
      }),
    );
  });
});

describe('the baseline', () => {
  const everything = { scopes: new Set(['graph:read', 'graph:write', 'events:write']) };
  it.each([
    ['a buyer', ['buyer'], true, true],
    ['an auditor', ['auditor'], true, false],
    ['an auditor who buys too', ['auditor', 'admin', 'buyer'], true, false],
    ['a program', ['integration'], false, false],
    ['a program with every role', ['integration', 'admin', 'auditor'], false, false],
  ])('for %s, whatever its scopes', (_, roles, reads, changes) => {
    const who = subject({ ...everything, roles: new Set(roles) });
    expect([mayRead(who).allowed, mayChange(who).allowed]).toEqual([reads, changes]);
  });

  it('needs the scope', () => {
    expect(mayRead(subject({ scopes: new Set(['graph:write']) })).allowed).toBe(false);
    expect(mayChange(subject({ scopes: new Set(['graph:read']) })).allowed).toBe(false);
  });

  it('gives a role to one kind of organisation', () => {
    const buyers = peopleOf('buyers', 'SHIPPER', 'admin', 'buyer');
    expect(readers(buyers)(subject()).allowed).toBe(true);
    expect(changers(buyers)(subject()).allowed).toBe(true);
    expect(buyers(subject({ organisation: 'CARRIER' })).allowed).toBe(false);
    expect(buyers(subject({ roles: new Set(['viewer']) })).allowed).toBe(false);
  });

  it('orders logins', () => {
    const levels = (['AAL1', 'AAL2', 'AAL3'] as const).map((assurance) =>
      assuredBy('x', 'AAL2')(subject({ assurance })),
    );
    expect(levels.map(({ allowed }) => allowed)).toEqual([false, true, true]);
  });
});

describe('residency', () => {
  const residency = residencyOf(
    new Map([
      ['a', 'EU'],
      ['b', 'US'],
    ]),
  );

  it('binds the data of a tenant to its region', () => {
    expect([residency.regionOf('a'), residency.regionOf('c')]).toEqual(['EU', null]);
    expect(residency.beyond(new Set(['EU']))).toEqual(['b']);
    expect(residency.beyond(new Set())).toEqual(['a', 'b']);
    const of = (region: string | null, ...regions: string[]): boolean =>
      withinRegion({ regions: new Set(regions), resource: { tenant: 'a', region } }).allowed;
    expect([of('EU', 'EU'), of('EU', 'US'), of('EU'), of(null)]).toEqual([true, false, false, true]);
  });

  it('lets a change reach no further than where it comes from, where that is told', () => {
    const by = actor({ regions: new Set(['EU', 'US']) });
    const from = (clientRegion: string | null) =>
      regionsOfChange({ actor: by, environment: { time: new Date(), clientRegion } });
    expect(from(null)).toEqual(new Set(['EU', 'US']));
    expect(from('EU')).toEqual(new Set(['EU']));
    expect(from('CN')).toEqual(new Set());
  });
});
