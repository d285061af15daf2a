import {
  operationFromDocument,
  Supergraph as FederatedSupergraph,
  type Schema,
} from '@apollo/federation-internals';
import { QueryPlanner, type QueryPlan } from '@apollo/query-planner';
import { visit, type DocumentNode } from 'graphql';
import { forSubgraphs, type DirectiveDefinitions } from './executable-directives.ts';
import { SUPPORTED_FEATURES } from './supported-features.ts';
import { prepareSupergraph, type PreparedSupergraph } from './prepare-supergraph.ts';
import { putBack } from './put-back.ts';
import { NO_OVERRIDES, relevantOverrides, type Override } from './overrides.ts';
import { responseNames, type ResponseNames } from './response-names.ts';

/**
 * Of ways to divide one operation. Where subgraphs share much, there are more than anybody can look at: planning holds
 * up everything else, and with the planner's own 10,000 one operation took five seconds, for the same plan.
 */
const MAX_EVALUATED_PLANS = 1_000;

/** Makes plans with Apollo's planner, around what it gets wrong. */
export class Planner {
  readonly #prepared: PreparedSupergraph;
  readonly #apiSchema: Schema;
  readonly #planner: QueryPlanner;
  readonly #directives: DirectiveDefinitions | null;

  /**
   * @param source the supergraph
   * @param federated the same
   * @param directives those of subgraphs' own specifications that operations may have; null: none
   */
  constructor(source: DocumentNode, federated: FederatedSupergraph, directives: DirectiveDefinitions | null) {
    this.#prepared = prepareSupergraph(source);
    const { document } = this.#prepared;
    const supergraph = document
      ? FederatedSupergraph.build(document, { supportedFeatures: SUPPORTED_FEATURES })
      : federated;
    this.#directives = directives;
    this.#apiSchema = supergraph.apiSchema();
    this.#planner = new QueryPlanner(supergraph, {
      exposeDocumentNodeInFetchNode: true,
      reuseQueryFragments: false,
      debug: { maxEvaluatedPlans: MAX_EVALUATED_PLANS },
    });
  }

  /** Whether a subgraph has a type of this name. */
  knows(subgraph: string, typename: string): boolean {
    return this.#prepared.typesOf.get(subgraph)?.has(typename) ?? false;
  }

  /** The names under which an operation's fields stand while it is answered. @param document as the client sent it */
  names(document: DocumentNode): ResponseNames {
    return responseNames(document, this.#prepared.selectedNames);
  }

  /** The progressive overrides that may matter to a document. */
  overrides(document: DocumentNode): readonly Override[] {
    const { overrides, selectedNames } = this.#prepared;
    return overrides.size === 0 ? NO_OVERRIDES : relevantOverrides(document, overrides, selectedNames);
  }

  /**
   * @param document valid, under the names that `names` gives
   * @param overridden whether each of the progressive overrides applies, by label; those that aren't there don't
   */
  plan(
    document: DocumentNode,
    operationName: string | undefined,
    overridden: ReadonlyMap<string, boolean>,
  ): QueryPlan {
    const planned = this.#directives ? forSubgraphs(document, this.#directives) : document;
    const operation = operationFromDocument(this.#apiSchema, planned, {
      ...(operationName === undefined ? {} : { operationName }),
      validate: false,
    });
    const plan = this.#planner.buildQueryPlan(operation, { overrideConditions: new Map(overridden) });
    return plan.node ? { ...plan, node: putBack(plan.node, this.#prepared, hasConditions(document)) } : plan;
  }
}

function hasConditions(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive({ name }) {
      found ||= name.value === 'skip' || name.value === 'include';
    },
  });
  return found;
}
