import { rule, type IRule } from 'graphql-shield';
import { forbidden, unauthenticated } from '../errors.ts';
import type { Access } from './access.ts';
import { UNDECIDED, type Decision, type Policy } from './decision.ts';
import { regionsOfChange, withinRegion } from './residency.ts';
import type { Environment, Sensitivity } from './resource.ts';
import type { Actor, Subject } from './subject.ts';

/** What a rule needs of a request's context. Absent where nothing but the schema is asked for. */
export interface AccessContext {
  readonly access: Access;
}

/** What a condition may use of a context besides what it is given: nothing that tells who the person is. */
export type Lookups<Context> = Omit<Context, 'access' | 'caller'>;

export interface RuleSpec {
  /** As `@access(rule: …)` names it in the schema. */
  readonly name: string;
  /** Who passes, in words for whoever reads the schema: the same as `@access(to: …)`. */
  readonly to: string;
  /** Of what it guards; ORDINARY unless given. Allowances of the others are recorded too. */
  readonly sensitivity?: Sensitivity;
}

/** What one field asks. */
interface Question {
  readonly access: Access;
  readonly parent: unknown;
  readonly args: unknown;
  readonly context: object;
}

/** A part of a rule. `AtOnce` is one that is decided without waiting. */
interface Condition<AtOnce extends boolean = boolean> {
  readonly atOnce: AtOnce;
  readonly decide: (question: Question) => AtOnce extends true ? Decision : Decision | Promise<Decision>;
}

/** A condition that doesn't depend on who the person is: the only kind that what is read may have. */
export interface ReadCondition<Parent = unknown> extends Condition {
  readonly personal: false;
  /** Never there: says of which objects' fields it is. */
  readonly parent?: (parent: Parent) => void;
}

/** A condition that may. */
export interface ChangeCondition<Args = unknown> extends Condition {
  readonly personal: true;
  /** Never there: says which arguments it is about. */
  readonly args?: (args: Args) => void;
}

/** What is behind a rule of graphql-shield's that was made here. */
export interface OwnRule {
  readonly spec: RuleSpec;
  /** Whether it is for changes alone. */
  readonly personal: boolean;
  /** Whether it passes everyone, also without a token. */
  readonly open: boolean;
  /** Null where something has to be looked up. */
  readonly decideAtOnce: ((question: Question) => Decision) | null;
}

const ownRules = new WeakMap<object, OwnRule>();

/** What is behind a rule; undefined when it wasn't made here. */
export function ownRuleOf(made: object): OwnRule | undefined {
  return ownRules.get(made);
}

/** About nothing but the caller; decided once a request. */
export function caller(decide: Policy<Subject>): ReadCondition {
  return onceARequest(({ subject }) => decide(subject));
}

/** As `caller`, for the data of the caller's own tenant: where they are bound to a region, it has to be the caller's. */
export function tenant(decide: Policy<Subject>): ReadCondition {
  return onceARequest((access) => homeDecision(access, decide, access.subject.regions));
}

/** As `tenant`, for changes: where a proxy tells from which region the caller calls, it has to be that one. */
export function tenantToChange(decide: Policy<Subject>): ReadCondition {
  return onceARequest((access) => homeDecision(access, decide, regionsOfChange(access)));
}

/** About the object whose field is asked for. */
export function object<Parent>(
  decide: (subject: Subject, parent: Parent) => Decision,
): ReadCondition<Parent> {
  return {
    atOnce: true,
    personal: false,
    decide: ({ access: { subject }, parent }) => decide(subject, parent as Parent),
  };
}

/** About the object, where what decides has to be read first. */
export function objectWith<Parent, Context extends object>(
  decide: (subject: Subject, parent: Parent, lookups: Lookups<Context>) => Promise<Decision>,
): ReadCondition<Parent> {
  return {
    atOnce: false,
    personal: false,
    decide: ({ access: { subject }, parent, context }) =>
      decide(subject, parent as Parent, context as Lookups<Context>),
  };
}

/** About a change: the person, its arguments, and what they lead to. */
export function changeWith<Args, Context extends object>(
  decide: (
    by: { readonly actor: Actor; readonly environment: Environment },
    args: Args,
    lookups: Lookups<Context>,
  ) => Promise<Decision>,
): ChangeCondition<Args> {
  return {
    atOnce: false,
    personal: true,
    decide: ({ access: { actor, environment }, args, context }) =>
      decide({ actor, environment }, args as Args, context as Lookups<Context>),
  };
}

/** A rule for what is read: all of its conditions must hold; without any, nothing passes. */
export function readRule(spec: RuleSpec, ...conditions: readonly ReadCondition<never>[]): IRule {
  return make(spec, false, conditions);
}

/** A rule for a field of Mutation: all of its conditions must hold; without any, nothing passes. */
export function changeRule(
  spec: RuleSpec,
  ...conditions: readonly (ReadCondition<never> | ChangeCondition<never>)[]
): IRule {
  return make(spec, true, conditions);
}

/** Closed to all: for what has no rule of its own. */
export const closed: IRule = make({ name: 'closed', to: 'Nobody.' }, false, []);

/** Open to all, also without a token: for the schema itself. */
export const open: IRule = rule('open', { cache: 'no_cache' })(() => true);
ownRules.set(open, {
  spec: { name: 'open', to: 'Everyone.' },
  personal: false,
  open: true,
  decideAtOnce: null,
});

function make(spec: RuleSpec, personal: boolean, conditions: readonly Condition[]): IRule {
  const { sensitivity = 'ORDINARY' } = spec;
  // Its own caches know too little of their key: what is decided once is kept by the conditions.
  const made = rule(spec.name, { cache: 'no_cache' })(async (
    parent: unknown,
    args: unknown,
    context: Partial<AccessContext>,
    { parentType, fieldName },
  ) => {
    const { access } = context;
    if (access === undefined) return unauthenticated();
    let decision: Decision;
    try {
      decision = await decideAll(conditions, { access, parent, args, context });
    } catch (error) {
      // What could not be looked up isn't shown, but is no denial: a database that is away is told as such.
      return error instanceof Error ? error : new Error(String(error));
    }
    if (!decision.allowed || sensitivity !== 'ORDINARY') {
      access.record({ decision, rule: spec.name, place: `${parentType.name}.${fieldName}`, sensitivity });
    }
    return decision.allowed || forbidden();
  });
  const decideAtOnce = conditions.every(isAtOnce) ? allAtOnce(conditions) : null;
  ownRules.set(made, { spec, personal, open: false, decideAtOnce });
  return made;
}

async function decideAll(conditions: readonly Condition[], question: Question): Promise<Decision> {
  let decision = UNDECIDED;
  for (const condition of conditions) {
    decision = await condition.decide(question);
    if (!decision.allowed) break;
  }
  return decision;
}

function allAtOnce(conditions: readonly Condition<true>[]): (question: Question) => Decision {
  const [first, ...others] = conditions;
  if (first !== undefined && others.length === 0) return first.decide;
  return (question) => {
    let decision = UNDECIDED;
    for (const { decide } of conditions) {
      decision = decide(question);
      if (!decision.allowed) break;
    }
    return decision;
  };
}

function isAtOnce(condition: Condition): condition is Condition<true> {
  return condition.atOnce;
}

function homeDecision(access: Access, decide: Policy<Subject>, regions: ReadonlySet<string>): Decision {
  const { subject, residency } = access;
  const decision = decide(subject);
  if (!decision.allowed) return decision;
  const resource = { tenant: subject.tenant, region: residency.regionOf(subject.tenant) };
  const atHome = withinRegion({ regions, resource });
  return atHome.allowed ? decision : atHome;
}

function onceARequest(decide: (access: Access) => Decision): ReadCondition {
  const known = new WeakMap<Access, Decision>();
  return {
    atOnce: true,
    personal: false,
    decide: ({ access }) => {
      let decision = known.get(access);
      if (decision === undefined) known.set(access, (decision = decide(access)));
      return decision;
    },
  };
}
