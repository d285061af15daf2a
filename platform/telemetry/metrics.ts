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
  /** Groups of live subscriptions that share their answers. */
  readonly liveGroups: Gauge<'topic'>;
  /** Answers to live events: one for each group and event. */
  readonly liveAnswers: Counter<'topic'>;
  /** Updates to subscribers, by outcome: sent, replayed (sent from the log), conflated (a later one took its place). */
  readonly liveUpdates: Counter<'outcome'>;
  /** What became of slow readers: fell_back (reads on from the log), cut_off. */
  readonly liveSlowClients: Counter<'outcome'>;
  /** What waits: events for their answers, updates for their readers. */
  readonly liveWaiting: Gauge<'queue'>;
  /** Seconds from hearing an event to having sent its answer to a group, slow readers aside. */
  readonly liveSeconds: Histogram;
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
  /** Audit records by kind and outcome: recorded, written, lost. */
  readonly auditRecords: Counter<'kind' | 'outcome'>;
  /** Alerts that one subject is refused again and again. */
  readonly denialAlerts: Counter;
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
    liveGroups: new Gauge({
      name: 'supercargo_live_groups',
      help: 'Groups of live subscriptions that share their answers.',
      labelNames: ['topic'],
      registers,
    }),
    liveAnswers: new Counter({
      name: 'supercargo_live_answers_total',
      help: 'Answers to live events, one for each group and event.',
      labelNames: ['topic'],
      registers,
    }),
    liveUpdates: new Counter({
      name: 'supercargo_live_updates_total',
      help: 'Updates to live subscribers by outcome.',
      labelNames: ['outcome'],
      registers,
    }),
    liveSlowClients: new Counter({
      name: 'supercargo_live_slow_clients_total',
      help: 'Live subscribers that read too slowly, by what became of them.',
      labelNames: ['outcome'],
      registers,
    }),
    liveWaiting: new Gauge({
      name: 'supercargo_live_waiting',
      help: 'Live events that wait for their answers, and updates that wait for their readers.',
      labelNames: ['queue'],
      registers,
    }),
    liveSeconds: new Histogram({
      name: 'supercargo_live_seconds',
      help: 'From hearing a live event to having sent its answer to a group.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
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
    auditRecords: new Counter({
      name: 'supercargo_audit_records_total',
      help: 'Audit records by kind and outcome.',
      labelNames: ['kind', 'outcome'],
      registers,
    }),
    denialAlerts: new Counter({
      name: 'supercargo_denial_alerts_total',
      help: 'Alerts that one subject is refused again and again.',
      registers,
    }),
  };
}
