import type { AssuranceLevel, CallerRole, OrganisationKind } from '../auth/caller.ts';
import { ASSURANCE_LEVELS } from '../auth/caller.ts';
import { allOf, policy, type Policy } from './decision.ts';
import type { Subject } from './subject.ts';

/*
 * What roles and scopes give at most, whatever else a rule looks at.
 */

/** Programs write events and read nothing, whatever else their token says. */
export const mayRead: Policy<Subject> = policy({
  rule: 'read',
  holds: 'the scope graph:read, and no program that only reports',
  test: ({ scopes, roles }) => scopes.has('graph:read') && !roles.has('integration'),
  attributes: ({ scopes, roles }) => ({ scopes: [...scopes], roles: [...roles] }),
});

/** Auditors and programs change nothing, whatever else their token says. */
export const mayChange: Policy<Subject> = policy({
  rule: 'change',
  holds: 'the scope graph:write, and neither an auditor nor a program that only reports',
  test: ({ scopes, roles }) =>
    scopes.has('graph:write') && !roles.has('auditor') && !roles.has('integration'),
  attributes: ({ scopes, roles }) => ({ scopes: [...scopes], roles: [...roles] }),
});

/** People of one kind of organisation with any of these roles. */
export function peopleOf(
  rule: string,
  organisation: OrganisationKind,
  ...roles: readonly CallerRole[]
): Policy<Subject> {
  return policy({
    rule,
    holds: `${roles.join(' or ')} of a ${organisation.toLowerCase()}`,
    test: (subject) => subject.organisation === organisation && roles.some((role) => subject.roles.has(role)),
    attributes: (subject) => ({ organisation: subject.organisation, roles: [...subject.roles] }),
  });
}

/** Whoever has logged in at least so well. */
export function assuredBy(rule: string, least: AssuranceLevel): Policy<Subject> {
  return policy({
    rule,
    holds: `a login of at least ${least}`,
    test: ({ assurance }) => ASSURANCE_LEVELS.indexOf(assurance) >= ASSURANCE_LEVELS.indexOf(least),
    attributes: ({ assurance }) => ({ assurance }),
  });
}

/** `mayRead` for a kind of people. */
export function readers(policyOfPeople: Policy<Subject>): Policy<Subject> {
  return allOf(mayRead, policyOfPeople);
}

/** `mayChange` for a kind of people. */
export function changers(policyOfPeople: Policy<Subject>): Policy<Subject> {
  return allOf(mayChange, policyOfPeople);
}
