import type { Caller } from '../auth/caller.ts';
import type { Decision } from './decision.ts';
import { UNBOUND, type Residency } from './residency.ts';
import type { Environment, Sensitivity } from './resource.ts';
import { actorOf, subjectOf, type Actor, type Subject } from './subject.ts';

/** That something was decided: every denial, and every allowance of what is sensitive. */
export interface AccessRecord {
  readonly decision: Decision;
  /** The rule of the field; the decision names the part of it that decided. */
  readonly rule: string;
  /** What was asked for: a field, such as `Query.orders`. */
  readonly place: string;
  readonly sensitivity: Sensitivity;
}

/** What all decisions of one request are made from. */
export interface Access {
  /** For decisions about what is read. */
  readonly subject: Subject;
  /** For decisions about what is changed. */
  readonly actor: Actor;
  readonly environment: Environment;
  readonly residency: Residency;
  /** The one place that all records pass. */
  readonly record: (record: AccessRecord) => void;
}

export interface AccessOptions {
  readonly environment: Environment;
  /** None of the tenants is bound to a region when not given. */
  readonly residency?: Residency;
  readonly record: (record: AccessRecord) => void;
}

export function createAccess(caller: Caller, options: AccessOptions): Access {
  const { environment, residency = UNBOUND, record } = options;
  return { subject: subjectOf(caller), actor: actorOf(caller), environment, residency, record };
}
