import { randomUUID } from 'node:crypto';
import type { Database } from '#platform/database/database.ts';
import { liveChannel, liveText, publishTexts } from '#platform/live-events.ts';
import type { LiveMessage, LiveText } from '#platform/live-events.ts';
import type { Platform } from '#platform/service.ts';
import { onClient } from './ingestion/statements.ts';
import type { Statements } from './ingestion/statements.ts';
import type { StoredEvent } from './ingestion/stored-event.ts';
import { inPlainTransaction } from './ingestion/transaction.ts';
import { trackingEventOf } from './tracking-event.ts';

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
  /** Grows with every transaction that changes a shipment. Null: there is nothing to tell. */
  readonly id: string | null;
  /** Unlike the id, it is never another's. */
  readonly batch: string;
  readonly shipments: readonly string[];
  readonly texts: readonly LiveText[];
}

/**
 * Tells the gateways of shipments that have changed, at least once and in order for each shipment: what is to be told
 * is written with the change, in the same transaction, and forgotten when it has been published.
 */
export interface LiveUpdates {
  /** Call it last in the transaction: the order of the rows is then the order of the changes to a shipment. */
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
  /**
   * Tells what was kept and not told, because a process or Redis was gone.
   * @param age milliseconds since it was kept; whoever kept it is trying to tell it, too
   * @returns whether there may be more
   * @throws when Redis or the database is away
   */
  tellOverdue(age: number): Promise<boolean>;
}

interface Row {
  readonly id: string;
  readonly batch: string;
  readonly messages: readonly { readonly topic: string; readonly tenant: string }[];
}

/** Transactions whose updates are told in one go. */
const OVERDUE_PAGE = 20;
/** The advisory lock of whoever tells what is overdue. */
const OVERDUE_LOCK = 7_252_021;

const INSERT = {
  name: 'keep updates',
  text: `INSERT INTO live_outbox (batch, shipments, messages) VALUES ($1::uuid, $2::uuid[], $3) RETURNING id::text`,
};
const EARLIER = {
  name: 'earlier updates',
  text: `SELECT id::text, batch::text, messages::json FROM live_outbox
    WHERE id < $1::bigint AND shipments && $2::uuid[] ORDER BY live_outbox.id`,
};
const OVERDUE = {
  name: 'overdue updates',
  text: `SELECT id::text, batch::text, messages::json FROM live_outbox
    WHERE id <= (SELECT max(id) FROM live_outbox WHERE created_at <= now() - $1 * interval '1 millisecond')
    ORDER BY live_outbox.id LIMIT ${OVERDUE_PAGE}`,
};
const DELETE = { name: 'forget updates', text: 'DELETE FROM live_outbox WHERE id = ANY($1::bigint[])' };

export function createLiveUpdates({ redis, metrics }: Platform, database: Database): LiveUpdates {
  const sql = onClient(database.pool);
  const publish = async (batch: string, texts: readonly LiveText[]): Promise<void> => {
    const cursors = await publishTexts(redis().requests, texts, batch);
    // None, when it was published before.
    if (cursors.length === 0) return;
    for (const { topic } of texts) metrics.liveEnvelopes.inc({ topic, outcome: 'published' });
  };
  const publishRows = async (rows: readonly Row[]): Promise<void> => {
    for (const { batch, messages } of rows) await publish(batch, messages.map(textOf));
  };
  const keepTexts = async (
    sql: Statements,
    texts: readonly LiveText[],
    about: readonly string[],
  ): Promise<KeptUpdates> => {
    const batch = randomUUID();
    if (texts.length === 0) return { id: null, batch, shipments: [], texts };
    const shipments = [...new Set(about)];
    const messages = `[${texts.map(({ text }) => text).join(',')}]`;
    const [row] = await sql.run<{ id: string }>(INSERT, [batch, shipments, messages]);
    return { id: row?.id ?? null, batch, shipments, texts };
  };
  return {
    keep: (sql, updates) =>
      keepTexts(
        sql,
        updates.map(liveTextOf),
        updates.map(({ shipmentId }) => shipmentId),
      ),
    keepMessages: (sql, messages, shipments) => keepTexts(sql, messages.map(liveText), shipments),
    tell: async ({ id, batch, shipments, texts }) => {
      if (id === null) return;
      const earlier = await sql.run<Row>(EARLIER, [id, shipments]);
      await publishRows(earlier);
      await publish(batch, texts);
      await sql.run(DELETE, [[...earlier.map((row) => row.id), id]]);
    },
    tellOverdue: (age) =>
      inPlainTransaction(database, async (sql) => {
        await sql.run({ name: 'tell overdue', text: 'SELECT pg_advisory_xact_lock($1)' }, [OVERDUE_LOCK]);
        const rows = await sql.run<Row>(OVERDUE, [age]);
        if (rows.length === 0) return false;
        await publishRows(rows);
        await sql.run(DELETE, [rows.map(({ id }) => id)]);
        return rows.length === OVERDUE_PAGE;
      }),
  };
}

/** The update that an event makes to its shipment. */
export function updateOf(event: StoredEvent): ShipmentUpdate {
  return { shipmentId: event.shipmentId, tenantId: event.tenantId, event };
}

/** What the gateways are told. */
export function liveTextOf({ shipmentId, tenantId, event }: ShipmentUpdate): LiveText {
  const data = {
    event: event === null ? null : { __typename: 'TrackingEvent', ...trackingEventOf(event) },
    shipment: { __typename: 'Shipment', id: shipmentId },
  };
  return liveText({ topic: SHIPMENT_TOPIC, tenant: tenantId, match: { id: shipmentId }, data });
}

function textOf(message: Row['messages'][number]): LiveText {
  const { topic, tenant } = message;
  return { topic, channel: liveChannel(topic, tenant), text: JSON.stringify(message) };
}
