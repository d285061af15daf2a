import type { PlanNode, QueryPlan, SubscriptionNode } from '@apollo/query-planner';
import {
  getOperationAST,
  Kind,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type OperationTypeNode,
} from 'graphql';
import { compileAnswer, type AnswerWriter } from './answer/compile.ts';
import { compilePlan, documented, type DocumentedFetch, type PlanParts } from './program/compile.ts';
import { DONE, type Step } from './program/step.ts';
import type { Refusal } from './answer/collect-fields.ts';
import type { ResponseNames } from './planning/response-names.ts';
import { ClientSelection } from './response-path.ts';
import { unplannedRootFields, type UnplannedFields } from './unplanned-fields.ts';

export interface OperationContext {
  /** What clients see. */
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
}

/** How one operation is answered; holds for one supergraph. */
export interface OperationPlan {
  readonly type: OperationTypeNode;
  readonly operationContext: OperationContext;
  readonly selection: ClientSelection;
  /** Fetches everything. */
  readonly program: Step;
  /** Writes what was fetched as the client selected it. */
  readonly write: AnswerWriter;
  /** The fetch of a subscription's root field, which an event answers; null for queries and mutations. */
  readonly primary: DocumentedFetch | null;
  readonly queryPlan: QueryPlan;
  /** Null: the plan asks for every root field. */
  readonly unplanned: UnplannedFields | null;
  /** Whether values differ by the place where an object stands, as those of `@fromContext` do. */
  readonly apart: boolean;
}

export interface OperationParts extends PlanParts {
  /** What clients see. */
  readonly schema: GraphQLSchema;
  /** Under which names the data stand. */
  readonly names: ResponseNames;
  /** What the caller may not have; null: it may have everything. */
  readonly refusal: Refusal | null;
}

/**
 * Compiles the planner's plan and the shape of the answer.
 * @param document as the client sent it; the plan may leave out what the caller may not have
 * @throws when the document has no such operation
 */
export function compileOperation(
  queryPlan: QueryPlan,
  document: DocumentNode,
  operationName: string | undefined,
  parts: OperationParts,
): OperationPlan {
  const { schema, names, refusal } = parts;
  const operation = getOperationAST(document, operationName);
  if (!operation) throw new Error(`the document has no operation "${operationName ?? ''}"`);
  const root = schema.getRootType(operation.operation);
  if (!root) throw new Error(`the schema has no ${operation.operation}`);
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null) as typeof fragments;
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  }
  const { node } = queryPlan;
  const context = { schema, fragments, planned: names.planned, refusal };
  return {
    type: operation.operation,
    operationContext: { schema, operation, fragments },
    selection: new ClientSelection([operation.selectionSet], fragments, names.planned),
    program: node ? compilePlan(node, parts) : DONE,
    write: compileAnswer(schema, operation, fragments, names, refusal),
    primary: node?.kind === 'Subscription' ? documented(node.primary) : null,
    queryPlan,
    unplanned: unplannedRootFields(context, operation.selectionSet, root, node),
    apart: node ? takesSurroundings(node) : false,
  };
}

function takesSurroundings(node: PlanNode | SubscriptionNode): boolean {
  switch (node.kind) {
    case 'Fetch':
      return Boolean(node.contextRewrites?.length);
    case 'Flatten':
      return takesSurroundings(node.node);
    case 'Sequence':
    case 'Parallel':
      return node.nodes.some(takesSurroundings);
    case 'Condition':
      return [node.ifClause, node.elseClause].some((child) => child && takesSurroundings(child));
    case 'Subscription':
      return node.rest ? takesSurroundings(node.rest) : false;
    case 'Defer':
      return false;
  }
}
