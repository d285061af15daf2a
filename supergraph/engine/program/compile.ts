import type { FetchNode, PlanNode, SubscriptionNode } from '@apollo/query-planner';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import type { DeclaredDirectives } from '../declared-directives.ts';
import type { EngineSettings } from '../settings.ts';
import type { Subgraph } from '../subgraph.ts';
import { SubgraphFetch } from '../subgraph-fetch.ts';
import { compileSurroundings } from './context.ts';
import { compileEntityFetch } from './entity-fetch.ts';
import { compileEvent } from './event.ts';
import { compileRootFetch } from './root-fetch.ts';
import { getOwn } from './own.ts';
import { compileRepresentations } from './representation.ts';
import { compileRewrites } from './rewrites.ts';
import { DONE, type Step } from './step.ts';
import type { FlattenPath } from './targets.ts';

/** What a plan's names stand for. */
export interface PlanParts {
  readonly supergraphSchema: GraphQLSchema;
  readonly subgraph: (name: string) => Subgraph;
  /** Whether a subgraph has a type of this name. */
  readonly knows: (subgraph: string, typename: string) => boolean;
  readonly declared: DeclaredDirectives | null;
  readonly settings: EngineSettings;
}

export type DocumentedFetch = FetchNode & { readonly operationDocumentNode: DocumentNode };

/** Makes a plan ready to run: what it says is read once, here. */
export function compilePlan(
  node: PlanNode | SubscriptionNode,
  parts: PlanParts,
  path: FlattenPath = [],
): Step {
  switch (node.kind) {
    case 'Subscription': {
      const event = compileEvent(documented(node.primary), parts.supergraphSchema, parts.settings);
      return node.rest ? sequence([event, compilePlan(node.rest, parts, path)]) : event;
    }
    case 'Sequence':
      return sequence(node.nodes.map((child) => compilePlan(child, parts, path)));
    case 'Parallel':
      return parallel(node.nodes.map((child) => compilePlan(child, parts, path)));
    case 'Flatten':
      return compilePlan(node.node, parts, [...path, ...node.path.map(String)]);
    case 'Condition': {
      const { condition } = node;
      const then = node.ifClause ? compilePlan(node.ifClause, parts, path) : DONE;
      const otherwise = node.elseClause ? compilePlan(node.elseClause, parts, path) : DONE;
      return (run) => (getOwn(run.exchange.variables, condition) === true ? then(run) : otherwise(run));
    }
    case 'Fetch':
      return compileFetch(documented(node), parts, path);
    case 'Defer':
      throw new Error('the planner was not told to plan @defer');
  }
}

function compileFetch(node: DocumentedFetch, parts: PlanParts, path: FlattenPath): Step {
  const { supergraphSchema: schema, declared, settings } = parts;
  const { requires } = node;
  const subgraph = parts.subgraph(node.serviceName);
  const fetch = new SubgraphFetch(node, requires !== undefined, subgraph, schema, settings, declared);
  const output = compileRewrites(schema, node.outputRewrites);
  if (!requires) return compileRootFetch(fetch, path, output);
  const input = compileRewrites(schema, node.inputRewrites);
  const surroundings = compileSurroundings(schema, node.contextRewrites);
  const representations = compileRepresentations(schema, requires, input, (typename) =>
    parts.knows(node.serviceName, typename),
  );
  const byType = input !== null;
  return compileEntityFetch({ fetch, path, representations, byType, output, surroundings, schema });
}

function sequence(steps: readonly Step[]): Step {
  return async (run) => {
    for (const step of steps) {
      const pending = step(run);
      if (pending) await pending;
    }
  };
}

function parallel(steps: readonly Step[]): Step {
  return (run) => {
    const pending: Promise<void>[] = [];
    for (const step of steps) {
      const one = step(run);
      if (one) pending.push(one);
    }
    return pending.length > 1 ? Promise.all(pending).then(() => undefined) : pending[0];
  };
}

/** @throws when the planner did not keep the document */
export function documented(node: FetchNode): DocumentedFetch {
  if (!node.operationDocumentNode)
    throw new Error('the planner was told to keep the documents of its fetches');
  return { ...node, operationDocumentNode: node.operationDocumentNode };
}
