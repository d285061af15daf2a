import { isRecord } from '#platform/is-record.ts';
import type { ServerResponse } from 'node:http';
import { getOperationAST, OperationTypeNode, type DocumentNode, type OperationDefinitionNode } from 'graphql';
import type { Caller } from '#platform/auth/caller.ts';
import type { TokenVerifier } from '#platform/auth/token-verifier.ts';
import type { Config } from '#platform/config.ts';
import { CLIENT_ADDRESS_HEADER } from '#platform/http/client-region.ts';
import type { NodeHandler, NodeRequest } from '#platform/http/server.ts';
import type { Metrics } from '#platform/telemetry/metrics.ts';
import type { OperationTexts } from './documents/operation-texts.ts';
import { Departure, type Leaving } from './engine/departure.ts';
import { answer } from './engine/execute.ts';
import { type JsonObject } from './engine/fetch-document.ts';
import type { ServedSupergraph } from './engine/hot-reload.ts';
import type { OperationPlan } from './engine/plan.ts';
import { SingleFlight } from './engine/single-flight.ts';
import type { Supergraph } from './engine/supergraph.ts';
import { requestIdOf } from './guard/authenticate.ts';
import { PLAN_HEADER } from './guard/query-plans.ts';
import type { RateLimits } from './guard/rate-limits.ts';
import { isAnsweredWithout } from './guard/require-token.ts';
import { answerType, hasPlainJsonBody } from './post-headers.ts';
import { readBody } from './post-body.ts';

export interface PostParts {
  readonly config: Pick<Config, 'production' | 'publicAccess' | 'corsOrigins' | 'querySingleFlight'>;
  readonly verifier: TokenVerifier;
  readonly served: ServedSupergraph;
  readonly texts: OperationTexts;
  readonly rates: RateLimits;
  readonly metrics: Pick<Metrics, 'operationSeconds' | 'sharedFlights'>;
}

interface Asked {
  readonly supergraph: Supergraph;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly operationName: string | undefined;
  readonly variables: Readonly<JsonObject> | null;
}

/**
 * Answers valid queries and mutations sent by POST straight from the engine's text. Whatever else comes, and whatever
 * would have to be refused, is left to the general endpoint, so that there is one place for it.
 */
export function createPostEndpoint({
  config,
  verifier,
  served,
  texts,
  rates,
  metrics,
}: PostParts): NodeHandler {
  const flights = new SingleFlight<Buffer | null>(() => metrics.sharedFlights.inc({ kind: 'query' }));

  const callerOf = async (authorization: string | undefined): Promise<Caller | null | undefined> => {
    if (authorization === undefined) return config.publicAccess ? null : undefined;
    // The general endpoint verifies it again, and has it recorded.
    return verifier.verifyHeader(authorization, null).catch(() => undefined);
  };

  const run = async (plan: OperationPlan, asked: Asked, ask: RunContext): Promise<Buffer | null> => {
    const stop = metrics.operationSeconds.startTimer({ type: plan.type });
    const { data, errors } = await answer(asked.supergraph, plan, { variables: asked.variables, ...ask });
    stop();
    if (data === null) return null;
    return Buffer.from(
      errors.length === 0 ? `{"data":${data}}` : `{"data":${data},"errors":${JSON.stringify(errors)}}`,
    );
  };

  const handle = async (request: NodeRequest, response: ServerResponse, type: string): Promise<boolean> => {
    const { headers } = request;
    const [caller, body] = await Promise.all([callerOf(headers.authorization), readBody(request)]);
    if (body === null) return true;
    request.body = body;
    if (caller === undefined || rates.isExhausted(caller)) return false;
    const text = body.toString('utf8');
    const asked = readOperation(text, served.current, texts);
    if (asked === null) return false;
    const { supergraph, document, operation } = asked;
    if (caller === null && !isAnsweredWithout(config, document, operation)) return false;
    const address = headers[CLIENT_ADDRESS_HEADER]?.toString() ?? null;
    const price = rates.priceOf(supergraph.schema, document, operation);
    const rate = rates.ofOperation({ caller, address }, price, { address: 1, caller: 0 });
    if (rate?.allowed === false) return false;
    const plan = planOf(asked, caller);
    if (plan === null) return false;
    const requestId = requestIdOf(headers['x-request-id']?.toString());
    const share =
      config.querySingleFlight &&
      plan.type === OperationTypeNode.QUERY &&
      headers['x-query-single-flight'] !== 'off';
    const context = { token: caller?.token, requestId, address, share };
    const signal = leaving(response);
    const bytes = share
      ? await flights.join(`${supergraph.id}\n${caller?.token ?? ''}\n${text}`, signal, (shared) =>
          run(plan, asked, { signal: shared, ...context }),
        )
      : await run(plan, asked, { signal, ...context });
    if (bytes === null) return signal.aborted;
    response.writeHead(200, {
      'content-type': type,
      'content-length': bytes.length,
      'x-request-id': requestId,
      ...rate?.headers,
    });
    response.end(bytes);
    return true;
  };

  return (request, response) => {
    const { headers } = request;
    // Pages of other origins get headers that the general endpoint knows.
    if (headers.origin !== undefined && config.corsOrigins.length > 0) return false;
    if (headers[PLAN_HEADER] !== undefined) return false;
    const type = hasPlainJsonBody(request) ? answerType(headers.accept) : null;
    return type === null ? false : handle(request, response, type);
  };
}

interface RunContext {
  readonly token: string | undefined;
  readonly requestId: string;
  readonly address: string | null;
  readonly share: boolean;
  readonly signal: Leaving;
}

const PARAMETERS = new Set(['query', 'variables', 'operationName', 'extensions', 'documentId']);

/** @returns null when it is no valid query or mutation, or says more than that */
function readOperation(text: string, supergraph: Supergraph, texts: OperationTexts): Asked | null {
  let params: unknown;
  try {
    params = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(params) || !Object.keys(params).every((name) => PARAMETERS.has(name))) return null;
  const { operationName = null, variables = null, extensions = null } = params;
  if (extensions !== null && !isRecord(extensions)) return null;
  const found = texts.here(params);
  if (!found || (operationName !== null && typeof operationName !== 'string')) return null;
  if (variables !== null && !isRecord(variables)) return null;
  const document = supergraph.document(found.text);
  const operation = document && getOperationAST(document, operationName);
  if (!operation || operation.operation === OperationTypeNode.SUBSCRIPTION) return null;
  found.keep?.();
  return { supergraph, document, operation, operationName: operationName ?? undefined, variables };
}

/** @returns null when there is none, for the general endpoint to tell why */
function planOf({ supergraph, document, operationName }: Asked, caller: Caller | null): OperationPlan | null {
  try {
    return supergraph.plan(document, operationName, caller);
  } catch {
    return null;
  }
}

/** Aborts when the client has left before its answer. */
function leaving(response: ServerResponse): Leaving {
  const departure = new Departure();
  response.once('close', () => {
    if (!response.writableFinished) departure.abort();
  });
  return departure;
}
