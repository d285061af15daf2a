import type { executeQueryPlan as ExecuteQueryPlan } from '@apollo/gateway';
import { getVariableValues, GraphQLError, type ExecutionResult } from 'graphql';
import { executeQueryPlan } from './apollo.ts';
import type { Exchange } from './exchange.ts';
import { MASKED_MESSAGE, toGraphQLError, type Failure } from './failure.ts';
import type { JsonObject } from './fetch-document.ts';
import type { OperationPlan } from './plan.ts';
import type { PathKeys } from './response-path.ts';
import type { Supergraph } from './supergraph.ts';

/** Who asks, and with what. */
export type Ask = Omit<Exchange, 'failures' | 'variables'> & {
  readonly variables: Readonly<JsonObject> | null | undefined;
};

/** Runs a plan. Never throws: whatever goes wrong is in the result's errors. */
export async function execute(
  supergraph: Supergraph,
  plan: OperationPlan,
  ask: Ask,
): Promise<ExecutionResult> {
  const { log, production } = supergraph.settings;
  const { variables, errors: faults } = readVariables(plan, ask.variables ?? {});
  if (faults) return { errors: faults };
  const exchange: Exchange = { ...ask, variables, failures: [] };
  try {
    const { data, errors, extensions } = await executeQueryPlan(
      plan.queryPlan,
      plan.sources,
      requestContext(exchange, supergraph),
      plan.operationContext,
      supergraph.fullSchema,
      supergraph.apiSchema,
    );
    const unexpected = errors ?? [];
    for (const error of unexpected)
      log.error({ error, requestId: ask.requestId }, 'the plan could not be executed');
    const failures = [
      ...exchange.failures.map((failure) => ({ ...failure, path: plan.selection.clip(failure.path) })),
      ...unexpected.map((error) => internal(production ? undefined : error.message, error.path ?? [])),
    ];
    // The executor tells only here where null was not allowed; most often a failure explains it already.
    const nulls = ((extensions?.valueCompletion ?? []) as readonly GraphQLError[]).filter(
      ({ path = [] }) =>
        !failures.some((failure) => isPrefix(failure.path, path) || isPrefix(path, failure.path)),
    );
    failures.push(...nulls.map(({ message, path }) => internal(message, path ?? [])));
    const told = withoutRepetition(failures).map(toGraphQLError);
    return { data: data ?? null, ...(told.length > 0 ? { errors: told } : {}) };
  } catch (error) {
    log.error({ error, requestId: ask.requestId }, 'an operation failed');
    const message = production || !(error instanceof Error) ? undefined : error.message;
    return { data: null, errors: [toGraphQLError(internal(message, []))] };
  }
}

export type Variables =
  | { readonly variables: Readonly<JsonObject>; readonly errors?: undefined }
  | { readonly variables?: undefined; readonly errors: readonly GraphQLError[] };

/** Checks the values of an operation's variables. They are passed on as the client wrote them, with the defaults added. */
export function readVariables(plan: OperationPlan, given: Readonly<JsonObject>): Variables {
  const { schema, operation } = plan.operationContext;
  const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], given, {
    maxErrors: 20,
  });
  if (coerced) return { variables: { ...coerced, ...withoutUndefined(given) } };
  return {
    errors: errors.map(
      ({ message, nodes }) =>
        new GraphQLError(message, {
          ...(nodes ? { nodes } : {}),
          extensions: { code: 'BAD_USER_INPUT', http: { spec: true, status: 400 } },
        }),
    ),
  };
}

function withoutUndefined(object: Readonly<JsonObject>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

type RequestContext = Parameters<typeof ExecuteQueryPlan>[2];

/** The little that the executor reads of Apollo Server's request context. */
function requestContext(exchange: Exchange, supergraph: Supergraph): RequestContext {
  const { log } = supergraph.settings;
  return {
    request: { variables: exchange.variables },
    context: exchange,
    metrics: {},
    logger: {
      debug: (message: unknown) => log.debug(String(message)),
      info: (message: unknown) => log.info(String(message)),
      warn: (message: unknown) => log.warn(String(message)),
      error: (message: unknown) => log.error(String(message)),
    },
  } as unknown as RequestContext;
}

function internal(message: string | undefined, path: PathKeys): Failure {
  return { code: 'INTERNAL', message: message ?? MASKED_MESSAGE, path };
}

function isPrefix(prefix: PathKeys, path: PathKeys): boolean {
  return prefix.length <= path.length && prefix.every((key, index) => key === path[index]);
}

function withoutRepetition(failures: readonly Failure[]): readonly Failure[] {
  const seen = new Map(
    failures.map((failure) => [JSON.stringify([failure.code, failure.message, failure.path]), failure]),
  );
  return [...seen.values()];
}
