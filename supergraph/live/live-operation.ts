import { specifiedRules, validate, type DocumentNode, type FieldNode } from 'graphql';
import type { Caller } from '#platform/auth/caller.ts';
import { ApiError, badUserInput, fault } from '#platform/errors.ts';
import { inClientRegion } from '#platform/http/client-region.ts';
import type { LiveEnvelope } from '#platform/live-events.ts';
import { answer, prepare, type Ask } from '#supergraph/engine/execute.ts';
import { operationSelections, selectedFields, type JsonObject } from '#supergraph/engine/fetch-document.ts';
import type { OperationPlan } from '#supergraph/engine/plan.ts';
import type { Supergraph } from '#supergraph/engine/supergraph.ts';
import { UnconditionalSubscriptionRootRule } from '#supergraph/guard/subscription-root.ts';
import { EntityCompletion } from './completion.ts';
import { EventReader } from './event-value.ts';
import { interestOf, type Interest } from './live-field.ts';
import { MAX_PLACES, placesOf } from './match-index.ts';
import { subgraphView, type SubgraphView } from './subgraph-view.ts';
import type { ShowError } from './show-error.ts';

/** What a client subscribed to, as it was sent. */
export interface SubscriptionRequest {
  /** Valid against the supergraph at the time. */
  readonly document: DocumentNode;
  readonly operationName: string | undefined;
  readonly variables: Readonly<JsonObject>;
  /** Who is to get the answers. */
  readonly caller: Caller | null;
  /** Where the client is, as subgraphs are told; null: it isn't known. */
  readonly region: string | null;
}

/** What doesn't depend on the values of an operation's variables. */
interface Reading {
  readonly view: SubgraphView;
  readonly root: FieldNode;
  readonly completion: EntityCompletion;
}

const readings = new WeakMap<OperationPlan, Reading>();

/** A subscription operation ready to turn events into answers, on one supergraph. */
export class LiveOperation {
  readonly interest: Interest;
  readonly supergraph: Supergraph;
  readonly plan: OperationPlan;
  readonly request: SubscriptionRequest;
  /** Checked, with defaults. */
  readonly variables: Readonly<JsonObject>;
  readonly #reading: Reading;
  readonly #show: ShowError;

  /**
   * @param show how errors are told to clients
   * @throws {GraphQLError | AggregateError} what is wrong with the operation on this supergraph
   */
  constructor(supergraph: Supergraph, request: SubscriptionRequest, show: ShowError) {
    const plan = supergraph.plan(request.document, request.operationName, request.caller);
    const { variables, errors } = prepare(plan, request.variables);
    if (errors) throw new AggregateError(errors);
    this.interest = interestOf(supergraph, plan, variables);
    const places = placesOf(this.interest.arguments);
    if (places > MAX_PLACES) {
      throw badUserInput(
        fault('arguments', places, `expected lists that name at most ${MAX_PLACES} combinations of values`),
      );
    }
    this.supergraph = supergraph;
    this.plan = plan;
    this.request = request;
    this.variables = variables;
    this.#reading = readingOf(supergraph, plan);
    this.#show = show;
  }

  /**
   * The same operation on another supergraph.
   * @throws {GraphQLError | AggregateError} when it isn't valid there
   */
  renewed(supergraph: Supergraph): LiveOperation {
    const { document } = this.request;
    const known = faults.get(supergraph) ?? new WeakMap<DocumentNode, string | null>();
    faults.set(supergraph, known);
    let details = known.get(document);
    if (details === undefined) {
      details = faultsOf(supergraph, document);
      known.set(document, details);
    }
    if (details !== null) {
      throw new ApiError(
        'GRAPHQL_VALIDATION_FAILED',
        `The schema has changed and this subscription is not valid any more: ${details}`,
      );
    }
    return new LiveOperation(supergraph, this.request, this.#show);
  }

  /** The answer to one event as JSON text. Never throws; a dead subgraph makes it partial. */
  async answer(envelope: LiveEnvelope, ask: Omit<Ask, 'variables' | 'event'>): Promise<Buffer> {
    const { view, root, completion } = this.#reading;
    const asked: Ask = {
      variables: this.variables,
      event: async (exchange) => {
        const reader = new EventReader(view.schema, view.keys, exchange.variables);
        const value = reader.readRoot(envelope.data, root);
        if (reader.incomplete.length > 0) await completion.complete(reader.incomplete, exchange);
        return value;
      },
      ...ask,
    };
    // Events come from elsewhere: whoever runs this is nobody's request.
    const { data, errors } = await inClientRegion(this.request.region, () =>
      answer(this.supergraph, this.plan, asked),
    );
    if (errors.length === 0) return Buffer.from(`{"data":${data ?? 'null'}}`);
    const shown = JSON.stringify(errors.map(this.#show));
    return Buffer.from(data === null ? `{"errors":${shown}}` : `{"data":${data},"errors":${shown}}`);
  }
}

/** What is wrong with documents on a supergraph; null: nothing. Thousands of groups may share one document. */
const faults = new WeakMap<Supergraph, WeakMap<DocumentNode, string | null>>();

function faultsOf(supergraph: Supergraph, document: DocumentNode): string | null {
  const errors = validate(supergraph.schema, document, [
    ...specifiedRules,
    UnconditionalSubscriptionRootRule,
  ]);
  return errors.length === 0 ? null : errors.map(({ message }) => message).join(' ');
}

function readingOf(supergraph: Supergraph, plan: OperationPlan): Reading {
  let reading = readings.get(plan);
  if (!reading) {
    reading = makeReading(supergraph, plan);
    readings.set(plan, reading);
  }
  return reading;
}

function makeReading(supergraph: Supergraph, plan: OperationPlan): Reading {
  const { primary, operationContext } = plan;
  if (!primary) throw new Error('the planner made no subscription plan');
  const { serviceName, operationDocumentNode } = primary;
  const selections = operationSelections(operationDocumentNode);
  const [root] = selectedFields(supergraph.fullSchema, selections, undefined, {});
  if (!root) throw new Error('the primary fetch selects nothing');
  const { variableDefinitions = [] } = operationContext.operation;
  return {
    view: subgraphView(supergraph, serviceName),
    root,
    completion: new EntityCompletion(supergraph, serviceName, variableDefinitions),
  };
}
