import {
  operationFromDocument,
  Supergraph as FederatedSupergraph,
  type Schema,
} from '@apollo/federation-internals';
import { QueryPlanner, type QueryPlan } from '@apollo/query-planner';
import type { DocumentNode } from 'graphql';
import { SUPPORTED_FEATURES } from './supported-features.ts';
import { prepareSupergraph, type PreparedSupergraph } from './prepare-supergraph.ts';
import { putBack } from './put-back.ts';
import { responseNames, type ResponseNames } from './response-names.ts';

/** Makes plans with Apollo's planner, around what it gets wrong. */
export class Planner {
  readonly #prepared: PreparedSupergraph;
  readonly #apiSchema: Schema;
  readonly #planner: QueryPlanner;

  constructor(sdl: string, federated: FederatedSupergraph) {
    this.#prepared = prepareSupergraph(sdl);
    const { document } = this.#prepared;
    const supergraph = document
      ? FederatedSupergraph.build(document, { supportedFeatures: SUPPORTED_FEATURES })
      : federated;
    this.#apiSchema = supergraph.apiSchema();
    this.#planner = new QueryPlanner(supergraph, {
      exposeDocumentNodeInFetchNode: true,
      reuseQueryFragments: false,
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

  /** @param document valid, under the names that `names` gives */
  plan(document: DocumentNode, operationName: string | undefined): QueryPlan {
    const operation = operationFromDocument(this.#apiSchema, document, {
      ...(operationName === undefined ? {} : { operationName }),
      validate: false,
    });
    const plan = this.#planner.buildQueryPlan(operation);
    return plan.node ? { ...plan, node: putBack(plan.node, this.#prepared) } : plan;
  }
}
