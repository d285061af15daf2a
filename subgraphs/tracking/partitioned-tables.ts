import type { Config } from '#platform/config.ts';
import type { PartitionedTable } from '#platform/database/time-partitions.ts';

/** Most plans don't reach further. */
const EVENTS_AHEAD_DAYS = 366;

/** The tables of this subgraph that grow with time; a worker keeps their partitions. */
export function partitionedTables({
  eventRetentionDays,
  positionRetentionDays,
}: Pick<Config, 'eventRetentionDays' | 'positionRetentionDays'>): PartitionedTable[] {
  return [
    {
      table: 'tracking.event',
      aheadDays: EVENTS_AHEAD_DAYS,
      keepDays: eventRetentionDays === 0 ? null : eventRetentionDays,
    },
    { table: 'tracking.position_report', aheadDays: 14, keepDays: positionRetentionDays },
  ];
}
