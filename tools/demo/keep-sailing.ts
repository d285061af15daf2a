import type { Logger } from '#platform/telemetry/log.ts';
import type { Agenda } from './agenda.ts';
import { backoff, isEnded, pause } from './backoff.ts';
import { voyageKey, type DemoShipment } from './demo-shipment.ts';
import { reasonOf } from './door.ts';
import { followingReference } from './next-shipment.ts';

export interface SailingOptions {
  readonly agenda: Agenda;
  readonly next: (ended: DemoShipment, signal: AbortSignal) => Promise<DemoShipment>;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** At most one new shipment in this time, in milliseconds. */
const PACE = 15_000;
/** Between two looks at what has ended. */
const LOOK = 2_000;

/**
 * Sees to it that a voyage that has ended is followed by another on the same lane, one at a time, until the signal
 * ends it.
 */
export async function keepSailing({ agenda, next, log, signal, now }: SailingOptions): Promise<void> {
  let failures = 0;
  while (!isEnded(signal)) {
    const [ended] = agenda.finished(now());
    if (!ended) {
      await pause(LOOK, signal);
      continue;
    }
    try {
      agenda.add(await next(ended, signal));
      agenda.remove(ended);
      failures = 0;
      await pause(PACE, signal);
    } catch (error) {
      if (isEnded(signal)) return;
      failures++;
      if (failures === 1)
        log.warn({ reason: reasonOf(error) }, 'the demo feed could not book the next shipment');
      await pause(PACE + backoff(failures), signal);
    }
  }
}

/** The shipments that have no follower yet: everything about the others has been reported. */
export function withoutFollower(shipments: readonly DemoShipment[]): DemoShipment[] {
  const known = new Set(shipments.map(voyageKey));
  return shipments.filter(
    ({ tenantId, reference }) =>
      !known.has(voyageKey({ tenantId, reference: followingReference(reference) })),
  );
}
