/** What a decision was made from, for the record: never a token, a price or a person's data. */
export type Attributes = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** Whether something is allowed, and what says so. */
export interface Decision {
  readonly allowed: boolean;
  /** The rule that decided. */
  readonly rule: string;
  /** Why, in a few words. */
  readonly reason: string;
  readonly attributes: Attributes;
}

/** A pure function from what is known to a decision. */
export type Policy<Input> = (input: Input) => Decision;

export interface PolicyParts<Input> {
  /** Names the rule in records and in the schema. */
  readonly rule: string;
  /** What must hold, as it reads after "because" or "unless". */
  readonly holds: string;
  /** What throws doesn't hold. */
  readonly test: (input: Input) => boolean;
  /** What the test looked at. */
  readonly attributes?: (input: Input) => Attributes;
}

const NOTHING: Attributes = Object.freeze({});

/** A policy that allows what its test holds for, and nothing else. */
export function policy<Input>(parts: PolicyParts<Input>): Policy<Input> {
  const { rule, holds, test, attributes = () => NOTHING } = parts;
  return (input) => {
    try {
      const allowed = test(input);
      return { allowed, rule, reason: allowed ? holds : `not: ${holds}`, attributes: attributes(input) };
    } catch {
      return { allowed: false, rule, reason: 'the rule could not be decided', attributes: NOTHING };
    }
  };
}

/** Allows what every policy allows. The first denial decides, else the last policy; none at all denies. */
export function allOf<Input>(...policies: readonly Policy<Input>[]): Policy<Input> {
  return (input) => {
    let decision = UNDECIDED;
    for (const each of policies) {
      decision = each(input);
      if (!decision.allowed) return decision;
    }
    return decision;
  };
}

/** Allows what any policy allows. The first allowance decides, else the last denial; none at all denies. */
export function anyOf<Input>(...policies: readonly Policy<Input>[]): Policy<Input> {
  return (input) => {
    let decision = UNDECIDED;
    for (const each of policies) {
      decision = each(input);
      if (decision.allowed) return decision;
    }
    return decision;
  };
}

/** What is said where nothing allows. */
export const UNDECIDED: Decision = Object.freeze({
  allowed: false,
  rule: 'deny by default',
  reason: 'no rule allows it',
  attributes: NOTHING,
});
