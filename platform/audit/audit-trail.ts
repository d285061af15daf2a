import type { Database } from '../database/database.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { contentText, NOBODY, pendingEntry, type PendingEntry } from './audit-entry.ts';
import type { AuditEvent, AuditSink } from './audit-sink.ts';
import { RepeatedDenials, THRESHOLD } from './repeated-denials.ts';

/** The audit trail of one process. */
export interface AuditTrail extends AuditSink {
  /** Resolves when everything recorded so far is written, or can't be for now. */
  flush(): Promise<void>;
  /** Writes what is left, if the database lets it, and ends. */
  close(): Promise<void>;
}

export interface AuditTrailOptions {
  /** Null: this process has no database, and its records go to the log alone. */
  readonly database: Database | null;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Records that may wait to be written; what comes on top of them is counted and lost. */
  readonly capacity?: number;
  readonly now?: () => number;
}

const CAPACITY = 10_000;
const BATCH = 500;
/** Milliseconds that a record waits for others to be written with. */
const INTERVAL = 200;
const LONGEST_INTERVAL = 5_000;

interface Waiting {
  readonly entry: PendingEntry;
  count: number;
}

/**
 * Takes records off the request path and writes them in batches, in their order. What happens again before it is
 * written is counted instead of written again. What doesn't fit is counted, and that is recorded, too.
 */
export function createAuditTrail(options: AuditTrailOptions): AuditTrail {
  const { database, metrics, log, capacity = CAPACITY, now = Date.now } = options;
  const repeated = new RepeatedDenials();
  /** In their order, by what makes two of them the same. */
  let waiting = new Map<string, Waiting>();
  let lost = 0;
  let timer: NodeJS.Timeout | undefined;
  let interval = INTERVAL;
  let writing: Promise<boolean> | null = null;
  let closed = false;

  const put = (event: AuditEvent): void => {
    metrics.auditRecords.inc({ kind: event.kind, outcome: 'recorded' });
    const entry = pendingEntry(event, now());
    if (event.kind === 'DENIAL' || database === null) logged(log, entry);
    if (database === null) return;
    const key = identityOf(entry);
    const known = waiting.get(key);
    if (known) known.count += 1;
    else if (waiting.size < capacity) waiting.set(key, { entry, count: 1 });
    else {
      lost += 1;
      metrics.auditRecords.inc({ kind: event.kind, outcome: 'lost' });
    }
    schedule();
  };

  const schedule = (): void => {
    if (closed || timer !== undefined || writing !== null) return;
    timer = setTimeout(() => void flush(), interval).unref();
  };

  const write = async (into: Database): Promise<void> => {
    const batch = [...waiting.entries()].slice(0, BATCH);
    const gap = lost;
    const entries = batch.map(([, { entry, count }]) => ({ ...entry, content: { ...entry.content, count } }));
    if (gap > 0) entries.push(gapOf(gap, now()));
    // What comes meanwhile is another record, also when it is the same again.
    const taken = new Map(batch);
    waiting = new Map([...waiting].filter(([key]) => !taken.has(key)));
    try {
      await into.pool.query('SELECT audit.append($1::uuid[], $2::text[])', [
        entries.map(({ tenant }) => tenant),
        entries.map(({ content }) => contentText(content)),
      ]);
      lost -= gap;
      metrics.auditRecords.inc({ kind: 'ALL', outcome: 'written' }, entries.length);
    } catch (error) {
      waiting = new Map([
        ...taken,
        ...[...waiting].map(([key, value]) => [unlike(key, taken), value] as const),
      ]);
      throw error;
    }
  };

  /** @returns whether it could be written */
  const writeAll = async (into: Database): Promise<boolean> => {
    try {
      while (waiting.size > 0 || lost > 0) await write(into);
      interval = INTERVAL;
      return true;
    } catch (error) {
      log.error({ error, waiting: waiting.size }, 'the audit trail could not be written yet');
      interval = Math.min(interval * 2, LONGEST_INTERVAL);
      return false;
    }
  };

  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (database === null) return;
    while (writing !== null) await writing;
    if (waiting.size === 0 && lost === 0) return;
    writing = writeAll(database);
    const written = await writing;
    writing = null;
    if (!written) schedule();
  };

  return {
    record: (event) => {
      try {
        put(event);
        const { kind, caller } = event;
        if (kind !== 'DENIAL' || caller === null) return;
        if (!repeated.add(caller.tenant, caller.subject, now())) return;
        metrics.denialAlerts.inc();
        put({ ...event, kind: 'ALERT', reason: `refused ${THRESHOLD} times within a minute`, facts: {} });
        log.error(
          { tenant: caller.tenant, subject: caller.subject, action: event.action },
          'one subject is refused again and again',
        );
      } catch (error) {
        log.error({ error }, 'an audit record could not be made');
      }
    },
    flush,
    close: async () => {
      closed = true;
      await flush();
      if (waiting.size > 0)
        log.error({ lost: waiting.size + lost }, 'audit records were lost: the database is away');
      await database?.close();
    },
  };
}

/** Two records with the same differ in nothing but the moment and the request. */
function identityOf({ tenant, content }: PendingEntry): string {
  const { kind, subject, action, rule, reason, facts, service, address } = content;
  return JSON.stringify([tenant, kind, subject, action, rule, reason, facts, service, address]);
}

/** A key that isn't among these. */
function unlike(key: string, taken: ReadonlyMap<string, unknown>): string {
  let other = key;
  while (taken.has(other)) other += ' ';
  return other;
}

function gapOf(lost: number, now: number): PendingEntry {
  const entry = pendingEntry(
    {
      kind: 'GAP',
      caller: null,
      action: 'record',
      rule: null,
      reason: 'more records than could be kept until they were written',
      facts: { lost },
      origin: { correlationId: null, service: 'audit', address: null },
    },
    now,
  );
  return { ...entry, tenant: NOBODY };
}

function logged(log: Logger, { tenant, content }: PendingEntry): void {
  const { kind, subject, action, rule, reason, service, correlationId } = content;
  log.warn({ audit: { kind, tenant, subject, action, rule, reason, service, correlationId } }, 'audit');
}
