import type { DcsaEvent } from '#subgraphs/tracking/dcsa/event.ts';
import { between, chance } from './chance.ts';
import type { DemoShipment } from './demo-shipment.ts';
import { disruptionsOf, type Disruptions } from './disruptions.ts';
import { documentReports } from './documents.ts';
import { equipmentEvent, transportEvent, type Version, type VoyageFile } from './events.ts';
import { DAY, HOUR, MINUTE, itineraryOf, type Itinerary } from './itinerary.ts';
import { mishapOf, type Mishap } from './mishaps.ts';
import { isVesselStep, noDeviations, stepsOf, timetable, type Step, type Timetable } from './timetable.ts';
import type { Report, Subject, VoyagePlan } from './voyage-plan.ts';

const SECOND = 1_000;

/** How long before the planned departure a booking is made, in milliseconds. */
export function bookingLead(key: string): number {
  return between(16, 24, key, 'booking-lead') * DAY;
}

/**
 * All that the carrier reports of a shipment's voyage; always the same for the same shipment.
 * @param mishap what goes wrong with the reporting, instead of what chance has in store
 * @throws RangeError when the carrier has no demo routing between the shipment's ports
 */
export function planVoyage(shipment: DemoShipment, mishap?: Mishap | null): VoyagePlan {
  const itinerary = itineraryOf(shipment);
  return new Voyage(shipment, itinerary, mishap === undefined ? mishapOf(itinerary) : mishap).plan();
}

/** A step that is about to happen is estimated no more. */
const LAST_ESTIMATE = 5 * MINUTE;
const MISTAKE_LEAD = { least: 6, most: 8 };

class Voyage {
  readonly #shipment: DemoShipment;
  readonly #itinerary: Itinerary;
  readonly #mishap: Mishap | null;
  readonly #planned: Timetable;
  readonly #disruptions: Disruptions;
  readonly #file: VoyageFile;
  readonly #booked: number;
  readonly #confirmed: number;
  /** When the booking is voided; never: Infinity. */
  readonly #voided: number;

  constructor(shipment: DemoShipment, itinerary: Itinerary, mishap: Mishap | null) {
    const { key, departure } = itinerary;
    this.#shipment = shipment;
    this.#itinerary = itinerary;
    this.#mishap = mishap;
    this.#planned = timetable(itinerary, noDeviations(itinerary));
    this.#disruptions = disruptionsOf(itinerary);
    this.#file = { shipment, itinerary, documentDrafted: departure - DAY };
    this.#booked = departure - bookingLead(key);
    this.#confirmed = this.#booked + between(20, 200, key, 'confirmation') * MINUTE;
    this.#voided =
      mishap?.kind === 'CANCELLATION' ? departure - between(9, 12, key, 'voided') * DAY : Infinity;
  }

  plan(): VoyagePlan {
    const reports = [...this.#documents(), ...this.#subjects().flatMap((subject) => this.#reportsOf(subject))]
      .filter(({ at }) => at <= this.#voided)
      .flatMap((report, index) => this.#withDuplicate(report, index))
      .sort((a, b) => a.at - b.at);
    return {
      shipment: this.#shipment,
      itinerary: this.#itinerary,
      mishap: this.#mishap,
      reports,
      estimates: (now) => this.#estimates(now),
      ends: Math.max(reports.at(-1)?.at ?? 0, this.#itinerary.departure),
    };
  }

  #documents(): Report[] {
    const { actual } = this.#disruptions;
    return documentReports(this.#file, {
      booked: this.#booked,
      confirmed: this.#confirmed,
      voided: this.#voided,
      actual,
    });
  }

  #subjects(): Subject[] {
    return stepsOf(this.#itinerary).flatMap((step): Subject[] =>
      isVesselStep(step)
        ? [{ step, container: null }]
        : this.#shipment.containers.map((_, container) => ({ step, container })),
    );
  }

  #reportsOf(subject: Subject): Report[] {
    const happens = this.#timeOf(this.#disruptions.actual, subject);
    const lead = between(2, isVesselStep(subject.step) ? 14 : 5, this.#key(subject), 'last-estimate') * HOUR;
    const schedule = this.#report(subject, {
      classifier: 'PLN',
      happens: this.#timeOf(this.#planned, subject),
      created: this.#confirmed + 2 * MINUTE,
    });
    const lastEstimate = this.#estimate(subject, Math.max(happens - lead, this.#confirmed + 5 * MINUTE));
    return [schedule, lastEstimate, ...this.#actualReports(subject, happens)];
  }

  #actualReports(subject: Subject, happens: number): Report[] {
    const key = this.#key(subject);
    const created = happens + between(40, 240, key, 'latency') * SECOND;
    const right = { classifier: 'ACT', happens, created } as const;
    const mishap = this.#mishap;
    if (!mishap || mishap.kind === 'CANCELLATION' || !isSame(mishap.step, subject.step)) {
      return [this.#report(subject, right)];
    }
    switch (mishap.kind) {
      case 'LATE_REPORT':
        return [this.#report(subject, { ...right, created: happens + between(4, 7, key, 'late') * HOUR })];
      case 'CORRECTION': {
        const wrong = { ...right, happens: happens - between(25, 90, key, 'wrong') * MINUTE };
        const updated = created + between(3, 9, key, 'corrected') * MINUTE;
        const changeRemark = 'Time corrected by the terminal';
        return [this.#report(subject, wrong), this.#report(subject, { ...right, updated, changeRemark })];
      }
      case 'RETRACTION': {
        const reported = happens - between(MISTAKE_LEAD.least, MISTAKE_LEAD.most, key, 'mistake') * MINUTE;
        const mistake = { ...right, happens: reported - 3 * MINUTE, created: reported, mistaken: true };
        const updated = reported + between(3, 5, key, 'withdrawn') * MINUTE;
        const withdrawal = { ...mistake, updated, isRetracted: true };
        return [mistake, withdrawal, right].map((version) => this.#report(subject, version));
      }
    }
  }

  #estimates(now: number): DcsaEvent[] {
    if (now < this.#confirmed || now >= this.#voided) return [];
    const isPending = (subject: Subject): boolean =>
      this.#timeOf(this.#disruptions.actual, subject) - now > LAST_ESTIMATE;
    const foreseen = this.#disruptions.foreseen(now);
    return this.#subjects()
      .filter(isPending)
      .map((subject) => this.#estimate(subject, now, foreseen).event);
  }

  /** The further away, the more an estimate wavers; it settles as the step comes near. */
  #estimate(subject: Subject, now: number, foreseen = this.#disruptions.foreseen(now)): Report {
    const remaining = this.#timeOf(foreseen, subject) - now;
    const phase = chance(this.#itinerary.key, 'phase') * 2 * Math.PI;
    const wave = (hours: number): number => Math.sin((now / HOUR / hours) * 2 * Math.PI + phase);
    const wavering =
      Math.min(0.006 * remaining, 4 * HOUR) * wave(19) +
      Math.min(0.0008 * remaining, 5 * MINUTE) * wave(0.31);
    const error =
      between(-40, 40, this.#key(subject), 'error') * MINUTE * Math.min(1, remaining / (12 * HOUR));
    return this.#report(subject, {
      classifier: 'EST',
      happens: now + remaining + wavering + error,
      created: this.#confirmed + 4 * MINUTE,
      updated: now,
    });
  }

  #report(subject: Subject, version: Omit<Version, 'name'> & { mistaken?: boolean }): Report {
    const { step, container } = subject;
    const { mistaken, ...rest } = version;
    const at = version.updated ?? version.created;
    const named = {
      ...rest,
      name: `${this.#key(subject)} ${version.classifier}${mistaken ? ' mistaken' : ''}`,
    };
    const reason = version.classifier === 'PLN' ? null : this.#disruptions.reasonFor(step, at);
    const box = container === null ? undefined : this.#shipment.containers[container];
    const event = box
      ? equipmentEvent(this.#file, step, box, named)
      : transportEvent(this.#file, step, named, reason);
    return { at, event, subject };
  }

  /** Now and then a message is sent twice. */
  #withDuplicate(report: Report, index: number): Report[] {
    const { key } = this.#itinerary;
    if (chance(key, 'duplicate', index) >= 0.06) return [report];
    return [report, { ...report, at: report.at + between(20, 90, key, 'again', index) * SECOND }];
  }

  #timeOf(times: Timetable, { step, container }: Subject): number {
    return times(step, container ?? 0);
  }

  #key({ step, container }: Subject): string {
    return `${this.#itinerary.key} ${step.action} ${step.port} ${container ?? ''}`;
  }
}

function isSame(one: Step, other: Step): boolean {
  return one.action === other.action && one.port === other.port;
}
