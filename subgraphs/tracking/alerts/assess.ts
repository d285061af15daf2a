import { assessArea } from './assess/area.ts';
import { assessDwell } from './assess/dwell.ts';
import { assessEtaSlip } from './assess/eta-slip.ts';
import { assessMilestoneMissing } from './assess/milestone-missing.ts';
import { assessNoSignal } from './assess/no-signal.ts';
import { assessScheduleChanged } from './assess/schedule-changed.ts';
import { assessTransshipmentMissed } from './assess/transshipment-missed.ts';
import type { Assessment } from './finding.ts';
import type { AlertRule } from './rule.ts';
import type { Situation } from './situation.ts';

/**
 * What a rule finds: a function of what is known and of the time. Neither the order in which events arrived nor how
 * often makes a difference.
 */
export function assess(rule: AlertRule, situation: Situation): Assessment {
  const { condition } = rule;
  switch (condition.kind) {
    case 'ETA_SLIP':
      return assessEtaSlip({ ...rule, condition }, situation);
    case 'MILESTONE_MISSING':
      return assessMilestoneMissing({ ...rule, condition }, situation);
    case 'DWELL':
      return assessDwell({ ...rule, condition }, situation);
    case 'AREA':
      return assessArea({ ...rule, condition }, situation);
    case 'TRANSSHIPMENT_MISSED':
      return assessTransshipmentMissed({ ...rule, condition }, situation);
    case 'SCHEDULE_CHANGED':
      return assessScheduleChanged({ ...rule, condition }, situation);
    case 'NO_SIGNAL':
      return assessNoSignal({ ...rule, condition }, situation);
  }
}
