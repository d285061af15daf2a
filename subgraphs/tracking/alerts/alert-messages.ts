import type { LiveMessage } from '#platform/live-events.ts';
import type { ChangedAlert } from './alert.ts';

export const ALERT_TOPIC = 'alert';

/** What subscribers are told of changes to alerts; the alert itself is read with their own eyes. */
export function messagesOf(changed: readonly ChangedAlert[]): LiveMessage[] {
  return changed.flatMap(({ alert: { id, tenantId, ruleId, shipmentId }, change }) =>
    change === null
      ? []
      : [
          {
            topic: ALERT_TOPIC,
            tenant: tenantId,
            match: { ruleId, shipmentId },
            data: { change, alert: { __typename: 'Alert', id } },
          },
        ],
  );
}
