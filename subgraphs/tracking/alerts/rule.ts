import type { AlertCondition } from './condition.ts';
import type { AlertScope } from './scope.ts';

/** A rule as those who evaluate it need it. */
export interface AlertRule {
  readonly id: string;
  readonly tenantId: string;
  readonly condition: AlertCondition;
  readonly scope: AlertScope;
  /** Counts the conditions that the rule has had. */
  readonly version: number;
  /** What became known before isn't reported as a fact. */
  readonly watchingSince: Date;
}
