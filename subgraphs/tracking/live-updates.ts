import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Database } from '#platform/database/database.ts';
import { liveChannel } from '#platform/live-events.ts';
import type { LiveMessage } from '#platform/live-events.ts';
import { bundleOf, bundleTexts, liveText, publishBundles } from '#platform/live-publish.ts';
import type { LiveBundle, LiveText } from '#platform/live-publish.ts';
import type { Platform } from '#platform/service.ts';
import { textList, uuidList } from './ingestion/binary-columns.ts';
import { handled, onClient } from './ingestion/statements.ts';
import type { Statements } from './ingestion/statements.ts';
import { eventsByIds } from './ingestion/stored-event.ts';
import type { StoredEvent } from './ingestion/stored-event.ts';
import { inPlainTransaction } from './ingestion/transaction.ts';
import { trackingEventText } from './tracking-event.ts';

/** As in the schema's `@live`. */
export const SHIPMENT_TOPIC = 'shipment';

/** One change to one shipment. */
export interface ShipmentUpdate {
  readonly shipmentId: string;
  readonly tenantId: string;
  /** Null when the change came from the shipment itself or its vessel. */
  readonly event: StoredEvent | null;
}

/** Updates that were written with a transaction, to be told when it is committed. */
export interface KeptUpdates {
  /** Names what was kept; it is never another's. */
  readonly batch: string;
  readonly bundles: readonly LiveBundle[];
  /** Names what was kept before of the same shipments, and wasn't forgotten when it was looked for. Never unhandled. */
  readonly earlier: Promise<readonly Batch[]>;
}

/**
 * Tells the gateways of shipments that have changed, at least once and in order for each shipment: what is to be told
 * is written with the change, in the same transaction, and forgotten when it has been published.
 */
export interface LiveUpdates {
  /**
   * Call it last in the transaction, with the shipments locked: the order of the rows is then the order of the changes
   * to a shipment. Wait for it before the transaction ends: all statements have been sent then, if not answered.
   */
  keep(sql: Statements, updates: readonly ShipmentUpdate[]): Promise<KeptUpdates>;
  /** As `keep`, for whatever else subscribers are told. @param shipments ids of those that the messages are about */
  keepMessages(
    sql: Statements,
    messages: readonly LiveMessage[],
    shipments: readonly string[],
  ): Promise<KeptUpdates>;
  /**
   * Call it after the commit. What was kept earlier of the same shipments is told before.
   * @throws when Redis or the database is away
   */
  tell(kept: KeptUpdates): Promise<void>;
  /** What was told needn't be kept. @throws when the database is away; then it is told again, and recognised */
  forget(kept: KeptUpdates): Promise<void>;
  /**
   * Tells what was kept and not told, because a process or Redis was gone.
   * @param age milliseconds since it was kept; whoever kept it is trying to tell it, too
   * @returns whether there may be more
   * @throws when Redis or the database is away
   */
  tellOverdue(age: number): Promise<boolean>;
}

interface Batch {
  readonly batch: string;
}

/** Either as it is told, or the events that have changed something. */
interface Row extends Batch {
  /** As JSON. */
  readonly bundles: readonly string[];
  /** Their ids, in the order in which they are to be told. */
  readonly events: readonly string[];
}

/** Batches of which it is remembered that they were told; what isn't remembered is read, and recognised by Redis. */
const TOLD = 1_000;
const NOTHING: KeptUpdates['earlier'] = Promise.resolve([]);

/** Transactions whose updates are told in one go. */
const OVERDUE_PAGE = 20;
/** The advisory lock of whoever tells what is overdue. */
const OVERDUE_LOCK = 7_252_021;
const LOCK_OVERDUE = { name: 'lock overdue', text: 'SELECT pg_advisory_xact_lock($1)' };

const INSERT = {
  name: 'keep updates',
  text: 'INSERT INTO live_outbox (batch, shipments, bundles, events) VALUES ($1::uuid, $2::uuid[], $3::text[], $4::uuid[])',
};
// Whoever has changed the shipments before has committed, else they would still be locked.
const EARLIER = {
  name: 'earlier updates',
  text: `SELECT batch::text FROM live_outbox
    WHERE shipments && $1::uuid[] AND batch <> $2::uuid ORDER BY id`,
};
// As EARLIER, where only those who tell may look.
const KEPT_BEFORE = {
  name: 'updates kept before',
  text: `SELECT batch::text FROM live_outbox
    WHERE shipments && $1::uuid[] AND id < (SELECT id FROM live_outbox WHERE batch = $2::uuid) ORDER BY id`,
};
const KEPT = {
  name: 'kept updates',
  text: 'SELECT batch::text, bundles, events::text[] FROM live_outbox WHERE batch = ANY($1::uuid[]) ORDER BY id',
};
const OVERDUE = {
  name: 'overdue updates',
  text: `SELECT batch::text, bundles, events::text[] FROM live_outbox
    WHERE id <= (SELECT max(id) FROM live_outbox WHERE created_at <= now() - $1 * interval '1 millisecond')
    ORDER BY id LIMIT ${OVERDUE_PAGE}`,
};
const DELETE = { name: 'forget updates', text: 'DELETE FROM live_outbox WHERE batch = ANY($1::uuid[])' };

/** @param redis publishes */
export function createLiveUpdates(
  { metrics }: Pick<Platform, 'metrics'>,
  database: Database,
  redis: Pick<Redis, 'eval'>,
): LiveUpdates {
  // As a rule what was kept earlier has been told by the time that it matters: batches follow one another closely.
  const told = new Set<string>();
  const publish = async (batch: string, bundles: readonly LiveBundle[]): Promise<void> => {
    const ids = await publishBundles(redis, bundles, batch);
    told.add(batch);
    for (const oldest of told) {
      if (told.size <= TOLD) break;
      told.delete(oldest);
    }
    // None, when it was published before.
    if (ids.length === 0) return;
    for (const { topic, count } of bundles) metrics.liveEnvelopes.inc({ topic, outcome: 'published' }, count);
  };
  const publishRows = async (sql: Statements, rows: readonly Row[]): Promise<void> => {
    for (const row of rows) await publish(row.batch, await bundlesOf(sql, row));
  };
  const keepBundles = (
    sql: Statements,
    bundles: readonly LiveBundle[],
    about: readonly string[],
    events?: readonly string[],
  ): Promise<KeptUpdates> => {
    const batch = randomUUID();
    if (bundles.length === 0) return Promise.resolve({ batch, bundles, earlier: NOTHING });
    const shipments = insert(sql, batch, about, bundles, events);
    const earlier = handled(sql.run<Batch>(EARLIER, [shipments, batch]));
    return Promise.resolve({ batch, bundles, earlier });
  };
  return {
    keep: (sql, updates) => {
      const events = updates.flatMap(({ event }) => event?.id ?? []);
      return keepBundles(
        sql,
        bundleTexts(updates.map(liveTextOf)),
        updates.map(({ shipmentId }) => shipmentId),
        events.length === updates.length ? events : undefined,
      );
    },
    keepMessages: (sql, messages, shipments) =>
      keepBundles(sql, bundleTexts(messages.map(liveText)), shipments),
    tell: async ({ batch, bundles, earlier }) => {
      if (bundles.length === 0) return;
      const untold = (await earlier).flatMap((each) => (told.has(each.batch) ? [] : [each.batch]));
      if (untold.length > 0) {
        const sql = onClient(database.pool);
        await publishRows(sql, await sql.run<Row>(KEPT, [untold]));
      }
      await publish(batch, bundles);
    },
    forget: async ({ batch, bundles, earlier }) => {
      if (bundles.length === 0) return;
      await database.pool.query({
        values: [[batch, ...(await earlier).map((each) => each.batch)]],
        ...DELETE,
      });
    },
    tellOverdue: (age) =>
      inPlainTransaction(database, async (sql) => {
        sql.send(LOCK_OVERDUE, [OVERDUE_LOCK]);
        const rows = await sql.run<Row>(OVERDUE, [age]);
        if (rows.length === 0) return false;
        await publishRows(sql, rows);
        sql.send(DELETE, [rows.map(({ batch }) => batch)]);
        return rows.length === OVERDUE_PAGE;
      }),
  };
}

/**
 * As `createLiveUpdates`, for transactions that are about one caller's shipments: they add what is to be told of them
 * and see nothing of what others tell. What was kept earlier is looked for after the commit.
 * @param database with which it is told
 */
export function createCallersUpdates(
  platform: Pick<Platform, 'metrics'>,
  database: Database,
  redis: Pick<Redis, 'eval'>,
): LiveUpdates {
  const updates = createLiveUpdates(platform, database, redis);
  const about = new WeakMap<KeptUpdates, Buffer>();
  const keep = (
    sql: Statements,
    bundles: readonly LiveBundle[],
    ids: readonly string[],
  ): Promise<KeptUpdates> => {
    const kept = { batch: randomUUID(), bundles, earlier: NOTHING };
    if (bundles.length > 0) about.set(kept, insert(sql, kept.batch, ids, bundles));
    return Promise.resolve(kept);
  };
  return {
    ...updates,
    keep: (sql, changes) =>
      keep(
        sql,
        bundleTexts(changes.map(liveTextOf)),
        changes.map(({ shipmentId }) => shipmentId),
      ),
    keepMessages: (sql, messages, shipments) => keep(sql, bundleTexts(messages.map(liveText)), shipments),
    tell: async (kept) => {
      const shipments = about.get(kept);
      if (shipments === undefined) return;
      const { rows } = await database.pool.query<Batch>({ values: [shipments, kept.batch], ...KEPT_BEFORE });
      await updates.tell({ ...kept, earlier: Promise.resolve(rows) });
    },
  };
}

/** @returns the ids of the shipments, as Postgres takes a list */
function insert(
  sql: Statements,
  batch: string,
  about: readonly string[],
  bundles: readonly LiveBundle[],
  events?: readonly string[],
): Buffer {
  const shipments = uuidList([...new Set(about)]);
  const texts = events === undefined ? bundles.map(({ text }) => text.toString()) : [];
  sql.send(INSERT, [batch, shipments, textList(texts), uuidList(events ?? [])]);
  return shipments;
}

/**
 * What a row has to tell: of events as they are by now, like the shipments that they have changed. What can't be read, or
 * isn't there any more, holds nobody up.
 */
async function bundlesOf(sql: Statements, { bundles, events }: Row): Promise<readonly LiveBundle[]> {
  if (events.length === 0) return bundles.flatMap((text) => bundleOf(text) ?? []);
  const found = new Map((await eventsByIds(sql, events)).map((event) => [event.id, event]));
  return bundleTexts(
    events.flatMap((id) => {
      const event = found.get(id);
      return event === undefined ? [] : [liveTextOf(updateOf(event))];
    }),
  );
}

/** The update that an event makes to its shipment. */
export function updateOf(event: StoredEvent): ShipmentUpdate {
  return { shipmentId: event.shipmentId, tenantId: event.tenantId, event };
}

/** What the gateways are told; written by hand, because there is one for every event. */
export function liveTextOf({ shipmentId, tenantId, event }: ShipmentUpdate): LiveText {
  const shipment = `{"__typename":"Shipment","id":"${shipmentId}"}`;
  const data = `{"event":${event === null ? 'null' : trackingEventText(event)},"shipment":${shipment}}`;
  const text = `{"topic":"${SHIPMENT_TOPIC}","tenant":"${tenantId}","match":{"id":"${shipmentId}"},"data":${data}}`;
  return { topic: SHIPMENT_TOPIC, channel: liveChannel(SHIPMENT_TOPIC, tenantId), text };
}
