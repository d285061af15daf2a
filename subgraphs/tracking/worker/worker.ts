import { randomUUID } from 'node:crypto';
import type { Platform } from '#platform/service.ts';
import type { Check } from '#platform/telemetry/readiness.ts';
import { startEvaluator } from '../alerts/evaluator.ts';
import { createAlertWatch } from '../alerts/watch.ts';
import { createShipmentMemory } from '../ingestion/shipment-memory.ts';
import { inPlainTransaction } from '../ingestion/transaction.ts';
import { createLiveUpdates } from '../live-updates.ts';
import { createMoveTeller } from '../positions/tell-moves.ts';
import { watchVessels } from '../positions/watch-vessels.ts';
import { ensureGroups } from './entries.ts';
import { keepHouse } from './keep-house.ts';
import { Lane, OVERDUE_AGE } from './lane.ts';
import { Leases } from './leases.ts';

/** The role that applies accepted events to shipments. */
export interface Worker {
  /** What `/readyz` asks. */
  readonly checks: Readonly<Record<string, Check>>;
  /** Ends after the batches that are under way. */
  close(): Promise<void>;
}

/** Batches at the same time: while one waits for the database, the others can compute. */
const LANES = 3;
const OVERDUE_INTERVAL = 1_000;
/** Milliseconds. What is slow is waited for; after this, it isn't slow but gone. */
const PATIENCE = 10_000;
/** Less than a lease lasts. */
const LEASE_PATIENCE = 3_000;

/** Starts applying what the ingestion door accepts; any number of workers, in any process, share the work. */
export async function startWorker(platform: Platform): Promise<Worker> {
  const log = platform.log.child({ role: 'worker' });
  const connections = platform.redis();
  const redis = connections.openBlocking('worker-leases', LEASE_PATIENCE);
  const database = platform.openDatabase('ingestion', 'worker');
  const evaluator = startEvaluator(platform);
  const alerts = createAlertWatch(() => evaluator.poke());
  const consumer = randomUUID();
  const memory = createShipmentMemory();
  const leases = new Leases(redis, log, consumer);
  await ensureGroups(redis).catch((error: unknown) =>
    log.warn({ error }, 'the partitions could not be made yet'),
  );
  await leases.start();
  const lanes = Array.from({ length: LANES }, (_, lane) => {
    const redis = connections.openBlocking('worker', PATIENCE);
    const live = alerts.watching(createLiveUpdates(platform, database, redis));
    const isMine = (partition: number): boolean => partition % LANES === lane;
    return new Lane({ redis, database, live, memory, leases, log, consumer, isMine });
  });
  const running = lanes.map((lane) => lane.run());
  const live = createLiveUpdates(platform, database, redis);
  const overdue = setInterval(() => {
    // Away: the next time will do.
    live.tellOverdue(OVERDUE_AGE).catch(() => undefined);
  }, OVERDUE_INTERVAL);
  const stopKeepingHouse = keepHouse(platform.config, database, log);
  const stopWatch = watchVessels({ database, log, config: platform.config }, [
    createMoveTeller(redis),
    (moves) => inPlainTransaction(database, (sql) => alerts.moved(sql, moves, new Date())),
  ]);
  return {
    checks: { postgres: () => database.check(), redis: () => connections.check() },
    close: async () => {
      clearInterval(overdue);
      for (const lane of lanes) lane.stop();
      await Promise.all([...running, stopKeepingHouse()]);
      await leases.stop();
      redis.disconnect();
      // At once: a database that has stopped to answer would keep them waiting.
      await Promise.all([stopWatch(), evaluator.close(), database.close()]);
    },
  };
}
