import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The counters of one process, in a registry of its own so that several can live side by side in tests. */
export interface Metrics {
  readonly registry: Registry;
  /** SQL statements sent, by subgraph. BEGIN and COMMIT count: each is a round trip. */
  readonly sqlStatements: Counter<'subgraph'>;
  /** Cache look-ups, by namespace and outcome: hit, miss, shared (waited for a load under way), bypass (cache away). */
  readonly cacheLookups: Counter<'namespace' | 'outcome'>;
  /** Live envelopes, by topic and outcome: published, delivered, refused. */
  readonly liveEnvelopes: Counter<'topic' | 'outcome'>;
  /** Open live subscriptions. */
  readonly liveSubscriptions: Gauge<'topic'>;
  /** Fetches to subgraphs, by subgraph and outcome: ok, error. */
  readonly subgraphFetches: Counter<'subgraph' | 'outcome'>;
  /** Look-ups of an operation's plan: hit, miss (it was planned). */
  readonly planLookups: Counter<'outcome'>;
  /** Seconds that the planning of one operation took. */
  readonly planningSeconds: Histogram;
  /** Documents that are kept with their plans. */
  readonly planDocuments: Gauge;
  /** What was answered by work under way for somebody else: query, fetch. */
  readonly sharedFlights: Counter<'kind'>;
  /** Look-ups of an operation's text by its hash: hit, miss, stored, away (Redis can't be asked). */
  readonly documentLookups: Counter<'outcome'>;
  /** Tokens looked up among those verified before: hit, miss. */
  readonly tokenLookups: Counter<'outcome'>;
  /** Seconds that a GraphQL operation took, by its type. */
  readonly operationSeconds: Histogram<'type'>;
  /** Ingested events, by outcome: accepted, duplicate, refused. */
  readonly ingestedEvents: Counter<'outcome'>;
  /** Reported positions, by outcome: accepted, duplicate, refused. */
  readonly ingestedPositions: Counter<'outcome'>;
}

/** @param processMetrics whether to add those of Node.js itself (once a process is enough) */
export function createMetrics(processMetrics: boolean): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (processMetrics) collectDefaultMetrics({ register: registry });
  return {
    registry,
    sqlStatements: new Counter({
      name: 'supercargo_sql_statements_total',
      help: 'SQL statements sent, BEGIN and COMMIT included.',
      labelNames: ['subgraph'],
      registers,
    }),
    cacheLookups: new Counter({
      name: 'supercargo_cache_lookups_total',
      help: 'Cache look-ups by outcome.',
      labelNames: ['namespace', 'outcome'],
      registers,
    }),
    liveEnvelopes: new Counter({
      name: 'supercargo_live_envelopes_total',
      help: 'Live envelopes by outcome.',
      labelNames: ['topic', 'outcome'],
      registers,
    }),
    liveSubscriptions: new Gauge({
      name: 'supercargo_live_subscriptions',
      help: 'Open live subscriptions.',
      labelNames: ['topic'],
      registers,
    }),
    subgraphFetches: new Counter({
      name: 'supercargo_subgraph_fetches_total',
      help: 'Fetches from the gateway to subgraphs.',
      labelNames: ['subgraph', 'outcome'],
      registers,
    }),
    planLookups: new Counter({
      name: 'supercargo_plan_lookups_total',
      help: 'Look-ups of query plans by outcome.',
      labelNames: ['outcome'],
      registers,
    }),
    planningSeconds: new Histogram({
      name: 'supercargo_planning_seconds',
      help: 'Duration of planning one operation.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    planDocuments: new Gauge({
      name: 'supercargo_plan_documents',
      help: 'Documents kept with their plans.',
      registers,
    }),
    sharedFlights: new Counter({
      name: 'supercargo_shared_flights_total',
      help: 'Queries and fetches answered by identical ones under way.',
      labelNames: ['kind'],
      registers,
    }),
    documentLookups: new Counter({
      name: 'supercargo_document_lookups_total',
      help: 'Look-ups of operation texts by hash.',
      labelNames: ['outcome'],
      registers,
    }),
    tokenLookups: new Counter({
      name: 'supercargo_token_lookups_total',
      help: 'Bearer tokens by whether they were verified before.',
      labelNames: ['outcome'],
      registers,
    }),
    operationSeconds: new Histogram({
      name: 'supercargo_operation_seconds',
      help: 'Duration of GraphQL operations at the gateway.',
      labelNames: ['type'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    ingestedEvents: new Counter({
      name: 'supercargo_ingested_events_total',
      help: 'Events at the ingestion door by outcome.',
      labelNames: ['outcome'],
      registers,
    }),
    ingestedPositions: new Counter({
      name: 'supercargo_ingested_positions_total',
      help: 'Position reports at the ingestion door by outcome.',
      labelNames: ['outcome'],
      registers,
    }),
  };
}
