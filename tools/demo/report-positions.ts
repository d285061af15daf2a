import type { Logger } from '#platform/telemetry/log.ts';
import { backoff, isEnded, pause } from './backoff.ts';
import type { DemoShipment } from './demo-shipment.ts';
import { createPost } from './door.ts';
import { DAY, HOUR, MINUTE } from './itinerary.ts';
import { positionsAt, sailingsOf, type PositionReport, type Sailing } from './sailings.ts';

export interface ReportOptions {
  /** The door for positions. */
  readonly positionsUrl: string;
  /** A token with the scope `positions:write`; `fresh` when the last one wasn't accepted. */
  readonly token: (fresh: boolean) => Promise<string>;
  /** The shipments whose vessels report, as they are now. */
  readonly shipments: () => Promise<readonly DemoShipment[]>;
  readonly log: Logger;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly now?: () => number;
}

/** Between two reports of a vessel, in milliseconds. */
const INTERVAL = 15_000;
/** Between two reports from before the start. */
const PAST_INTERVAL = 2 * HOUR;
/** How far back they go; inside what the door takes. */
const PAST = 60 * DAY;
/** Between two looks at which shipments there are. */
const LOOK = 10 * MINUTE;
/** Reports in one request. */
const BATCH = 500;

/**
 * Reports where the vessels of demo voyages are, as their AIS would: first where they have been, then where they are.
 * What was reported before a restart is recognised by the door. Returns when the signal ends it.
 */
export async function reportPositions(options: ReportOptions): Promise<void> {
  const { positionsUrl, token, shipments, log, signal, now = Date.now } = options;
  const post = createPost({ url: positionsUrl, token, signal });
  let sailings: Sailing[] = [];
  let looked = -Infinity;
  let reported = now() - PAST;
  let failures = 0;
  while (!isEnded(signal)) {
    try {
      if (now() - looked > LOOK) {
        sailings = (await shipments()).flatMap(sailingsOf);
        looked = now();
      }
    } catch (error) {
      log.debug({ error }, 'the demo feed could not read its shipments');
    }
    const { reports, until } = dueReports(sailings, reported, now());
    const outcome = reports.length === 0 ? null : await post(reports);
    if (outcome?.kind === 'LATER') {
      failures++;
      if (failures === 1)
        log.warn({ reason: outcome.reason }, 'the demo feed waits for the door for positions');
      await pause(backoff(failures, outcome.retryAfter), signal);
      continue;
    }
    if (outcome?.kind === 'REFUSED' || (outcome?.kind === 'TAKEN' && outcome.refusals.length > 0)) {
      log.warn({ outcome }, 'the door refused positions of the demo feed');
    }
    failures = 0;
    reported = until;
    if (now() - until < INTERVAL) await pause(INTERVAL - (now() % INTERVAL), signal);
  }
}

/**
 * Reports of the next instants after the last one that was reported. What lies back is on one grid whenever the feed was
 * started, so that the door knows what it has.
 */
function dueReports(
  sailings: readonly Sailing[],
  after: number,
  now: number,
): { readonly reports: PositionReport[]; readonly until: number } {
  const reports: PositionReport[] = [];
  let until = after;
  while (reports.length < BATCH) {
    const past = (Math.floor(until / PAST_INTERVAL) + 1) * PAST_INTERVAL;
    const instant = past <= now ? past : Math.floor(now / INTERVAL) * INTERVAL;
    if (instant <= until) break;
    reports.push(...positionsAt(sailings, instant));
    until = instant;
  }
  return { reports, until };
}
