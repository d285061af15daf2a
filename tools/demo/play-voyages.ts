import { DEMO_TENANTS } from '#platform/auth/personas.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import { Agenda, type Delivery } from './agenda.ts';
import { backoff, isEnded, pause } from './backoff.ts';
import type { DemoShipment } from './demo-shipment.ts';
import { createPost, type PostOutcome } from './door.ts';
import { keepSailing, withoutFollower } from './keep-sailing.ts';

export interface PlayOptions {
  /** The door for DCSA events. */
  readonly ingestUrl: string;
  /** A token with the scope `events:write`; `fresh` when the last one wasn't accepted. */
  readonly token: (fresh: boolean) => Promise<string>;
  /** The shipments whose voyages are played. */
  readonly shipments: readonly DemoShipment[];
  /** Makes the shipment that follows one whose voyage has ended; without it, voyages simply end. */
  readonly next?: (ended: DemoShipment, signal: AbortSignal) => Promise<DemoShipment>;
  readonly log: Logger;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly now?: () => number;
  /** Told once, when everything from before the start has been reported. */
  readonly onCaughtUp?: () => void;
  /** Told when the door has no time; the feed comes back by itself. */
  readonly onDelay?: () => void;
}

/** How long a tenant goes without an update at most, in milliseconds, the way through the door not counted. */
const INTERVALS: ReadonlyMap<string, number> = new Map([
  [DEMO_TENANTS.aurora, 1_600],
  [DEMO_TENANTS.borealis, 4_000],
]);
const LONGEST_INTERVAL = 10_000;
/** Events in one request: what the door stores in one transaction. */
const BATCH = 50;
const SHORTEST_PAUSE = 10;
const LONGEST_PAUSE = 500;

/**
 * Reports voyages as their carriers would, in real time: first what should have happened by now, then each report
 * when it is sent, and in between new estimates, so that no tenant waits long for an update. What was sent before a
 * restart is sent again and recognised by the door. Returns when the signal ends it.
 */
export async function playVoyages(options: PlayOptions): Promise<void> {
  const { shipments, log, signal, next, now = Date.now } = options;
  let caughtUp = false;
  const agenda = new Agenda();
  for (const shipment of withoutFollower(shipments)) agenda.add(shipment);
  const sailing = next ? keepSailing({ agenda, next, log, signal, now }) : undefined;
  const post = createPost({ url: options.ingestUrl, token: options.token, signal });
  const heardAt = new Map<string, number>([...INTERVALS.keys()].map((tenant) => [tenant, 0]));
  let failures = 0;

  while (!isEnded(signal)) {
    const deliveries = toDeliver(agenda, heardAt, now());
    if (!caughtUp && agenda.isCaughtUp) {
      caughtUp = true;
      options.onCaughtUp?.();
    }
    if (deliveries.length === 0) {
      const until = Math.min(agenda.nextReportAt(), nextTurn(heardAt)) - now();
      await pause(Math.min(Math.max(until, SHORTEST_PAUSE), LONGEST_PAUSE), signal);
      continue;
    }
    const outcome = await post(deliveries.flatMap(({ events }) => events));
    if (isEnded(signal)) break;
    if (outcome.kind === 'LATER') {
      failures++;
      options.onDelay?.();
      if (failures === 1) log.warn({ reason: outcome.reason }, 'the demo feed waits for the ingestion door');
      await pause(backoff(failures, outcome.retryAfter), signal);
      continue;
    }
    if (failures > 0) log.info('the demo feed goes on');
    failures = 0;
    complain(outcome, log);
    let from = 0;
    for (const { events, tenants, settle } of deliveries) {
      // A door that doesn't say counts as not having known them.
      const anyNews = outcome.kind === 'TAKEN' && events.some((_, at) => outcome.news[from + at] ?? true);
      from += events.length;
      settle(anyNews);
      if (anyNews) for (const tenant of tenants) heardAt.set(tenant, now());
    }
  }
  await sailing;
}

function complain(outcome: PostOutcome, log: Logger): void {
  if (outcome.kind === 'REFUSED') {
    log.error({ reason: outcome.reason }, 'the ingestion door refused a request of the demo feed');
  } else if (outcome.kind === 'TAKEN' && outcome.refusals.length > 0) {
    log.warn({ refusals: outcome.refusals }, 'the ingestion door refused events of the demo feed');
  }
}

/** What is due, and an estimate for each tenant that would otherwise wait too long. */
function toDeliver(agenda: Agenda, heardAt: Map<string, number>, now: number): Delivery[] {
  const deliveries = agenda.due(now, BATCH);
  for (const [tenant, heard] of heardAt) {
    if (now - heard < intervalOf(tenant)) continue;
    const estimate = agenda.refresh(tenant, now);
    if (estimate) deliveries.push(estimate);
    // With nothing under way there is nothing to look for at every turn.
    else heardAt.set(tenant, now);
  }
  return deliveries;
}

/** When the next tenant has waited long enough. */
function nextTurn(heardAt: ReadonlyMap<string, number>): number {
  return Math.min(...[...heardAt].map(([tenant, heard]) => heard + intervalOf(tenant)));
}

function intervalOf(tenant: string): number {
  return INTERVALS.get(tenant) ?? LONGEST_INTERVAL;
}
