import type { Logger } from '#platform/telemetry/log.ts';
import type { Metrics } from '#platform/telemetry/metrics.ts';
import type { OperationLimits } from '../guard/operation-limits.ts';
import type { Subgraph } from './subgraph.ts';
import type { SharedFetches } from './shared-fetches.ts';

/** What the engine is given once, for every supergraph that it will serve. */
export interface EngineSettings {
  /** Whether the messages of unexpected errors are kept from clients. */
  readonly production: boolean;
  readonly limits: OperationLimits;
  /** Milliseconds that a subgraph has for one answer. */
  readonly timeout: number;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'subgraphFetches' | 'planLookups' | 'planningSeconds' | 'planDocuments'>;
  /** Where to ask a subgraph that the supergraph names. */
  readonly subgraph: (name: string, url: string) => Subgraph;
  /** Joins identical fetches that are under way. */
  readonly shared: SharedFetches;
}
