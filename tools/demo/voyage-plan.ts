import type { DcsaEvent } from '#subgraphs/tracking/dcsa/event.ts';
import type { DemoShipment } from './demo-shipment.ts';
import type { Itinerary } from './itinerary.ts';
import type { Mishap } from './mishaps.ts';
import type { Step } from './timetable.ts';

/** One version of an event on its way from the carrier. */
export interface Report {
  /** When the carrier sends it; milliseconds since 1970. */
  readonly at: number;
  readonly event: DcsaEvent;
  /** What it is about; absent for documents. */
  readonly subject?: Subject;
}

/** A step of one container, or of the vessel. */
export interface Subject {
  readonly step: Step;
  /** Which container, from 0; null for the vessel. */
  readonly container: number | null;
}

/** What a carrier reports of a voyage, from the booking to the empty return. */
export interface VoyagePlan {
  readonly shipment: DemoShipment;
  readonly itinerary: Itinerary;
  readonly mishap: Mishap | null;
  /** Everything but the running estimates, in the order of sending. */
  readonly reports: readonly Report[];
  /**
   * The carrier's estimates of what is still to come, as they stand at an instant; those of one step share an eventID.
   * Empty before the booking is confirmed, after it is voided, and when nothing is to come.
   */
  estimates(now: number): DcsaEvent[];
  /** When it is over: the last report is sent, and a voided booking's vessel has sailed without the cargo. */
  readonly ends: number;
}
