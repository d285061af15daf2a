import type { Config } from '#platform/config.ts';
import type { PartitionedTable } from '#platform/database/time-partitions.ts';

/** The tables of this subgraph that grow with time; a worker keeps their partitions. */
export function partitionedTables({ positionRetentionDays }: Config): PartitionedTable[] {
  return [{ table: 'tracking.position_report', aheadDays: 14, keepDays: positionRetentionDays }];
}
