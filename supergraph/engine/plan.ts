import type { GraphQLDataSource, ServiceMap } from '@apollo/gateway';
import type {
  FetchNode,
  PlanNode,
  QueryPlan,
  QueryPlanSelectionNode,
  SubscriptionNode,
} from '@apollo/query-planner';
import type { DocumentNode, GraphQLSchema, OperationTypeNode } from 'graphql';
import { buildOperationContext } from './apollo.ts';
import { AnswerReader } from './answer-reader.ts';
import type { Exchange } from './exchange.ts';
import { MASKED_MESSAGE } from './failure.ts';
import { operationSelections } from './fetch-document.ts';
import { ClientSelection, pathKeys, PLACE } from './response-path.ts';
import type { EngineSettings } from './settings.ts';
import type { Subgraph } from './subgraph.ts';
import { SubgraphFetch, type Representation } from './subgraph-fetch.ts';

export type OperationContext = ReturnType<typeof buildOperationContext>;
export type DocumentedFetch = FetchNode & { readonly operationDocumentNode: DocumentNode };

/** How one operation is answered; holds for one supergraph. */
export interface OperationPlan {
  readonly type: OperationTypeNode;
  readonly queryPlan: QueryPlan;
  readonly operationContext: OperationContext;
  readonly selection: ClientSelection;
  /** One for each fetch of the plan, under the name that the plan calls it by. */
  readonly sources: ServiceMap;
  /** The fetch of a subscription's root field, which an event answers; null for queries and mutations. */
  readonly primary: DocumentedFetch | null;
}

export interface PlanParts {
  readonly apiSchema: GraphQLSchema;
  readonly supergraphSchema: GraphQLSchema;
  readonly subgraph: (name: string) => Subgraph;
  readonly settings: EngineSettings;
}

/** Makes the planner's plan ready to run: ties every fetch to its subgraph. */
export function bindPlan(
  planned: QueryPlan,
  document: DocumentNode,
  operationName: string | undefined,
  parts: PlanParts,
): OperationPlan {
  const operationContext = buildOperationContext({
    schema: parts.apiSchema,
    operationDocument: document,
    ...(operationName === undefined ? {} : { operationName }),
  });
  const { operation, fragments } = operationContext;
  const sources: ServiceMap = Object.create(null) as ServiceMap;
  const node = planned.node && bindNode(planned.node, parts, sources);
  return {
    type: operation.operation,
    queryPlan: { kind: 'QueryPlan', ...(node ? { node } : {}) },
    operationContext,
    selection: new ClientSelection([operation.selectionSet], fragments),
    sources,
    primary: planned.node?.kind === 'Subscription' ? documented(planned.node.primary) : null,
  };
}

function bindNode(node: PlanNode | SubscriptionNode, parts: PlanParts, sources: ServiceMap): PlanNode {
  const bind = (child: PlanNode): PlanNode => bindNode(child, parts, sources);
  switch (node.kind) {
    case 'Subscription': {
      // The executor refuses subscriptions; answering the event first makes an ordinary plan of it.
      const primary = bindSource(node.primary, eventSource(documented(node.primary), parts), sources);
      return { kind: 'Sequence', nodes: node.rest ? [primary, bind(node.rest)] : [primary] };
    }
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map(bind) };
    case 'Flatten':
      return { ...node, node: bind(node.node) };
    case 'Condition':
      return {
        ...node,
        ...(node.ifClause ? { ifClause: bind(node.ifClause) } : {}),
        ...(node.elseClause ? { elseClause: bind(node.elseClause) } : {}),
      };
    case 'Fetch': {
      const fetch = documented(node);
      const source = new SubgraphFetch(
        fetch,
        parts.subgraph(node.serviceName),
        parts.supergraphSchema,
        parts.settings,
      );
      return bindSource(node, node.requires ? entitySource(source) : rootSource(source), sources);
    }
    case 'Defer':
      throw new Error('the planner was not told to plan @defer');
  }
}

/** Names the source after its place in the plan, so that the executor finds the right one for each fetch. */
function bindSource(node: FetchNode, source: GraphQLDataSource, sources: ServiceMap): FetchNode {
  const serviceName = `${node.serviceName}#${Object.keys(sources).length}`;
  sources[serviceName] = source;
  return {
    ...node,
    serviceName,
    ...(node.requires ? { requires: [...node.requires, PLACE_SELECTION] } : {}),
  };
}

/** Makes the executor copy an entity's place into its representation. JSON leaves symbols out. */
const PLACE_SELECTION = { kind: 'Field', name: PLACE } as unknown as QueryPlanSelectionNode;

/** The executor hands the exchange to every source as its context. */
function exchangeOf(options: Parameters<GraphQLDataSource['process']>[0]): Exchange {
  return options.context as Exchange;
}

function rootSource(fetch: SubgraphFetch): GraphQLDataSource {
  return {
    process: async (options) => ({
      data: await fetch.fetchRoot(options.request.variables ?? {}, exchangeOf(options)),
    }),
  };
}

function entitySource(fetch: SubgraphFetch): GraphQLDataSource {
  return {
    process: async (options) => {
      const { representations, ...variables } = options.request.variables ?? {};
      return {
        data: await fetch.fetchEntities(variables, representations as Representation[], exchangeOf(options)),
      };
    },
  };
}

function eventSource(primary: DocumentedFetch, parts: PlanParts): GraphQLDataSource {
  const selections = operationSelections(primary.operationDocumentNode);
  const type = parts.supergraphSchema.getSubscriptionType() ?? undefined;
  return {
    process: async (options) => {
      const exchange = exchangeOf(options);
      if (!exchange.event) throw new Error('a subscription was executed without an event');
      const data = await exchange.event(exchange);
      const reader = new AnswerReader(
        parts.supergraphSchema,
        exchange.variables,
        new Map(),
        (path, expected) => {
          const place = pathKeys(path);
          parts.settings.log.error(
            { path: place, expected, requestId: exchange.requestId },
            'an event is misshapen',
          );
          exchange.failures.push({ code: 'INTERNAL', message: MASKED_MESSAGE, path: place });
        },
      );
      reader.readObject(data, type, selections, null);
      return { data };
    },
  };
}

function documented(node: FetchNode): DocumentedFetch {
  if (!node.operationDocumentNode)
    throw new Error('the planner was told to keep the documents of its fetches');
  return { ...node, operationDocumentNode: node.operationDocumentNode };
}
