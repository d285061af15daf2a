import type { ShipmentChange } from '../ingestion/settle-shipments.ts';
import type { Statements } from '../ingestion/statements.ts';

/**
 * Is told of what has become of shipments: their states before and after, and what has become of their events. In the
 * transaction that changes them, after their states are written and while they are locked: what it writes is there
 * with the change, or not at all. It must have no other effects, since a batch may be applied again.
 */
export type ChangeFollower = (
  sql: Statements,
  changes: readonly ShipmentChange[],
  now: Date,
) => Promise<void> | void;

/** Those who follow every change that events make, in this order. */
export const CHANGE_FOLLOWERS: readonly ChangeFollower[] = [];
