import { baseType, ObjectType, type Schema } from '@apollo/federation-internals';
import { visit, type ASTNode } from 'graphql';
import type { OperationPlan } from '#supergraph/engine/plan.ts';
import type { Supergraph } from '#supergraph/engine/supergraph.ts';

/** What a schema tags whose value depends on who asks, beyond what the access scope says. */
export const PERSONAL_TAG = 'personal';
const TAG_IDENTITY = 'https://specs.apollo.dev/tag';

const namesOf = new WeakMap<Supergraph, ReadonlySet<string>>();
const verdicts = new WeakMap<OperationPlan, boolean>();

/**
 * Whether the answers of an operation may differ between two callers of one access scope: it selects a field that is
 * tagged so, or one whose type is. Judged by the fields' names, whatever type they are selected on: rather once too
 * often than shared by mistake.
 */
export function isPersonal(supergraph: Supergraph, plan: OperationPlan): boolean {
  let verdict = verdicts.get(plan);
  if (verdict === undefined) {
    const names = personalNames(supergraph);
    const { operation, fragments } = plan.operationContext;
    verdict =
      names.size > 0 && [operation, ...Object.values(fragments)].some((node) => selectsAny(node, names));
    verdicts.set(plan, verdict);
  }
  return verdict;
}

function personalNames(supergraph: Supergraph): ReadonlySet<string> {
  let names = namesOf.get(supergraph);
  if (!names) {
    names = new Set(findPersonal(supergraph.federated.schema));
    namesOf.set(supergraph, names);
  }
  return names;
}

function* findPersonal(schema: Schema): Generator<string> {
  const feature = schema.coreFeatures?.getByIdentity(TAG_IDENTITY);
  if (!feature) return;
  const directive = feature.directiveNameInSchema('tag');
  const isTagged = (element: Tagged): boolean =>
    element.appliedDirectivesOf(directive).some((applied) => applied.arguments().name === PERSONAL_TAG);
  // A field of an abstract type may hold an object of a tagged one.
  const reach = new Set<string>();
  for (const type of schema.types().filter(isTagged)) {
    reach.add(type.name);
    if (type instanceof ObjectType) for (const { name } of type.interfaces()) reach.add(name);
  }
  for (const union of schema.unionTypes()) {
    if (union.types().some(({ name }) => reach.has(name))) reach.add(union.name);
  }
  for (const type of [...schema.objectTypes(), ...schema.interfaceTypes()]) {
    for (const field of type.fields()) {
      if (isTagged(field) || (field.type && reach.has(baseType(field.type).name))) yield field.name;
    }
  }
}

interface Tagged {
  appliedDirectivesOf(name: string): readonly { arguments(): Readonly<Record<string, unknown>> }[];
}

function selectsAny(node: ASTNode, names: ReadonlySet<string>): boolean {
  let found = false;
  visit(node, {
    Field({ name }) {
      found ||= names.has(name.value);
    },
  });
  return found;
}
