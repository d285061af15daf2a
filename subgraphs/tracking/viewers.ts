import DataLoader from 'dataloader';
import type { Redis } from 'ioredis';
import type { Caller } from '#platform/auth/caller.ts';
import { presenceReport, readPresence, seesPresence } from '#platform/presence.ts';
import type { PresenceReport } from '#platform/presence.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import { SHIPMENT_TOPIC } from './live-updates.ts';

/** Who of the caller's tenant is watching, by shipment: one round trip for each batch. Never rejects. */
export type ViewersLoader = DataLoader<string, PresenceReport>;

export function createViewersLoader(redis: Pick<Redis, 'eval'>, caller: Caller, log: Logger): ViewersLoader {
  return new DataLoader(async (ids) => {
    const unknown = ids.map(() => presenceReport(null));
    if (!seesPresence(caller)) return unknown;
    const places = ids.map((value) => ({ topic: SHIPMENT_TOPIC, tenant: caller.tenant, value }));
    try {
      return (await readPresence(redis, places)).map(presenceReport);
    } catch (error) {
      log.debug({ error }, 'presence could not be read');
      return unknown;
    }
  });
}
