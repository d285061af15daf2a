import { changers, mayChange, mayRead, peopleOf, readers } from '#platform/policy/baseline.ts';
import { allOf, policy, type Policy } from '#platform/policy/decision.ts';
import type { Subject } from '#platform/policy/subject.ts';

/** Whoever may read the graph sees the shipments of its tenant. */
export const reading = mayRead;

/** Who starts following shipments. */
export const following = changers(
  peopleOf('people who follow shipments', 'SHIPPER', 'admin', 'buyer', 'operations'),
);

/** People of the shipper; programs and carriers have no alerts. */
export const beingAlerted = readers(
  peopleOf('people of a shipper', 'SHIPPER', 'admin', 'buyer', 'finance', 'operations', 'viewer', 'auditor'),
);

/** Who says what raises an alert, and deals with it. */
export const watching = changers(peopleOf('people who watch shipments', 'SHIPPER', 'admin', 'operations'));

const operators = peopleOf('operators of the platform', 'PLATFORM', 'admin');
export const inspecting = allOf(mayRead, operators);
export const operating = allOf(mayChange, operators);

/** Programs that tell what happened. It isn't the graph that they change: the scope `graph:write` is not for them. */
export const reportingEvents = reporters('report', 'events:write');

/** A position is the same for all who have cargo aboard: no tenant may say where a vessel is. */
export const reportingPositions = allOf(
  reporters('locate', 'positions:write'),
  policy<Subject>({
    rule: 'programs of the platform',
    holds: 'of the platform itself',
    test: ({ organisation }) => organisation === 'PLATFORM',
    attributes: ({ organisation }) => ({ organisation }),
  }),
);

function reporters(rule: string, scope: string): Policy<Subject> {
  return policy({
    rule,
    holds: `the scope ${scope}, and no auditor`,
    test: ({ scopes, roles }) => scopes.has(scope) && !roles.has('auditor'),
    attributes: ({ scopes, roles }) => ({ scopes: [...scopes], roles: [...roles] }),
  });
}
