import { createHash } from 'node:crypto';
import type { AlertKind } from './condition.ts';
import type { AlertReason } from './reason.ts';

export const alertStates = ['OPEN', 'CLOSED', 'WITHDRAWN'] as const;
export type AlertState = (typeof alertStates)[number];

/** One episode of one cause at one shipment, by one rule. */
export interface Alert {
  readonly id: string;
  readonly tenantId: string;
  readonly ruleId: string;
  /** The version of the rule that raised it. */
  readonly ruleVersion: number;
  readonly shipmentId: string;
  readonly cause: string;
  /** From 1. */
  readonly episode: number;
  readonly kind: AlertKind;
  readonly state: AlertState;
  /** 0 to 3. */
  readonly severity: number;
  readonly fingerprint: string;
  readonly reason: AlertReason;
  readonly summary: string;
  /** Rows of the events that it rests on. */
  readonly eventIds: readonly string[];
  readonly occurredAt: Date;
  readonly detectedAt: Date;
  readonly updatedAt: Date;
  readonly endedAt: Date | null;
  readonly ending: string | null;
  readonly acknowledgedAt: Date | null;
  readonly acknowledgedBy: string | null;
  readonly snoozedUntil: Date | null;
  readonly snoozedBy: string | null;
}

/** What has become of an alert, as subscribers are told. */
export type AlertChange =
  'RAISED' | 'ESCALATED' | 'CHANGED' | 'REMINDED' | 'CLOSED' | 'WITHDRAWN' | 'ACKNOWLEDGED' | 'SNOOZED';

/** An alert as it is now, and what subscribers are to be told; null: nothing. */
export interface ChangedAlert {
  readonly alert: Alert;
  readonly change: AlertChange | null;
}

/**
 * The id of an episode: a UUID of version 8 (RFC 9562) from what makes it one, so that nobody raises it twice.
 */
export function alertId(ruleId: string, shipmentId: string, cause: string, episode: number): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([ruleId, shipmentId, cause, episode]))
    .digest();
  hash[6] = ((hash[6] as number) & 0x0f) | 0x80;
  hash[8] = ((hash[8] as number) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
