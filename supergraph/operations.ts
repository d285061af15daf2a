import type { ExecutionArgs, ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Config } from '#platform/config.ts';
import type { Metrics } from '#platform/telemetry/metrics.ts';
import { execute } from './engine/execute.ts';
import type { ServedSupergraph } from './engine/hot-reload.ts';
import { maySeePlans, planForm, shownPlan } from './guard/query-plans.ts';
import type { RequestContext } from './request-context.ts';

/** What answers operations once they are parsed and valid. */
export interface Operations {
  readonly metrics: Pick<Metrics, 'operationSeconds'>;
  readonly queryPlans: Config['queryPlans'];
}

/**
 * Answers queries and mutations by the engine. Every operation sees one supergraph from its validation to its end,
 * whatever is swapped meanwhile.
 */
export function answerOperations(
  served: ServedSupergraph,
  { metrics, queryPlans }: Operations,
): Plugin<RequestContext> {
  const run = async (args: ExecutionArgs): Promise<ExecutionResult> => {
    const { supergraph, caller, requestId, address, signal } = args.contextValue as RequestContext;
    const plan = supergraph.plan(args.document, args.operationName ?? undefined, caller);
    const stop = metrics.operationSeconds.startTimer({ type: plan.type });
    const ask = { token: caller?.token, requestId, address, signal, variables: args.variableValues };
    const result = await execute(supergraph, plan, ask).finally(stop);
    const form = planForm(args.contextValue);
    if (form === null || !maySeePlans(queryPlans, caller)) return result;
    return { ...result, extensions: { queryPlan: shownPlan(plan.queryPlan, form) } };
  };
  return {
    onEnveloped({ setSchema, extendContext }) {
      const supergraph = served.current;
      extendContext({ supergraph });
      setSchema(supergraph.schema);
    },
    onExecute({ setExecuteFn }) {
      setExecuteFn(run);
    },
  };
}
