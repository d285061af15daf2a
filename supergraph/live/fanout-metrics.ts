import type { Metrics } from '#platform/telemetry/metrics.ts';

/** Counted for each update, so their labels are looked up once. */
export interface FanoutMetrics {
  readonly sent: Count;
  readonly replayed: Count;
  readonly conflated: Count;
  readonly fellBack: Count;
  readonly cutOff: Count;
  readonly waitingEvents: Level;
  readonly waitingUpdates: Level;
}

interface Count {
  inc(by?: number): void;
}
interface Level extends Count {
  dec(by?: number): void;
}

export function fanoutMetrics({
  liveUpdates,
  liveSlowClients,
  liveWaiting,
}: Pick<Metrics, 'liveUpdates' | 'liveSlowClients' | 'liveWaiting'>): FanoutMetrics {
  return {
    sent: liveUpdates.labels('sent'),
    replayed: liveUpdates.labels('replayed'),
    conflated: liveUpdates.labels('conflated'),
    fellBack: liveSlowClients.labels('fell_back'),
    cutOff: liveSlowClients.labels('cut_off'),
    waitingEvents: liveWaiting.labels('events'),
    waitingUpdates: liveWaiting.labels('updates'),
  };
}
