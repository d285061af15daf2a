import type { EventClassifierCode } from '../dcsa/codes.ts';
import type { KnownShipment } from '../ingestion/known-shipment.ts';
import type { StoredEvent } from '../ingestion/stored-event.ts';
import type { Milestone } from '../milestones.ts';
import { isSamePlace } from '../port-aliases.ts';
import { projectShipment } from '../projection.ts';
import type { ShipmentStatus } from '../shipment-status.ts';
import { observe, remember } from './history.ts';
import type { Observation } from './history.ts';

/** What rules see of a shipment: a function of what is known of it and of the time. */
export interface Situation {
  readonly shipment: WatchedShipment;
  readonly status: ShipmentStatus;
  /** In the order of the journey. */
  readonly milestones: readonly Milestone[];
  /** Those that count, in any order. */
  readonly events: readonly StoredEvent[];
  /** What was said, by events that count, without repetitions. */
  readonly history: readonly Observation[];
  /** What each of them says now. */
  readonly saidNow: readonly Observation[];
  /** When anything about it was last heard. */
  readonly lastSignal: Signal;
  /** False: there are more events than are looked at, so that what isn't found may be all the same. */
  readonly isWhole: boolean;
  /** Whether the event of a row counts, as far as is known. */
  readonly counts: (eventId: string) => boolean;
  readonly now: Date;
}

export type WatchedShipment = Pick<
  KnownShipment,
  | 'id'
  | 'tenantId'
  | 'carrierScac'
  | 'origin'
  | 'destination'
  | 'plannedDeparture'
  | 'plannedArrival'
  | 'containers'
  | 'createdAt'
>;

export interface Signal {
  readonly at: Date;
  /** The row of the event; null when it was a position, or the shipment's creation. */
  readonly eventId: string | null;
}

/** What is known of a shipment, as it is stored. */
export interface Known {
  readonly shipment: WatchedShipment;
  /** Also those that don't count; the latest, if there are too many. */
  readonly events: readonly StoredEvent[];
  readonly isWhole: boolean;
  readonly history: readonly Observation[];
  /** When a position of its vessel was last received. */
  readonly signalAt: Date | null;
}

export function situationOf(known: Known, now: Date): Situation {
  const { shipment, events, isWhole, signalAt } = known;
  const counting = events.filter(({ isRetracted }) => !isRetracted);
  const { status, milestones } = projectShipment(shipment, counting);
  const counted = new Set(counting.map(({ id }) => id));
  const withdrawn = new Set(events.flatMap(({ id, isRetracted }) => (isRetracted ? id : [])));
  const counts = (id: string) => (isWhole ? counted.has(id) : !withdrawn.has(id));
  const saidNow = observe(shipment.destination, counting);
  return {
    shipment,
    status,
    milestones,
    events: counting,
    history: remember(known.history, saidNow, counts),
    saidNow,
    lastSignal: lastSignalOf(shipment.createdAt, events, signalAt),
    isWhole,
    counts,
    now,
  };
}

/** Whether nothing is to be waited for any more. */
export function isOver({ status }: Situation): boolean {
  return status === 'DELIVERED' || status === 'CANCELLED';
}

/** The events from which a milestone has one of its times. */
export function evidenceOf(
  { events }: Situation,
  { code, unLocationCode }: Milestone,
  classifier: EventClassifierCode,
  time: Date,
): StoredEvent[] {
  const [eventType, eventTypeCode] = reportedBy[code];
  return events.filter(
    ({ facts }) =>
      facts.eventType === eventType &&
      facts.eventTypeCode === eventTypeCode &&
      facts.eventClassifierCode === classifier &&
      facts.eventDateTime.getTime() === time.getTime() &&
      (unLocationCode === null ||
        facts.unLocationCode === null ||
        isSamePlace(facts.unLocationCode, unLocationCode)),
  );
}

/** The events that milestones follow from (milestones.ts). */
const reportedBy: Readonly<Record<Milestone['code'], readonly [eventType: string, eventTypeCode: string]>> = {
  EMPTY_PICKUP: ['EQUIPMENT', 'GTOT'],
  GATE_IN: ['EQUIPMENT', 'GTIN'],
  LOADED: ['EQUIPMENT', 'LOAD'],
  DEPARTED: ['TRANSPORT', 'DEPA'],
  TRANSSHIPMENT_ARRIVED: ['TRANSPORT', 'ARRI'],
  TRANSSHIPMENT_DISCHARGED: ['EQUIPMENT', 'DISC'],
  TRANSSHIPMENT_LOADED: ['EQUIPMENT', 'LOAD'],
  TRANSSHIPMENT_DEPARTED: ['TRANSPORT', 'DEPA'],
  ARRIVED: ['TRANSPORT', 'ARRI'],
  DISCHARGED: ['EQUIPMENT', 'DISC'],
  GATE_OUT: ['EQUIPMENT', 'GTOT'],
  EMPTY_RETURN: ['EQUIPMENT', 'GTIN'],
};

/** Withdrawals are heard, too: all that were received count. */
function lastSignalOf(createdAt: Date, events: readonly StoredEvent[], signalAt: Date | null): Signal {
  let last: Signal = { at: createdAt, eventId: null };
  for (const { id, receivedAt } of events) if (receivedAt > last.at) last = { at: receivedAt, eventId: id };
  return signalAt !== null && signalAt > last.at ? { at: signalAt, eventId: null } : last;
}
