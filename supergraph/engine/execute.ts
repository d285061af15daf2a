import { getVariableValues, GraphQLError, OperationTypeNode, type ExecutionResult } from 'graphql';
import type { ValueError } from './answer/writing.ts';
import type { Exchange } from './exchange.ts';
import { MASKED_MESSAGE, toGraphQLError, type Failure } from './failure.ts';
import type { JsonObject } from './fetch-document.ts';
import type { OperationPlan } from './plan.ts';
import { Reuse } from './program/reuse.ts';
import type { Run } from './program/step.ts';
import type { PathKeys } from './response-path.ts';
import type { Supergraph } from './supergraph.ts';

/** Who asks, and with what. */
export type Ask = Omit<Exchange, 'failures' | 'variables'> & {
  readonly variables: Readonly<JsonObject> | null | undefined;
};

/** What an operation came to. */
export interface Answer {
  /** JSON text; null when the operation could not begin. */
  readonly data: string | null;
  readonly errors: readonly GraphQLError[];
}

/** Runs a plan. Never throws: whatever goes wrong is in the answer's errors. */
export async function answer(supergraph: Supergraph, plan: OperationPlan, ask: Ask): Promise<Answer> {
  const { log, production } = supergraph.settings;
  const { variables, errors: faults } = prepare(plan, ask.variables ?? {});
  if (faults) return { data: null, errors: faults };
  const exchange: Exchange = { failures: [], ...ask, variables };
  const reuse = plan.type === OperationTypeNode.MUTATION ? null : new Reuse();
  const run: Run = { exchange, data: {}, shared: new Set(), reuse, apart: plan.apart };
  try {
    await plan.program(run);
    const { text, errors } = plan.write(run.data, variables, run.shared);
    const { failures } = exchange;
    if (failures.length === 0 && errors.length === 0) return { data: text, errors: NO_ERRORS };
    return { data: text, errors: errorsOf(plan, failures, errors) };
  } catch (error) {
    log.error({ error, requestId: ask.requestId }, 'an operation failed');
    const message = production || !(error instanceof Error) ? undefined : error.message;
    return { data: 'null', errors: [toGraphQLError(internal(message, []))] };
  }
}

/** The same as an object, for those who need one. */
export async function execute(
  supergraph: Supergraph,
  plan: OperationPlan,
  ask: Ask,
): Promise<ExecutionResult> {
  const { data, errors } = await answer(supergraph, plan, ask);
  return {
    ...(data === null ? {} : { data: JSON.parse(data) as NonNullable<ExecutionResult['data']> }),
    ...(errors.length > 0 ? { errors } : {}),
  };
}

const NO_ERRORS: readonly GraphQLError[] = [];
/** Errors of one answer. */
const MAX_ERRORS = 1_000;

function errorsOf(
  plan: OperationPlan,
  known: readonly Failure[],
  found: readonly ValueError[],
): readonly GraphQLError[] {
  const failures = known.map((failure) => ({ ...failure, path: plan.selection.clip(failure.path) }));
  // Where null was not allowed, most often a failure explains it already.
  const unexplained = found.filter(
    ({ path, code }) =>
      code !== undefined ||
      !failures.some((failure) => isPrefix(failure.path, path) || isPrefix(path, failure.path)),
  );
  const all = [
    ...failures,
    ...unexplained.map(({ message, path, code = 'INTERNAL' }) => ({ code, message, path })),
  ];
  return withoutRepetition(all).slice(0, MAX_ERRORS).map(toGraphQLError);
}

export type Variables =
  | { readonly variables: Readonly<JsonObject>; readonly errors?: undefined }
  | { readonly variables?: undefined; readonly errors: readonly GraphQLError[] };

/**
 * Checks before anything is run that all of an operation can be: the values of its variables, which are passed on as the
 * client wrote them, with the defaults added, and that its plan asks for every root field that they let stand.
 */
export function prepare(plan: OperationPlan, given: Readonly<JsonObject>): Variables {
  const read = readVariables(plan, given);
  const unplanned = read.variables && plan.unplanned?.standing(read.variables);
  if (unplanned === undefined) return read;
  const message = `No subgraph can be asked for ${unplanned} as it is selected.`;
  return { errors: [new GraphQLError(message, { extensions: { code: 'INTERNAL', http: REFUSED } })] };
}

/** For clients that take GraphQL's own media type. */
const REFUSED = { spec: true, status: 500 };

function readVariables(plan: OperationPlan, given: Readonly<JsonObject>): Variables {
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
