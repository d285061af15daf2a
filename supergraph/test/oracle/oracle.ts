import { isAbstractType, type DocumentNode, type ExecutionResult } from 'graphql';
import type { Supergraph } from '#supergraph/engine/supergraph.ts';
import { READER } from './reader.ts';
import type { GraphQLRequestBody, World } from './world.ts';

// @apollo/gateway reports usage to its maker unless it is told not to before it is loaded.
process.env.APOLLO_TELEMETRY_DISABLED = '1';
const { executeQueryPlan } = await import('@apollo/gateway');

type Arguments = Parameters<typeof executeQueryPlan>;

/** What Apollo's executor makes of the same plan over the same subgraphs. */
export async function askOracle(
  world: World,
  supergraph: Supergraph,
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
): Promise<ExecutionResult> {
  const { queryPlan, operationContext } = supergraph.plan(document, undefined, READER);
  const sources = Object.fromEntries(
    [...supergraph.subgraphs.keys()].map((name) => [
      name,
      {
        process: async ({ request }: { request: GraphQLRequestBody }) =>
          withOwnTypes(
            await world.ask(name, JSON.parse(JSON.stringify(request)) as GraphQLRequestBody),
            supergraph,
          ),
      },
    ]),
  );
  const quiet = (): void => undefined;
  const context = {
    request: { variables },
    context: {},
    metrics: {},
    logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  };
  return executeQueryPlan(
    queryPlan,
    sources as unknown as Arguments[1],
    context as unknown as Arguments[2],
    operationContext,
    supergraph.fullSchema,
    supergraph.apiSchema,
  ) as Promise<ExecutionResult>;
}

/**
 * A subgraph that takes an interface for an object calls every entity by the interface's name. Apollo's executor puts
 * that over the name which it knew, and loses the object.
 */
function withOwnTypes(result: ExecutionResult, { fullSchema }: Supergraph): ExecutionResult {
  const entities = result.data?._entities;
  for (const entity of Array.isArray(entities) ? (entities as (Record<string, unknown> | null)[]) : []) {
    if (entity && isAbstractType(fullSchema.getType(String(entity.__typename)))) delete entity.__typename;
  }
  return result;
}
