import type { ExecutionArgs, ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Metrics } from '#platform/telemetry/metrics.ts';
import { execute } from './engine/execute.ts';
import type { ServedSupergraph } from './engine/hot-reload.ts';
import type { RequestContext } from './request-context.ts';

/** What answers operations once they are parsed and valid. */
export interface Operations {
  readonly metrics: Pick<Metrics, 'operationSeconds'>;
}

/**
 * Answers queries and mutations by the engine. Every operation sees one supergraph from its validation to its end,
 * whatever is swapped meanwhile.
 */
export function answerOperations(served: ServedSupergraph, { metrics }: Operations): Plugin<RequestContext> {
  const run = async (args: ExecutionArgs): Promise<ExecutionResult> => {
    const { supergraph, caller, requestId, signal } = args.contextValue as RequestContext;
    const plan = supergraph.plan(args.document, args.operationName ?? undefined);
    const stop = metrics.operationSeconds.startTimer({ type: plan.type });
    const ask = { token: caller?.token, requestId, signal, variables: args.variableValues };
    return execute(supergraph, plan, ask).finally(stop);
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
