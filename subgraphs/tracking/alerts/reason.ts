import type { MilestoneCode } from '../milestones.ts';

/** Why an alert was raised, in numbers; instants are RFC 3339, as they are stored. */
export type AlertReason =
  | {
      readonly kind: 'ETA_SLIP';
      readonly thresholdHours: number;
      /** How far behind the reference, with one decimal. */
      readonly hours: number;
      readonly reference: string;
      readonly estimated: string;
    }
  | {
      readonly kind: 'MILESTONE_MISSING';
      readonly thresholdHours: number;
      /** How long it has been missing at least. */
      readonly hours: number;
      readonly code: MilestoneCode;
      readonly unLocationCode: string | null;
      readonly expected: string;
      /** Whether `expected` is planned or estimated. */
      readonly basis: 'PLN' | 'EST';
    }
  | {
      readonly kind: 'DWELL';
      readonly thresholdHours: number;
      /** How long the longest has stayed at least. */
      readonly hours: number;
      readonly unLocationCode: string;
      /** When the first of them came. */
      readonly since: string;
      readonly containers: readonly string[];
    }
  | {
      readonly kind: 'AREA';
      readonly direction: 'ENTERS' | 'LEAVES';
      /** Of the port, where the rule names ports. */
      readonly unLocationCode: string | null;
      readonly latitude: number | null;
      readonly longitude: number | null;
      /** When it was, or for a position about when. */
      readonly at: string;
    }
  | {
      readonly kind: 'TRANSSHIPMENT_MISSED';
      readonly unLocationCode: string;
      readonly plannedVesselIMONumber: string | null;
      readonly plannedVoyageNumber: string | null;
      /** When the planned vessel sailed without the cargo; null when the connection was changed beforehand. */
      readonly sailedAt: string | null;
      readonly vesselIMONumber: string | null;
      readonly voyageNumber: string | null;
      /** Those that stayed behind, as far as known. */
      readonly containers: readonly string[];
    }
  | {
      readonly kind: 'SCHEDULE_CHANGED';
      readonly thresholdHours: number;
      readonly transportCallReference: string;
      readonly unLocationCode: string | null;
      readonly changes: readonly ScheduleChange[];
    }
  | {
      readonly kind: 'NO_SIGNAL';
      readonly thresholdHours: number;
      /** How long there has been none at least. */
      readonly hours: number;
      readonly lastSignalAt: string;
    };

/** What has changed about a call. */
export interface ScheduleChange {
  readonly field: ScheduleField;
  readonly from: string;
  readonly to: string;
  /** By how many hours, the later positive; null when it isn't a time. */
  readonly hours: number | null;
}

export type ScheduleField = 'ARRIVAL' | 'DEPARTURE' | 'VESSEL' | 'EXPORT_VOYAGE' | 'IMPORT_VOYAGE' | 'PLACE';
