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
  /** Seconds that a GraphQL operation took, by its type. */
  readonly operationSeconds: Histogram<'type'>;
  /** Ingested events, by outcome: accepted, duplicate, refused. */
  readonly ingestedEvents: Counter<'outcome'>;
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
    subgraphFetches: new Counter({
      name: 'supercargo_subgraph_fetches_total',
      help: 'Fetches from the gateway to subgraphs.',
      labelNames: ['subgraph', 'outcome'],
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
