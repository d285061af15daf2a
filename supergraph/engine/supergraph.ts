import { createHash } from 'node:crypto';
import { Supergraph as FederatedSupergraph, type Schema } from '@apollo/federation-internals';
import {
  Kind,
  OperationTypeNode,
  parse,
  validate,
  type DefinitionNode,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import type { Caller } from '#platform/auth/caller.ts';
import { AccessRules } from '../guard/access/access-rules.ts';
import { LruMap } from './lru-map.ts';
import type { OperationPlan } from './plan.ts';
import { OperationPlans } from './operation-plans.ts';
import { DeclaredDirectives } from './declared-directives.ts';
import { executableDirectives } from './planning/executable-directives.ts';
import { Planner } from './planning/planner.ts';
import { SUPPORTED_FEATURES } from './planning/supported-features.ts';
import type { EngineSettings } from './settings.ts';
import type { Subgraph } from './subgraph.ts';

/** Documents that are kept with their plans. */
const MAX_DOCUMENTS = 1_000;
const MAX_DOCUMENT_LENGTH = 64 * 1024;

/**
 * One supergraph, ready to be queried. Never changes: another file makes another one, and what was begun on this one
 * ends on it.
 */
export class Supergraph {
  readonly id: string;
  readonly sdl: string;
  /** What clients see. */
  readonly schema: GraphQLSchema;
  /** The whole supergraph, with what is hidden from clients. */
  readonly fullSchema: GraphQLSchema;
  readonly settings: EngineSettings;
  readonly federated: FederatedSupergraph;
  /** The same for planning, with the subgraphs' own directives for operations as directives of no specification. */
  readonly planned: FederatedSupergraph;
  readonly apiSchema: Schema;
  readonly subgraphs: ReadonlyMap<string, Subgraph>;
  /** Of the directives that only some subgraphs may take in operations; null: there are none. */
  readonly declared: DeclaredDirectives | null;
  readonly #documents = new LruMap<string, DocumentNode>(MAX_DOCUMENTS);
  readonly #plans: OperationPlans;

  /** @throws when the text isn't a valid Federation 2 supergraph, or needs a feature that isn't supported */
  constructor(sdl: string, settings: EngineSettings) {
    this.id = createHash('sha256').update(sdl).digest('hex').slice(0, 16);
    this.sdl = sdl;
    this.settings = settings;
    this.federated = FederatedSupergraph.build(sdl, {
      validateSupergraph: true,
      supportedFeatures: SUPPORTED_FEATURES,
    });
    const source = parse(sdl, { noLocation: true });
    const directives = executableDirectives(source, this.federated.schema);
    this.planned = directives
      ? FederatedSupergraph.build(directives.document, { supportedFeatures: SUPPORTED_FEATURES })
      : this.federated;
    this.apiSchema = this.planned.apiSchema();
    this.schema = this.apiSchema.toGraphQLJSSchema();
    this.fullSchema = this.federated.schema.toGraphQLJSSchema();
    this.subgraphs = new Map(
      this.federated.subgraphsMetadata().map(({ name, url }) => [name, settings.subgraph(name, url)]),
    );
    this.declared = directives && new DeclaredDirectives(directives.definitions.keys(), settings);
    const planner = new Planner(
      directives?.document ?? source,
      this.planned,
      directives?.definitions ?? null,
    );
    this.#plans = new OperationPlans({
      planner,
      knows: (subgraph, typename) => planner.knows(subgraph, typename),
      rules: AccessRules.of(this.federated.schema, this.schema),
      schema: this.schema,
      supergraphSchema: this.fullSchema,
      subgraph: (name) => this.subgraph(name),
      declared: this.declared,
      settings,
    });
  }

  /**
   * A document of queries and mutations that is valid here and within the limits, parsed once while it is in use; null when it isn't, or is
   * too long to keep.
   */
  document(text: string): DocumentNode | null {
    if (text.length > MAX_DOCUMENT_LENGTH) return null;
    const known = this.#documents.get(text);
    if (known) return known;
    const { limits } = this.settings;
    let document: DocumentNode;
    try {
      document = limits.parse(text);
    } catch {
      return null;
    }
    if (document.definitions.some(isSubscription)) return null;
    if (validate(this.schema, document, limits.rules, { maxErrors: 1 }).length > 0) return null;
    this.#documents.set(text, document);
    this.settings.metrics.planDocuments.set(this.#documents.size);
    return document;
  }

  /**
   * The plan of one operation, made once for each document, name and what callers may have of it.
   * @param document valid against `schema`
   * @param caller who is to get the answer; null: nobody who is known
   * @throws {ApiError} UNAUTHENTICATED or FORBIDDEN when the caller may not have the root field of a subscription
   */
  plan(document: DocumentNode, operationName: string | undefined, caller: Caller | null): OperationPlan {
    return this.#plans.get(document, operationName, caller);
  }

  /** @throws when the supergraph has no subgraph of this name */
  subgraph(name: string): Subgraph {
    const subgraph = this.subgraphs.get(name);
    if (!subgraph) throw new Error(`the supergraph has no subgraph "${name}"`);
    return subgraph;
  }
}

function isSubscription(node: DefinitionNode): boolean {
  return node.kind === Kind.OPERATION_DEFINITION && node.operation === OperationTypeNode.SUBSCRIPTION;
}
