import {
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { Caller } from '#platform/auth/caller.ts';
import type { Config } from '#platform/config.ts';
import { ApiError } from '#platform/errors.ts';
import type { OperationText, OperationTexts } from './documents/operation-texts.ts';
import { tooMany, type RateLimits } from './guard/rate-limits.ts';
import type { Endpoint } from './http.ts';
import type { LiveSubscriptions } from './live/subscriptions.ts';
import { readWhenSlow, WHEN_SLOW_NAME, type WhenSlow } from './live/when-slow.ts';
import type { RequestContext } from './request-context.ts';
import { SocketSubscription, type SubscriptionSocket } from './socket-subscription.ts';

type Run = (args: ExecutionArgs) => Promise<ExecutionResult | AsyncGenerator<ExecutionResult>>;
/** What graphql-ws hands back to be run, with how to run it. */
export type SocketOperation = ExecutionArgs & { readonly run: Run };

export interface OperationParts {
  readonly config: Pick<Config, 'limits'>;
  readonly rates: RateLimits;
  readonly endpoint: Endpoint;
  readonly live: LiveSubscriptions;
  readonly texts: OperationTexts;
}

/** What an operation needs to know of its socket. */
export interface OperationSocket extends SubscriptionSocket {
  readonly isInitialised: boolean;
  readonly caller: Caller | null;
  readonly requestId: string;
  /** The client's address; null where it isn't known. */
  readonly address: string | null;
  /** Aborts when the socket closes. */
  readonly signal: AbortSignal;
  /** As the client has chosen for the whole connection. */
  readonly whenSlow: WhenSlow;
}

/**
 * Parses and validates one operation of a socket, as over HTTP.
 * @param running operations of the socket, this one included
 * @returns what graphql-ws is to run, or why it isn't run
 */
export async function prepareOperation(
  { config, endpoint, live, rates, texts }: OperationParts,
  socket: OperationSocket,
  running: number,
  id: string,
  payload: SubscribePayload,
): Promise<SocketOperation | readonly GraphQLError[]> {
  const { caller, requestId, address } = socket;
  if (!socket.isInitialised) return [new ApiError('UNAUTHENTICATED', 'The connection was not initialised.')];
  const { operations, mutations } = config.limits.connections;
  if (running > operations) {
    return [
      new ApiError(
        'RATE_LIMITED',
        `More than ${operations} operations at a time on one socket: open another.`,
      ),
    ];
  }
  const holders = { caller, address };
  const first = rates.ofOperation(holders, 1, { address: 0, caller: 0 });
  if (first?.allowed === false) return [tooMany(first)];
  const { operationName, variables, extensions } = payload;
  let found: OperationText | null;
  try {
    found = await texts.find(payload);
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
  if (!found) return [new ApiError('BAD_REQUEST', 'The message names no operation.')];
  const { text: query, keep } = found;
  const params = {
    query,
    operationName: operationName ?? undefined,
    variables: variables ?? undefined,
    extensions,
  };
  const enveloped = endpoint.getEnveloped({ caller, requestId, address, params });
  let document: DocumentNode;
  let whenSlow: WhenSlow;
  try {
    document = enveloped.parse(query) as DocumentNode;
    whenSlow = readWhenSlow(extensions?.[WHEN_SLOW_NAME], socket.whenSlow);
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
  const operation = getOperationAST(document, operationName);
  if (!operation) return [new ApiError('BAD_REQUEST', 'Name one operation of the document.')];
  if (operation.operation === OperationTypeNode.MUTATION && !mutations) {
    return [new ApiError('BAD_REQUEST', 'Mutations are taken by HTTP POST only.')];
  }
  const schema = enveloped.schema as GraphQLSchema;
  const errors = enveloped.validate(schema, document) as readonly GraphQLError[];
  if (errors.length > 0) return errors;
  const rest = rates.ofOperation(holders, rates.priceOf(schema, document, operation), {
    address: 1,
    caller: 1,
  });
  if (rest?.allowed === false) return [tooMany(rest)];
  keep?.();
  const context = (await enveloped.contextFactory()) as RequestContext;
  if (operation.operation !== OperationTypeNode.SUBSCRIPTION) {
    return {
      schema,
      document,
      operationName: operationName ?? null,
      variableValues: variables ?? null,
      contextValue: { ...context, signal: socket.signal },
      run: enveloped.execute as Run,
    };
  }
  const prepared = await live.prepare({
    context,
    lastEventId: null,
    whenSlow,
    document,
    operationName: operationName ?? undefined,
    variables: variables ?? {},
  });
  // graphql-ws keeps the message for as long as the subscription lasts; what it said is known elsewhere.
  Object.assign(payload, { query: '', variables: null, extensions: null });
  const result = 'errors' in prepared ? prepared : new SocketSubscription(prepared, socket, id);
  return {
    schema,
    document,
    operationName: operationName ?? null,
    contextValue: null,
    run: () => Promise.resolve(result),
  };
}
