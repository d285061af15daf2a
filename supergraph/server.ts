import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { NodeHandler, UpgradeHandler } from '#platform/http/server.ts';
import { createLiveLog } from '#platform/live-log.ts';
import type { FetchHandler, Platform, Service } from '#platform/service.ts';
import type { Check } from '#platform/telemetry/readiness.ts';
import { serveSupergraph, type ServedSupergraph } from './engine/hot-reload.ts';
import { connectRemoteSubgraphs } from './engine/remote-subgraph.ts';
import { routeTo } from './engine/routing.ts';
import { SharedFetches } from './engine/shared-fetches.ts';
import { readAnswer } from './engine/subgraph-answer.ts';
import { askInTime } from './engine/subgraph.ts';
import { supergraphSource } from './engine/supergraph-source.ts';
import { operationLimits } from './guard/operation-limits.ts';
import { publicError, withoutHttp } from './guard/public-error.ts';
import { RateLimits } from './guard/rate-limits.ts';
import { limitAddresses } from './guard/limit-addresses.ts';
import { Heartbeat } from './heartbeat.ts';
import { openDocuments } from './documents/open-documents.ts';
import { createEndpoint } from './http.ts';
import { LiveHub } from './live/hub.ts';
import { LivePresence } from './live/presence.ts';
import type { PresenceTimes } from './live/presence-store.ts';
import { LiveSubscriptions } from './live/subscriptions.ts';
import { createPostEndpoint } from './post.ts';
import { createSocketEndpoint } from './websocket.ts';

/** The public endpoint, ready to be mounted. */
export interface Gateway {
  /** GraphQL over HTTP and SSE, and GraphiQL. */
  readonly graphql: FetchHandler;
  /** The shorter way for queries and mutations by POST; leaves everything else to `graphql`. */
  readonly post: NodeHandler;
  /** GraphQL over WebSocket. */
  readonly upgrade: UpgradeHandler;
  /** Whether the subgraphs of other processes answer, and Redis if there is one. */
  readonly checks: Readonly<Record<string, Check>>;
  /** Ends the subscriptions and lets go of every connection. */
  close(): Promise<void>;
}

const CONNECT_TIMEOUT = 2_000;
const CHECK_TIMEOUT = 800;
/** Bytes of one subgraph's answer. */
const MAX_ANSWER_SIZE = 32 * 1024 * 1024;

/**
 * Starts the gateway in front of a supergraph.
 * @param services the subgraphs of this process; the others are called over HTTP
 * @param times how often presence is told of and looked after, for tests
 * @throws {ConfigError} when the configured supergraph can't be served
 */
export async function startGateway(
  platform: Platform,
  services: readonly Pick<Service, 'name' | 'graphql'>[],
  times?: PresenceTimes,
): Promise<Gateway> {
  const { config, verifier, metrics } = platform;
  const log = platform.log.child({ role: 'gateway' });
  const local = new Map(services.map(({ name, graphql }) => [name, graphql]));
  const remote = connectRemoteSubgraphs({ connectTimeout: CONNECT_TIMEOUT, maxAnswerSize: MAX_ANSWER_SIZE });
  const routes = { local, urls: config.subgraphUrls, remote };
  const limits = operationLimits(config);
  const served = await serveSupergraph(supergraphSource(config.supergraph), {
    production: config.production,
    limits,
    timeout: config.subgraphTimeout,
    log,
    metrics,
    subgraph: (name, url) => routeTo(routes, name, url),
    shared: new SharedFetches(() => metrics.sharedFlights.inc({ kind: 'fetch' })),
  }).catch(async (error: unknown) => {
    await remote.close();
    throw error;
  });
  const redis = config.redisUrl === null ? null : platform.redis();
  const documents = await openDocuments({ config, redis: redis?.requests ?? null, log, metrics }).catch(
    async (error: unknown) => {
      served.close();
      await remote.close();
      throw error;
    },
  );
  const { texts } = documents;
  const liveLog = redis && createLiveLog(redis.requests);
  const hub = redis && liveLog && new LiveHub({ redis: redis.subscriber, liveLog, log, metrics });
  const presence =
    redis && new LivePresence({ redis, tokens: verifier, log, metrics, ...(times ? { times } : {}) });
  const live = new LiveSubscriptions({
    hub,
    liveLog,
    presence,
    served,
    tokens: verifier,
    audit: platform.audit,
    log,
    metrics,
    show: (error) => withoutHttp(publicError(error, log, config.production)).toJSON(),
  });
  const heartbeat = new Heartbeat(config.heartbeatInterval);
  const rates = new RateLimits(config.limits, redis?.requests ?? null);
  const endpoint = createEndpoint({
    config,
    verifier,
    audit: platform.audit,
    log,
    served,
    operations: { metrics, queryPlans: config.queryPlans },
    live,
    heartbeat,
    texts,
    limits,
    rates,
    example: await readExample(config.supergraph),
  });
  const sockets = createSocketEndpoint({
    config,
    verifier,
    audit: platform.audit,
    log,
    endpoint,
    live,
    heartbeat,
    texts,
    rates,
  });
  return {
    graphql: async (request) => {
      try {
        return await endpoint.fetch(request);
      } catch (error) {
        // Nobody is there to read it: the client left before its answer.
        if (request.signal.aborted) return new Response(null, { status: 499 });
        throw error;
      }
    },
    post: limitAddresses(
      rates,
      config.trustedProxy,
      createPostEndpoint({ config, verifier, served, texts, rates, metrics }),
    ),
    upgrade: sockets.upgrade,
    checks: {
      subgraphs: () => checkRemoteSubgraphs(served, local),
      ...(redis ? { redis: () => redis.check() } : {}),
    },
    close: async () => {
      served.close();
      documents.close();
      rates.close();
      live.close();
      // A turn for the streams to send their last answer.
      await new Promise((resolve) => setImmediate(resolve));
      await sockets.close();
      await presence?.close();
      hub?.close();
      await endpoint.dispose();
      await remote.close();
    },
  };
}

/** Operations for GraphiQL to begin with: the file `example.graphql` beside the supergraph, if there is one. */
async function readExample(supergraph: string): Promise<string | null> {
  return readFile(join(dirname(supergraph), 'example.graphql'), 'utf8').catch(() => null);
}

/** @throws naming every subgraph of another process that gives no GraphQL answer; 401 is one */
async function checkRemoteSubgraphs(
  served: ServedSupergraph,
  local: ReadonlyMap<string, unknown>,
): Promise<void> {
  const remote = [...served.current.subgraphs.values()].filter(({ name }) => !local.has(name));
  const request = {
    body: '{"query":"{ __typename }"}',
    token: undefined,
    requestId: 'readiness',
    signal: new AbortController().signal,
  };
  const results = await Promise.allSettled(
    remote.map(async (subgraph) =>
      readAnswer(subgraph.name, await askInTime(subgraph, request, CHECK_TIMEOUT)),
    ),
  );
  const reasons = results.flatMap((result) =>
    result.status === 'rejected' ? [(result.reason as Error).message] : [],
  );
  if (reasons.length > 0) throw new Error(reasons.join('; '));
}
