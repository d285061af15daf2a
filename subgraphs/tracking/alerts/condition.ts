import type { MilestoneCode } from '../milestones.ts';
import type { Area } from './geofence.ts';

/** What a rule is about, as it is stored. Hours are whole and at least 1. */
export type AlertCondition =
  EtaSlip | MilestoneMissing | Dwell | AreaCrossing | TransshipmentMissed | ScheduleChanged | NoSignal;

export type AlertKind = AlertCondition['kind'];

/** The estimated arrival at the port of discharge is more than so many hours behind the reference. */
export interface EtaSlip {
  readonly kind: 'ETA_SLIP';
  readonly hours: number;
  /** PLAN: the first plan. WATCH: what was expected when the rule began to watch. */
  readonly reference: 'PLAN' | 'WATCH';
}

/** A milestone hasn't been reported so many hours after it was planned. */
export interface MilestoneMissing {
  readonly kind: 'MILESTONE_MISSING';
  readonly hours: number;
  /** Empty: any. */
  readonly codes: readonly MilestoneCode[];
}

/** A laden container stays at a port for more than so many hours. */
export interface Dwell {
  readonly kind: 'DWELL';
  readonly hours: number;
  /** UN/LOCODEs; empty: any. */
  readonly ports: readonly string[];
}

/** The vessel enters or leaves an area, or one of some ports. */
export interface AreaCrossing {
  readonly kind: 'AREA';
  readonly direction: 'ENTERS' | 'LEAVES' | 'BOTH';
  readonly area: Area | Ports;
}

export interface Ports {
  readonly type: 'PORTS';
  /** UN/LOCODEs. */
  readonly ports: readonly string[];
}

/** The container misses its connection at a port of transshipment. */
export interface TransshipmentMissed {
  readonly kind: 'TRANSSHIPMENT_MISSED';
  /** How long after the vessel has sailed its loading may still be reported, in hours. */
  readonly graceHours: number;
}

/** Times, vessel, voyage or port of a planned call change. */
export interface ScheduleChanged {
  readonly kind: 'SCHEDULE_CHANGED';
  /** Times that move by less are of no interest. */
  readonly hours: number;
}

/** Neither an event nor a position has come in for so many hours. */
export interface NoSignal {
  readonly kind: 'NO_SIGNAL';
  readonly hours: number;
}

/**
 * FACT: something that has happened; it may become known late, and doesn't end by itself. MONITORING: something that
 * lasts; its alert is closed when it ends.
 */
export type AlertNature = 'FACT' | 'MONITORING';

export const natureOf: Readonly<Record<AlertKind, AlertNature>> = {
  ETA_SLIP: 'MONITORING',
  MILESTONE_MISSING: 'MONITORING',
  DWELL: 'MONITORING',
  NO_SIGNAL: 'MONITORING',
  AREA: 'FACT',
  TRANSSHIPMENT_MISSED: 'FACT',
  SCHEDULE_CHANGED: 'FACT',
};

/** From the least to the most severe; stored by their place in this list. */
export const severities = ['INFO', 'WARNING', 'SERIOUS', 'CRITICAL'] as const;
export type Severity = (typeof severities)[number];
export const MAX_SEVERITY = severities.length - 1;
