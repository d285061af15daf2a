import { specifiedRules, validate, type DocumentNode, type ExecutionResult, type FieldNode } from 'graphql';
import type { Caller } from '#platform/auth/caller.ts';
import { ApiError } from '#platform/errors.ts';
import type { LiveEnvelope } from '#platform/live-events.ts';
import { execute, readVariables, type Ask } from '#supergraph/engine/execute.ts';
import { operationSelections, selectedFields, type JsonObject } from '#supergraph/engine/fetch-document.ts';
import type { OperationPlan } from '#supergraph/engine/plan.ts';
import type { Supergraph } from '#supergraph/engine/supergraph.ts';
import { UnconditionalSubscriptionRootRule } from '#supergraph/guard/subscription-root.ts';
import { EntityCompletion } from './completion.ts';
import { EventReader } from './event-value.ts';
import { interestOf, type Interest } from './live-field.ts';
import { subgraphView, type SubgraphView } from './subgraph-view.ts';

/** What a client subscribed to, as it was sent. */
export interface SubscriptionRequest {
  /** Valid against the supergraph at the time. */
  readonly document: DocumentNode;
  readonly operationName: string | undefined;
  readonly variables: Readonly<JsonObject>;
  /** Who is to get the answers. */
  readonly caller: Caller | null;
}

/** A subscription operation ready to turn events into answers, on one supergraph. */
export class LiveOperation {
  readonly interest: Interest;
  readonly #supergraph: Supergraph;
  readonly #plan: OperationPlan;
  readonly #variables: Readonly<JsonObject>;
  readonly #view: SubgraphView;
  readonly #root: FieldNode;
  readonly #completion: EntityCompletion;

  /** @throws {GraphQLError | AggregateError} what is wrong with the operation on this supergraph */
  constructor(
    supergraph: Supergraph,
    { document, operationName, variables: given, caller }: SubscriptionRequest,
  ) {
    const plan = supergraph.plan(document, operationName, caller);
    const { variables, errors } = readVariables(plan, given);
    if (errors) throw new AggregateError(errors);
    this.interest = interestOf(supergraph, plan, variables);
    const { primary } = plan;
    if (!primary) throw new Error('the planner made no subscription plan');
    const [root] = selectedFields(
      supergraph.fullSchema,
      operationSelections(primary.operationDocumentNode),
      undefined,
      {},
    );
    if (!root) throw new Error('the primary fetch selects nothing');
    this.#supergraph = supergraph;
    this.#plan = plan;
    this.#variables = variables;
    this.#view = subgraphView(supergraph, primary.serviceName);
    this.#root = root;
    this.#completion = new EntityCompletion(
      supergraph,
      primary.serviceName,
      plan.operationContext.operation.variableDefinitions ?? [],
    );
  }

  /**
   * The same operation on another supergraph.
   * @throws {GraphQLError | AggregateError} when it isn't valid there
   */
  static renewed(supergraph: Supergraph, request: SubscriptionRequest): LiveOperation {
    const errors = validate(supergraph.schema, request.document, [
      ...specifiedRules,
      UnconditionalSubscriptionRootRule,
    ]);
    if (errors.length > 0) {
      const details = errors.map(({ message }) => message).join(' ');
      throw new ApiError(
        'GRAPHQL_VALIDATION_FAILED',
        `The schema has changed and this subscription is not valid any more: ${details}`,
      );
    }
    return new LiveOperation(supergraph, request);
  }

  /** The answer to one event. Never throws; a dead subgraph makes it partial. */
  answer(envelope: LiveEnvelope, ask: Omit<Ask, 'variables' | 'event'>): Promise<ExecutionResult> {
    return execute(this.#supergraph, this.#plan, {
      ...ask,
      variables: this.#variables,
      event: async (exchange) => {
        const reader = new EventReader(this.#view.schema, this.#view.keys, exchange.variables);
        const value = reader.readRoot(envelope.data, this.#root);
        if (reader.incomplete.length > 0) await this.#completion.complete(reader.incomplete, exchange);
        return value;
      },
    });
  }
}
