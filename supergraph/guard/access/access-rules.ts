import type { Directive, Schema } from '@apollo/federation-internals';
import { isAbstractType, isInterfaceType, type GraphQLSchema } from 'graphql';
import type { Caller } from '#platform/auth/caller.ts';

/** Something that a caller must have to be given a field. */
export interface Requirement {
  /** Equal for requirements that the same callers meet. */
  readonly key: string;
  readonly isMetBy: (caller: Caller | null) => boolean;
}

const AUTHENTICATED: Requirement = { key: 'authenticated', isMetBy: (caller) => caller !== null };
/** Nobody here decides on policies. */
const REFUSED: Requirement = { key: 'policy', isMetBy: () => false };

const NONE: readonly Requirement[] = [];

const IDENTITIES = {
  authenticated: 'https://specs.apollo.dev/authenticated',
  requiresScopes: 'https://specs.apollo.dev/requiresScopes',
  policy: 'https://specs.apollo.dev/policy',
} as const;

/**
 * What a supergraph says with `@authenticated`, `@requiresScopes` and `@policy`. A field may be had by who meets what
 * is said of the field, of the type that it stands on and of the type that it gives; a field of an interface, what is
 * said of it for every type that the object may be.
 */
export class AccessRules {
  readonly #types: ReadonlyMap<string, readonly Requirement[]>;
  readonly #fields: ReadonlyMap<string, readonly Requirement[]>;
  readonly #schema: GraphQLSchema;
  readonly #known = new Map<string, readonly Requirement[]>();

  private constructor(
    types: ReadonlyMap<string, readonly Requirement[]>,
    fields: ReadonlyMap<string, readonly Requirement[]>,
    schema: GraphQLSchema,
  ) {
    this.#types = types;
    this.#fields = fields;
    this.#schema = schema;
  }

  /**
   * @param supergraph the whole supergraph's
   * @param schema what clients see
   * @returns null when everything is open to everyone
   */
  static of(supergraph: Schema, schema: GraphQLSchema): AccessRules | null {
    const read = reader(supergraph);
    if (!read) return null;
    const types = new Map<string, readonly Requirement[]>();
    const fields = new Map<string, readonly Requirement[]>();
    for (const type of supergraph.types()) {
      const own = read(type);
      if (own.length > 0) types.set(type.name, own);
      if (type.kind !== 'ObjectType' && type.kind !== 'InterfaceType') continue;
      for (const field of type.fields()) {
        const requirements = read(field);
        if (requirements.length > 0) fields.set(`${type.name}.${field.name}`, requirements);
      }
    }
    return types.size + fields.size === 0 ? null : new AccessRules(types, fields, schema);
  }

  /** @param given the name of the type that the field gives */
  ofField(type: string, field: string, given: string | undefined): readonly Requirement[] {
    const place = `${type}.${field}`;
    const known = this.#known.get(place);
    if (known) return known;
    const all = new Map<string, Requirement>();
    const add = (requirements: readonly Requirement[] | undefined): void => {
      for (const requirement of requirements ?? NONE) all.set(requirement.key, requirement);
    };
    if (given !== undefined) add(this.#types.get(given));
    add(this.#types.get(type));
    add(this.#fields.get(place));
    // The name of an object's type says nothing of the object: whoever may have the interface may know it.
    if (field !== '__typename') {
      for (const member of this.#membersOf(type)) {
        add(this.#types.get(member));
        add(this.#fields.get(`${member}.${field}`));
      }
    }
    const requirements = all.size === 0 ? NONE : [...all.values()];
    this.#known.set(place, requirements);
    return requirements;
  }

  /** The types that an object may be, and the interfaces in between. */
  #membersOf(name: string): readonly string[] {
    const type = this.#schema.getType(name);
    if (!isAbstractType(type)) return [];
    const objects = this.#schema.getPossibleTypes(type);
    const between = isInterfaceType(type) ? this.#schema.getImplementations(type).interfaces : [];
    return [...objects, ...between].map((member) => member.name);
  }
}

/** Anything that directives can stand on. */
interface Element {
  readonly appliedDirectives: readonly Directive[];
}

function reader(schema: Schema): ((element: Element) => readonly Requirement[]) | null {
  const nameOf = (identity: string, name: string): string | undefined =>
    schema.coreFeatures?.getByIdentity(identity)?.directiveNameInSchema(name);
  const authenticated = nameOf(IDENTITIES.authenticated, 'authenticated');
  const scopes = nameOf(IDENTITIES.requiresScopes, 'requiresScopes');
  const policy = nameOf(IDENTITIES.policy, 'policy');
  if (authenticated === undefined && scopes === undefined && policy === undefined) return null;
  return ({ appliedDirectives }) =>
    appliedDirectives.flatMap((directive): Requirement[] => {
      if (directive.name === authenticated) return [AUTHENTICATED];
      if (directive.name === policy) return [REFUSED];
      if (directive.name === scopes) return [scopesRequirement(directive.arguments().scopes)];
      return [];
    });
}

/** @param value a list of lists: every scope of one of them is needed */
function scopesRequirement(value: unknown): Requirement {
  const alternatives = (Array.isArray(value) ? value : []).map((all: unknown) =>
    (Array.isArray(all) ? all : [all]).map(String),
  );
  return {
    key: `scopes ${JSON.stringify(alternatives)}`,
    isMetBy: (caller) =>
      caller !== null && alternatives.some((all) => all.every((scope) => caller.scopes.has(scope))),
  };
}
