import type { PlanNode, SubscriptionNode } from '@apollo/query-planner';
import { Kind, type GraphQLObjectType, type SelectionSetNode } from 'graphql';
import { collectFields, type CollectContext, type CollectedField } from './answer/collect-fields.ts';
import { conditionsFor } from './answer/conditions.ts';
import { responseName, type JsonObject } from './fetch-document.ts';

/** Root fields that an operation's plan asks nobody for, as `Query.name`. */
export interface UnplannedFields {
  readonly first: string;
  /** The first that the values of the operation's variables let stand. */
  standing(variables: Readonly<JsonObject>): string | undefined;
}

/**
 * Finds root fields that the planner has dropped. It takes a selection from an interface that no type implements for
 * one that selects nothing, and leaves out the field around it, which would be answered with a null of nobody's.
 * @param context its conditions are not looked at
 * @param node undefined: there is nothing to fetch
 * @returns null when the plan asks for every root field
 */
export function unplannedRootFields(
  context: Omit<CollectContext, 'holds'>,
  selections: SelectionSetNode,
  root: GraphQLObjectType,
  node: PlanNode | SubscriptionNode | undefined,
): UnplannedFields | null {
  const planned = new Set<string>();
  if (node) noteRootFields(node, planned);
  const find = (holds: CollectContext['holds']): string | undefined => {
    const field = collectFields({ ...context, holds }, [{ type: root, selections }], root).find(isUnplanned);
    return field && `${root.name}.${field.nodes[0]?.node.name.value ?? field.name}`;
  };
  const isUnplanned = ({ nodes }: CollectedField): boolean =>
    nodes.some(
      ({ node: field, refused }) =>
        !refused && !field.name.value.startsWith('__') && !planned.has(context.planned(field)),
    );
  const first = find(() => true);
  return first === undefined ? null : { first, standing: (variables) => find(conditionsFor(variables)) };
}

/** The response names of the root fields that a plan asks subgraphs for. */
function noteRootFields(node: PlanNode | SubscriptionNode, names: Set<string>): void {
  switch (node.kind) {
    case 'Subscription':
      noteRootFields(node.primary, names);
      break;
    case 'Sequence':
    case 'Parallel':
      for (const child of node.nodes) noteRootFields(child, names);
      break;
    case 'Condition':
      for (const child of [node.ifClause, node.elseClause]) if (child) noteRootFields(child, names);
      break;
    case 'Fetch':
      if (node.requires) break;
      for (const definition of node.operationDocumentNode?.definitions ?? []) {
        if (definition.kind === Kind.OPERATION_DEFINITION) noteFields(definition.selectionSet, names);
      }
      for (const rewrite of node.outputRewrites ?? []) {
        if (rewrite.kind === 'KeyRenamer') names.add(rewrite.renameKeyTo);
      }
      break;
    case 'Flatten':
    case 'Defer':
  }
}

function noteFields({ selections }: SelectionSetNode, names: Set<string>): void {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) names.add(responseName(selection));
    else if (selection.kind === Kind.INLINE_FRAGMENT) noteFields(selection.selectionSet, names);
  }
}
