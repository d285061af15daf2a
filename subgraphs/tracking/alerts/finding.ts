import type { AlertReason } from './reason.ts';

/**
 * What a rule finds at a shipment, under one cause.
 * - HOLDS: it is so; for a fact: it has happened.
 * - ENDED: it was so and isn't any more.
 * - NEVER: by what is known now, it was never so.
 */
export type Finding = Holding | Over;

export interface Holding {
  readonly status: 'HOLDS';
  readonly cause: string;
  /** 0 to 3; see `severities`. */
  readonly severity: number;
  /** Of a fact: what it says. Where it differs from what an alert says, there is news. */
  readonly fingerprint: string;
  /** When it began, or happened. */
  readonly occurredAt: Date;
  readonly reason: AlertReason;
  /** A sentence: what, where, by how much. */
  readonly summary: string;
  /** Rows of the events that it rests on. */
  readonly eventIds: readonly string[];
}

export interface Over {
  readonly status: 'ENDED' | 'NEVER';
  readonly cause: string;
  readonly endedAt: Date;
  /** Why, as a sentence. */
  readonly ending: string;
}

/** What a rule finds at a shipment at an instant. */
export interface Assessment {
  readonly findings: readonly Finding[];
  /** When time alone may change the findings; null: never. */
  readonly nextAt: Date | null;
}

/** An alert names so many events at most. */
export const MAX_EVENTS = 20;
