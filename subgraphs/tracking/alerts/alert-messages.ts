import type { LiveMessage } from '#platform/live-events.ts';
import type { SentStatements } from '../ingestion/statements.ts';
import type { KeptUpdates, LiveUpdates } from '../live-updates.ts';
import type { ChangedAlert } from './alert.ts';

export const ALERT_TOPIC = 'alert';

/** Keeps what is to be told of changes to alerts, in the transaction that makes them. */
export async function keepChanges(
  sql: SentStatements,
  live: LiveUpdates,
  changed: readonly ChangedAlert[],
): Promise<KeptUpdates> {
  const shipments = changed.map(({ alert }) => alert.shipmentId);
  const kept = await live.keepMessages(sql, messagesOf(changed), shipments);
  await Promise.all([sql.sent(), kept.earlier]);
  return kept;
}

/** What subscribers are told; the alert itself is read with their own eyes. */
function messagesOf(changed: readonly ChangedAlert[]): LiveMessage[] {
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
