import { getArgumentValues, Kind, type FieldNode, type GraphQLField, type SelectionSetNode } from 'graphql';
import { ApiError, badUserInput, fault } from '#platform/errors.ts';
import type { JsonObject } from '#supergraph/engine/fetch-document.ts';
import type { OperationPlan } from '#supergraph/engine/plan.ts';
import type { Supergraph } from '#supergraph/engine/supergraph.ts';

/** The specification that `@live` belongs to; its name in a supergraph depends on how it was linked. */
const LIVE_IDENTITY = 'https://supercargo.dev/live';

/** What one subscriber wants to hear. */
export interface Interest {
  /** The name of the root field. */
  readonly field: string;
  readonly topic: string;
  /** The values that the root field was given, by argument. */
  readonly arguments: Readonly<JsonObject>;
  /** Whether the field has an argument that says where to resume. */
  readonly resumable: boolean;
  /** The value of the topic at which the subscriber is present by this subscription; null: at none. */
  readonly presentAt: string | null;
  /** The value of the topic of which the field tells who is present; null: it tells what is published. */
  readonly viewersOf: string | null;
}

/** The argument that says where to resume; it never narrows a stream. */
export const RESUME_ARGUMENT = 'after';

/**
 * What a subscription operation listens to.
 * @param variables checked, with defaults
 * @throws {ApiError} BAD_USER_INPUT when its root field isn't live
 */
export function interestOf(
  supergraph: Supergraph,
  plan: OperationPlan,
  variables: Readonly<JsonObject>,
): Interest {
  const { operation, fragments } = plan.operationContext;
  const node = rootField(operation.selectionSet, fragments);
  const field = supergraph.schema.getSubscriptionType()?.getFields()[node?.name.value ?? ''];
  if (!node || !field) throw new ApiError('BAD_USER_INPUT', 'The subscription selects no field.');
  const live = liveArguments(supergraph, field);
  if (live === null) {
    throw new ApiError(
      'BAD_USER_INPUT',
      `Subscription.${field.name} has no @live topic: this endpoint can't deliver it.`,
    );
  }
  const resumable = field.args.some(({ name }) => name === RESUME_ARGUMENT);
  const given = getArgumentValues(field, node, variables);
  const valueOf = (argument: unknown): string | null => {
    const value = typeof argument === 'string' && Object.hasOwn(given, argument) ? given[argument] : null;
    return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
  };
  const { topic, presence, viewers } = live;
  const viewersOf = valueOf(viewers);
  if (typeof viewers === 'string' && viewersOf === null) {
    throw badUserInput(fault(viewers, given[viewers], 'expected what somebody could be present at'));
  }
  const presentAt = valueOf(presence);
  return { field: field.name, topic, arguments: given, resumable, presentAt, viewersOf };
}

interface LiveArguments {
  readonly topic: string;
  readonly presence?: unknown;
  readonly viewers?: unknown;
}

function liveArguments(supergraph: Supergraph, field: GraphQLField<unknown, unknown>): LiveArguments | null {
  const { schema } = supergraph.federated;
  const feature = schema.coreFeatures?.getByIdentity(LIVE_IDENTITY);
  if (!feature) return null;
  const definition = schema.schemaDefinition.rootType('subscription')?.field(field.name);
  const [directive] = definition?.appliedDirectivesOf(feature.directiveNameInSchema('live')) ?? [];
  const { topic, presence, viewers }: Readonly<Record<string, unknown>> = directive?.arguments() ?? {};
  return typeof topic === 'string' && topic !== '' ? { topic, presence, viewers } : null;
}

/** The only root field, wherever fragments put it. */
export function rootField(
  selections: SelectionSetNode,
  fragments: OperationPlan['operationContext']['fragments'],
): FieldNode | undefined {
  for (const selection of selections.selections) {
    if (selection.kind === Kind.FIELD) return selection;
    const inner =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection.selectionSet
        : fragments[selection.name.value]?.selectionSet;
    const found = inner && rootField(inner, fragments);
    if (found) return found;
  }
  return undefined;
}
