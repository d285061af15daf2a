import type { DcsaEvent } from '#subgraphs/tracking/dcsa/event.ts';
import { EstimateRound } from './estimate-round.ts';
import type { VoyagePlan } from './voyage-plan.ts';
import { planVoyage } from './voyages.ts';
import type { DemoShipment } from './demo-shipment.ts';

/** Events on their way to the door. */
export interface Delivery {
  readonly events: readonly DcsaEvent[];
  /** Tenants whose shipments they are about. */
  readonly tenants: ReadonlySet<string>;
  /** To be called when the door has taken them, with whether any was new to it; until then they are due. */
  settle(anyNews: boolean): void;
}

/** What is to be reported about any number of voyages, and when. Holds no queue: what isn't taken stays due. */
export class Agenda {
  readonly #voyages = new Map<string, VoyageInPlay>();

  /** Adds a voyage, unless it is there already. */
  add(shipment: DemoShipment): void {
    if (!this.#voyages.has(shipment.id))
      this.#voyages.set(shipment.id, new VoyageInPlay(planVoyage(shipment)));
  }

  /**
   * What is due, each voyage's together and in the order of sending, which is the cheapest for the door; after a
   * voyage's reports from before the start, unless the door knew them all, its first estimates.
   * @param most how many reports at most; a voyage's first estimates aren't counted
   */
  due(now: number, most: number): Delivery[] {
    const deliveries: Delivery[] = [];
    let left = most;
    for (const voyage of this.#voyages.values()) {
      if (left <= 0) break;
      const delivery = voyage.due(now, left);
      if (!delivery) continue;
      deliveries.push(delivery);
      left -= delivery.events.length;
    }
    return deliveries;
  }

  /** A new estimate for the tenant's voyage that has waited longest for one; null when none is under way. */
  refresh(tenantId: string, now: number): Delivery | null {
    const candidates = [...this.#voyages.values()]
      .filter((voyage) => voyage.isIntroduced && voyage.shipment.tenantId === tenantId)
      .sort((a, b) => a.refreshedAt - b.refreshedAt);
    for (const voyage of candidates) {
      const delivery = voyage.refresh(now);
      if (delivery) return delivery;
    }
    return null;
  }

  /** Whether everything from before the start has been reported. */
  get isCaughtUp(): boolean {
    return [...this.#voyages.values()].every((voyage) => voyage.isIntroduced);
  }

  /** When the next report is due; Infinity when none is to come. */
  nextReportAt(): number {
    return Math.min(Infinity, ...[...this.#voyages.values()].map((voyage) => voyage.nextReportAt()));
  }

  /** The shipments whose voyage is over and of which everything has been reported. */
  finished(now: number): DemoShipment[] {
    return [...this.#voyages.values()]
      .filter((voyage) => voyage.isFinished(now))
      .map(({ shipment }) => shipment);
  }

  /** Forgets a voyage. */
  remove(shipment: DemoShipment): void {
    this.#voyages.delete(shipment.id);
  }
}

class VoyageInPlay {
  readonly shipment: DemoShipment;
  readonly #plan: VoyagePlan;
  readonly #round: EstimateRound;
  /** How many reports have been taken. */
  #taken = 0;
  #introduced = false;
  /** Whether the door didn't have some of the reports from before the start. */
  #isNew = false;
  /** When an estimate was last sent, whether or not it was taken. */
  refreshedAt = 0;

  constructor(plan: VoyagePlan) {
    this.#plan = plan;
    this.shipment = plan.shipment;
    this.#round = new EstimateRound(plan);
  }

  isFinished(now: number): boolean {
    return this.#taken === this.#plan.reports.length && now >= this.#plan.ends;
  }

  /** Whether what was to be told at the beginning has been. */
  get isIntroduced(): boolean {
    return this.#introduced;
  }

  nextReportAt(): number {
    return this.#plan.reports[this.#taken]?.at ?? Infinity;
  }

  due(now: number, most: number): Delivery | null {
    const { reports } = this.#plan;
    let end = this.#taken;
    while (end < this.#taken + most && (reports[end]?.at ?? Infinity) <= now) end++;
    if (end === this.#taken) return this.#introduced ? null : this.#introduction(now);
    const events = reports.slice(this.#taken, end).map(({ event }) => event);
    return this.#delivery(events, (anyNews) => {
      this.#taken = Math.max(this.#taken, end);
      this.#isNew ||= anyNews;
    });
  }

  #introduction(now: number): Delivery | null {
    const estimates = this.#isNew ? this.#plan.estimates(now) : [];
    if (estimates.length === 0) {
      this.#introduced = true;
      return null;
    }
    return this.#delivery(estimates, () => {
      this.#introduced = true;
      for (const event of estimates) this.#round.sent(event, now);
    });
  }

  refresh(now: number): Delivery | null {
    const event = this.#round.next(now);
    if (!event) return null;
    this.refreshedAt = now;
    return this.#delivery([event], () => this.#round.sent(event, now));
  }

  #delivery(events: readonly DcsaEvent[], settle: Delivery['settle']): Delivery {
    return { events, tenants: new Set([this.shipment.tenantId]), settle };
  }
}
