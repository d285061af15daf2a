import { createYoga, type YogaServerInstance } from 'graphql-yoga';
import type { TokenVerifier } from '#platform/auth/token-verifier.ts';
import type { AuditSink } from '#platform/audit/audit-sink.ts';
import type { Config } from '#platform/config.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import type { ServedSupergraph } from './engine/hot-reload.ts';
import { findText } from './documents/find-text.ts';
import type { OperationTexts } from './documents/operation-texts.ts';
import { graphiqlPage } from './graphiql.ts';
import { authenticate } from './guard/authenticate.ts';
import { chargeOperations } from './guard/charge-operations.ts';
import { limitOperations, type OperationLimits } from './guard/operation-limits.ts';
import type { RateLimits } from './guard/rate-limits.ts';
import { postJsonOnly } from './guard/post-json-only.ts';
import { publicError } from './guard/public-error.ts';
import { recordRefusals } from './guard/record-refusals.ts';
import { requireToken } from './guard/require-token.ts';
import { validSubscriptionRoot } from './guard/subscription-root.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { LiveSubscriptions } from './live/subscriptions.ts';
import { WHEN_SLOW_HEADER } from './live/when-slow.ts';
import { liveStreams } from './live-streams.ts';
import { answerOperations, type Operations } from './operations.ts';
import type { RequestContext } from './request-context.ts';

/** Bytes of one request's body. */
export const MAX_BODY_SIZE = 1024 * 1024;

export interface EndpointParts {
  readonly config: Pick<
    Config,
    'production' | 'publicAccess' | 'corsOrigins' | 'introspection' | 'graphiql' | 'limits'
  >;
  readonly verifier: TokenVerifier;
  readonly audit: AuditSink;
  readonly log: Logger;
  readonly served: ServedSupergraph;
  readonly operations: Operations;
  readonly live: LiveSubscriptions;
  readonly heartbeat: Heartbeat;
  readonly texts: OperationTexts;
  readonly limits: OperationLimits;
  readonly rates: RateLimits;
  /** Operations that GraphiQL opens with. */
  readonly example: string | null;
}

export type Endpoint = YogaServerInstance<object, RequestContext>;

/** GraphQL over HTTP and SSE, and the pipeline of parsing, validating and answering that WebSocket shares. */
export function createEndpoint({
  config,
  verifier,
  audit,
  log,
  served,
  operations,
  live,
  heartbeat,
  texts,
  limits,
  rates,
  example,
}: EndpointParts): Endpoint {
  return createYoga<object, RequestContext>({
    graphqlEndpoint: '*',
    landingPage: false,
    graphiql: false,
    batching: false,
    extraParamNames: ['documentId'],
    multipart: false,
    maxRequestBodySize: MAX_BODY_SIZE,
    cors: corsFor(config.corsOrigins),
    // What goes wrong is logged with its cause where it is masked.
    logging: false,
    maskedErrors: { maskError: (error) => publicError(error, log, config.production) },
    plugins: [
      ...(config.graphiql ? [graphiqlPage(example)] : []),
      recordRefusals(audit),
      authenticate(verifier, rates),
      postJsonOnly(),
      findText(texts, config),
      answerOperations(served, operations),
      requireToken(config),
      limitOperations(limits),
      chargeOperations(rates),
      validSubscriptionRoot(),
      liveStreams(live, heartbeat, config.limits.connections.perSubject),
    ],
  });
}

/** Browsers may call from the listed origins only; without a list only the endpoint's own pages may. */
function corsFor(origins: readonly string[]): Exclude<Parameters<typeof createYoga>[0]['cors'], undefined> {
  if (origins.length === 0) return false;
  return {
    origin: [...origins],
    credentials: false,
    methods: ['GET', 'POST'],
    allowedHeaders: [
      'authorization',
      'content-type',
      'last-event-id',
      'x-request-id',
      'x-query-plan',
      WHEN_SLOW_HEADER,
    ],
    exposedHeaders: ['x-request-id', 'ratelimit', 'ratelimit-policy', 'retry-after'],
    maxAge: 600,
  };
}
