import { Counter } from 'prom-client';
import type { Database, Transaction } from '#platform/database/database.ts';
import { isUnavailable } from '#platform/graphql/mask-error.ts';
import type { Platform } from '#platform/service.ts';
import type { Logger } from '#platform/telemetry/log.ts';
import { onTransaction } from '../ingestion/statements.ts';
import { inTransaction } from '../ingestion/transaction.ts';
import { createLiveUpdates } from '../live-updates.ts';
import type { LiveUpdates } from '../live-updates.ts';
import { keepChanges } from './alert-messages.ts';
import type { ChangedAlert } from './alert.ts';
import { BATCH, evaluateNoted, evaluateOverdue } from './evaluate.ts';
import { spreadPage } from './spread.ts';

/** Evaluates rules at the shipments that were noted, and at those whose time has come. */
export interface Evaluator {
  /** Something was noted and will be committed soon. */
  poke(): void;
  /** Ends after the batch that is under way. */
  close(): Promise<void>;
}

export interface EvaluatorParts {
  readonly database: Database;
  readonly live: LiveUpdates;
  readonly log: Logger;
  /** Counts alerts by what became of them. */
  readonly count?: (change: string, by: number) => void;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
}

/** How soon after a note it is looked for: its transaction is about to commit. */
const SOON = 40;
/** How long it is looked for so often. */
const EXPECTED = 400;
const INTERVAL = 1_000;
const LONGEST_PAUSE = 10_000;

/** Starts evaluating; any number of processes share the work. */
export function startEvaluator(platform: Platform): Evaluator {
  const database = platform.openDatabase('ingestion', 'alerts');
  const log = platform.log.child({ role: 'worker', component: 'alerts' });
  const changes = counter(platform);
  const count = (change: string, by: number) => changes.inc({ change }, by);
  const live = createLiveUpdates(platform, database, platform.redis().requests);
  const parts = { database, log, live, count };
  let timer: NodeJS.Timeout | undefined;
  let pokedAt = -Infinity;
  let failures = 0;
  let running: Promise<void> | null = null;
  let isClosed = false;

  const run = async (): Promise<void> => {
    try {
      while (!isClosed && (await isAnythingDue(parts)) && (await evaluateDue(parts)));
      failures = 0;
    } catch (error) {
      failures++;
      if (!isUnavailable(error)) log.error({ error }, 'the rules could not be evaluated');
    }
    running = null;
    if (isClosed) return;
    const isExpecting = failures === 0 && performance.now() - pokedAt < EXPECTED;
    schedule(isExpecting ? SOON : Math.min(INTERVAL * 2 ** Math.min(failures, 10), LONGEST_PAUSE));
  };
  const schedule = (delay: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void (running ??= run()), delay);
  };
  schedule(0);
  return {
    poke: () => {
      const isExpecting = performance.now() - pokedAt < EXPECTED;
      pokedAt = performance.now();
      if (!isExpecting && !isClosed && running === null && failures === 0) schedule(SOON);
    },
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      await running;
      await database.close();
    },
  };
}

/** One statement, once a second while nothing happens. */
async function isAnythingDue({ database, clock = Date.now }: EvaluatorParts): Promise<boolean> {
  const now = new Date(clock()).toISOString();
  const [row] = await database.prisma.$queryRaw<{ due: boolean }[]>`
    SELECT EXISTS (SELECT FROM alert_due)
      OR EXISTS (SELECT FROM alert_watch WHERE due_at <= ${now}::timestamptz)
      OR EXISTS (SELECT FROM alert_spread WHERE not_before <= ${now}::timestamptz) AS due`;
  return row?.due ?? false;
}

/**
 * Evaluates one batch of each kind: a transaction writes the alerts and what is to be told of them, and after its
 * commit it is told.
 * @returns whether there may be more
 */
export async function evaluateDue(parts: EvaluatorParts): Promise<boolean> {
  const { database, log, clock = Date.now } = parts;
  const noted = await committed(parts, (tx) => evaluateNoted(tx, new Date(clock()), log));
  const overdue = await committed(parts, (tx) => evaluateOverdue(tx, new Date(clock()), log));
  const spread = await inTransaction(database, (tx) => spreadPage(tx, new Date(clock())));
  return noted === BATCH || overdue === BATCH || spread;
}

async function committed(
  { database, live, log, count }: EvaluatorParts,
  work: (tx: Transaction) => Promise<{ readonly taken: number; readonly changed: ChangedAlert[] }>,
): Promise<number> {
  const { taken, changed, kept } = await inTransaction(database, async (tx) => {
    const result = await work(tx);
    return { ...result, kept: await keepChanges(onTransaction(tx), live, result.changed) };
  });
  for (const { change } of changed) if (change !== null) count?.(change, 1);
  // What is kept will be told, if not now.
  await live
    .tell(kept)
    .then(() => live.forget(kept))
    .catch((error: unknown) => log.debug({ error }, 'changes to alerts are told later'));
  return taken;
}

const METRIC = 'supercargo_alert_changes_total';

/** Several workers may be in one process. */
function counter({ metrics: { registry } }: Platform): Counter<'change'> {
  const known = registry.getSingleMetric(METRIC);
  return known instanceof Counter
    ? known
    : new Counter({
        name: METRIC,
        help: 'What became of alerts, as subscribers are told.',
        labelNames: ['change'],
        registers: [registry],
      });
}
