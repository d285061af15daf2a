import type { DcsaEvent } from '#subgraphs/tracking/dcsa/event.ts';
import type { VoyagePlan } from './voyage-plan.ts';

/** Whose turn it is among the estimates of one voyage. */
export class EstimateRound {
  readonly #plan: VoyagePlan;
  /** The time last sent and when, by eventID. */
  readonly #sent = new Map<string, { readonly eventDateTime: string; readonly at: number }>();
  #turn = 0;

  constructor(plan: VoyagePlan) {
    this.#plan = plan;
  }

  /**
   * The estimate to send next, in its present version; null when nothing is to be estimated. Every other turn is that
   * of the last arrival, which people wait for. What hasn't changed by a minute is passed over while something else
   * has.
   */
  next(now: number): DcsaEvent | null {
    const estimates = this.#plan.estimates(now);
    const waiting = (event: DcsaEvent): number => this.#sent.get(event.eventID ?? '')?.at ?? 0;
    const byTurn = [...estimates].sort((a, b) => waiting(a) - waiting(b));
    const changed = byTurn.filter(
      (event) => this.#sent.get(event.eventID ?? '')?.eventDateTime !== event.eventDateTime,
    );
    const isArrival = (event: DcsaEvent): boolean =>
      event.eventType === 'TRANSPORT' &&
      event.transportEventTypeCode === 'ARRI' &&
      event.transportCall.UNLocationCode === this.#plan.shipment.destination;
    const arrival = this.#turn++ % 2 === 0 ? changed.find(isArrival) : undefined;
    return arrival ?? changed[0] ?? byTurn[0] ?? null;
  }

  /** Remembers that the door has taken an estimate. */
  sent({ eventID, eventDateTime }: DcsaEvent, at: number): void {
    if (eventID !== undefined) this.#sent.set(eventID, { eventDateTime, at });
  }
}
